use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use facenet_data::{
    DataError, DecodedFaces, FaceDataset, FaceFolderConfig, Subset, resize, split_by_identity,
    unreadable,
};
use proptest::prelude::*;

use crate::message::assert_message;
use crate::toy::{Toy, broken, portrait};
use crate::tree::tree;

#[test]
fn identities_without_an_image_are_gone_and_the_others_numbered_anew() {
    let toy = Toy::new(&[3, 0, 1, 3, 4]);
    let subset = Subset::new(&toy, vec![3, 1, 3, 4]).unwrap();
    assert_eq!(subset.len(), 4);
    assert_eq!(subset.indices(), [3, 1, 3, 4]);
    assert_eq!(subset.identities(), ["person 0", "person 3", "person 4"]);
    assert_eq!(subset.labels(), [1, 0, 1, 2]);
    assert_eq!(subset.image(1).unwrap(), portrait(1));
    assert_eq!(subset.image(2).unwrap(), portrait(3));
    assert_eq!(subset.describe(3), "toy 4");
    assert_eq!(subset.whole().len(), 5);
    let error = subset.image(4).unwrap_err();
    assert_message(&error, &["index 4", "0..4"]);
    assert!(subset.describe(4).contains("outside"));

    let inner = Subset::without(subset, &[0, 2]).unwrap();
    assert_eq!(inner.identities(), ["person 0", "person 4"]);
    assert_eq!(inner.labels(), [0, 1]);
    assert_eq!(inner.describe(1), "toy 4");
}

#[test]
fn a_subset_may_be_empty() {
    let toy = Toy::new(&[0, 1]);
    let subset = Subset::without(&toy, &[1, 0, 1]).unwrap();
    assert!(subset.is_empty() && subset.identities().is_empty());
    assert!(unreadable(&subset, |_| {}).is_empty());
    assert!(
        DecodedFaces::new(&subset, |image, _| Ok(image), |_| {})
            .unwrap()
            .is_empty()
    );
}

#[test]
fn indices_outside_of_the_data_set_are_refused() {
    let toy = Toy::new(&[0, 1, 0]);
    let errors = [
        Subset::new(&toy, vec![0, 3]).err(),
        Subset::without(&toy, &[3, 1]).err(),
    ];
    for error in errors {
        let error = error.unwrap();
        assert!(matches!(
            error,
            DataError::IndexOutOfRange { index: 3, len: 3 }
        ));
        assert_message(&error, &["index 3", "0..3"]);
    }
}

#[test]
fn unreadable_images_are_left_out() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    tree(
        root,
        &["a/1.png", "a/2.png", "b/1.png", "c/1.png", "c/2.png"],
    );
    fs::write(root.join("a/2.png"), b"\x89PNG\r\n\x1A\n").unwrap();
    fs::write(root.join("b/1.png"), b"").unwrap();
    let folder = FaceFolderConfig::new().init(root).unwrap();
    let bad = unreadable(&folder, |_| {});
    assert_eq!(bad.len(), 2);
    assert_message(&bad[0].error, &["2.png", "a JPEG, PNG or PNM"]);
    assert_message(&bad[1].error, &["1.png", "0 bytes"]);

    let bad: Vec<_> = bad.iter().map(|bad| bad.index).collect();
    let good = Subset::without(folder, &bad).unwrap();
    assert_eq!(good.indices(), [0, 3, 4]);
    assert_eq!(good.identities(), ["a", "c"]);
    assert_eq!(good.labels(), [0, 1, 1]);
    assert!(unreadable(&good, |_| {}).is_empty());
}

#[test]
fn an_image_that_panics_is_unreadable() {
    let toy = Toy::new(&[0; 6]).with(|index| match index {
        2 => panic!("two\nlines"),
        4 => Err(broken(index)),
        _ => Ok(portrait(index)),
    });
    let bad = unreadable(&toy, |_| {});
    assert_eq!(bad.iter().map(|bad| bad.index).collect::<Vec<_>>(), [2, 4]);
    assert_message(&bad[0].error, &["toy 2: a worker panicked: two lines"]);
    assert_message(&bad[1].error, &["toy 4: is broken"]);
}

#[test]
fn decoded_faces_are_those_of_the_data_set() {
    let toy = Toy::new(&[1, 0, 1]);
    let done = AtomicUsize::new(0);
    let prepare = |image, index| resize(&image, 2, 3 + index as u32);
    let faces = DecodedFaces::new(&toy, prepare, |count| {
        done.fetch_max(count, Relaxed);
    })
    .unwrap();
    assert_eq!(done.into_inner(), 3);
    assert_eq!(faces.labels(), toy.labels());
    assert_eq!(faces.identities(), toy.identities());
    for index in 0..3 {
        let expected = prepare(portrait(index), index).unwrap();
        assert_eq!(faces.image(index).unwrap(), expected);
        assert_eq!(faces.faces()[index], expected);
        assert_eq!(faces.describe(index), toy.describe(index));
    }
    assert_message(&faces.image(3).unwrap_err(), &["index 3", "0..3"]);
    assert!(faces.describe(3).contains("outside"));
}

#[test]
fn a_face_that_cannot_be_decoded_is_named() {
    let toy = Toy::new(&[0; 4]).with(|index| match index {
        2 => Err(broken(index)),
        _ => Ok(portrait(index)),
    });
    let error = DecodedFaces::new(&toy, |image, _| Ok(image), |_| {}).unwrap_err();
    assert_message(&error, &["toy 2: is broken"]);

    let prepare = |image, index| match index {
        1 => panic!("cannot prepare {index}"),
        _ => Ok(image),
    };
    let toy = Toy::new(&[0; 4]);
    let error = DecodedFaces::new(&toy, prepare, |_| {}).unwrap_err();
    assert_message(&error, &["toy 1: a worker panicked: cannot prepare 1"]);
}

#[test]
fn a_split_that_leaves_a_side_empty_is_refused() {
    let toy = Toy::new(&[0, 1, 1, 2]);
    for fraction in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let error = split_by_identity(&toy, fraction, 1).unwrap_err();
        assert_message(&error, &["fraction of the identities", "between 0 and 1"]);
    }
    for fraction in [0.0, 0.1, 0.9, 1.0] {
        let error = split_by_identity(&toy, fraction, 1).unwrap_err();
        assert_message(&error, &["of 3 is", "at least one identity on each side"]);
    }
    assert!(split_by_identity(&Toy::new(&[]), 0.5, 1).is_err());
}

#[test]
fn another_seed_is_another_split() {
    let toy = Toy::new(&(0..40).collect::<Vec<_>>());
    let splits: BTreeSet<_> = (0..10)
        .map(|seed| split_by_identity(&toy, 0.5, seed).unwrap())
        .collect();
    assert_eq!(splits.len(), 10);
}

proptest! {
    #[test]
    fn a_split_parts_identities(
        labels in prop::collection::vec(0u32..12, 2..60), fraction in 0.0f64..1.0, seed: u64,
    ) {
        let toy = Toy::new(&labels);
        let people: BTreeSet<_> = labels.iter().copied().collect();
        let count = (fraction * people.len() as f64).round() as usize;
        let split = split_by_identity(&toy, fraction, seed);
        if count == 0 || count == people.len() {
            prop_assert!(split.is_err());
            return Ok(());
        }
        let (first, second) = split.unwrap();
        let on = |side: &[usize]| side.iter().map(|&index| labels[index]).collect::<BTreeSet<_>>();
        prop_assert_eq!(on(&first).len(), count);
        prop_assert!(on(&first).is_disjoint(&on(&second)));
        prop_assert!(first.is_sorted() && second.is_sorted());
        let mut all = [&first[..], &second].concat();
        all.sort_unstable();
        prop_assert_eq!(all, (0..labels.len()).collect::<Vec<_>>());
        prop_assert_eq!(split_by_identity(&toy, fraction, seed).unwrap(), (first, second));
    }

    #[test]
    fn a_subset_keeps_who_is_who(
        labels in prop::collection::vec(0u32..9, 1..30), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let toy = Toy::new(&labels);
        let indices: Vec<_> = picks.iter().map(|pick| pick.index(labels.len())).collect();
        let subset = Subset::new(&toy, indices.clone()).unwrap();
        for (position, &index) in indices.iter().enumerate() {
            let name = &subset.identities()[subset.labels()[position] as usize];
            prop_assert_eq!(name, &toy.identities()[labels[index] as usize]);
        }
        let kept: BTreeSet<_> = indices.iter().map(|&index| labels[index]).collect();
        prop_assert_eq!(subset.identities().len(), kept.len());
        prop_assert!(subset.identities().is_sorted());
    }
}

use std::sync::Arc;

use facenet_data::{DataError, FaceDataset, FaceLoaderConfig, ReplacedFaces};
use image::RgbImage;
use proptest::prelude::*;

use crate::message::assert_message;
use crate::toy::{Toy, broken, portrait};

/// A data set in which these images cannot be read.
fn with_bad(labels: &[u32], bad: &[usize]) -> Toy {
    let bad = bad.to_vec();
    Toy::new(labels).with(move |index| match bad.contains(&index) {
        true => Err(broken(index)),
        false => Ok(portrait(index)),
    })
}

/// Index and stand-in of what was replaced.
fn replaced<D: FaceDataset>(faces: &ReplacedFaces<D>) -> Vec<(usize, usize)> {
    faces
        .replaced()
        .iter()
        .map(|replacement| (replacement.index, replacement.by))
        .collect()
}

#[test]
fn the_next_image_of_the_identity_stands_in() {
    let labels = [0, 1, 0, 1, 0, 1];
    let faces = ReplacedFaces::new(with_bad(&labels, &[0, 2, 5]));
    assert_eq!(faces.len(), 6);
    assert_eq!(faces.labels(), labels);
    assert_eq!(faces.describe(2), "toy 2");
    let shown: Vec<_> = (0..6).map(|index| faces.image(index).unwrap()).collect();
    // 0 and 2 are shown as 4, and 5 as the first of its identity again.
    assert_eq!(shown, [4, 1, 4, 3, 4, 1].map(portrait));
    assert_eq!(replaced(&faces), [(0, 4), (2, 4), (5, 1)]);
    for replacement in faces.replaced() {
        assert!(
            replacement
                .error
                .starts_with(&format!("toy {}: is broken", replacement.index))
        );
    }
}

#[test]
fn nothing_is_replaced_where_all_can_be_read() {
    let faces = ReplacedFaces::new(Toy::new(&[0, 0, 1]));
    assert!((0..3).all(|index| faces.image(index).unwrap() == portrait(index)));
    assert!(faces.replaced().is_empty());
}

#[test]
fn an_identity_without_a_readable_image_is_an_error() {
    let faces = ReplacedFaces::new(with_bad(&[0, 1, 1, 0], &[1, 2]));
    for _ in 0..2 {
        assert_message(&faces.image(1).unwrap_err(), &["toy 1: is broken"]);
        assert_message(&faces.image(2).unwrap_err(), &["toy 2: is broken"]);
    }
    assert!(faces.replaced().is_empty());
    let error = faces.image(4).unwrap_err();
    assert!(matches!(
        error,
        DataError::IndexOutOfRange { index: 4, len: 4 }
    ));
}

#[test]
fn a_panic_is_replaced_too() {
    let toy = Toy::new(&[0, 0]).with(|index| match index {
        0 => panic!("no image to be had"),
        _ => Ok(portrait(index)),
    });
    let faces = ReplacedFaces::new(toy);
    assert_eq!(faces.image(0).unwrap(), portrait(1));
    assert!(faces.replaced()[0].error.contains("no image to be had"));
}

#[test]
fn a_batch_is_as_large_as_it_was_and_says_what_was_asked_for() {
    for workers in [0, 3] {
        let faces = Arc::new(ReplacedFaces::new(with_bad(&[0, 0, 1, 1], &[1, 3])));
        let data: Arc<dyn FaceDataset> = faces.clone();
        let as_it_is = |image: RgbImage, _: usize| Ok(image);
        let options = FaceLoaderConfig::new().with_workers(workers);
        let loader = options.init(data, as_it_is, vec![vec![0, 1, 2, 3]; 3]);
        let batches: Vec<_> = loader.map(Result::unwrap).collect();
        let pixels = [0, 0, 2, 2]
            .map(|index| portrait(index).into_raw())
            .concat();
        assert_eq!(batches.len(), 3);
        for batch in batches {
            assert_eq!(batch.pixels, pixels);
            assert_eq!(
                (batch.indices, batch.labels),
                (vec![0, 1, 2, 3], vec![0, 0, 1, 1])
            );
        }
        assert_eq!(replaced(&faces), [(1, 0), (3, 2)]);
    }
}

proptest! {
    #[test]
    fn the_stand_in_does_not_depend_on_the_order(
        labels in prop::collection::vec(0u32..4, 1..25),
        bad in prop::collection::vec(any::<bool>(), 25),
        order in Just((0..25usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let bad: Vec<usize> = (0..labels.len()).filter(|&index| bad[index]).collect();
        let shown = |indices: &[usize]| {
            let faces = ReplacedFaces::new(with_bad(&labels, &bad));
            let mut shown: Vec<_> = indices
                .iter()
                .filter(|&&index| index < labels.len())
                .map(|&index| (index, faces.image(index).ok().map(RgbImage::into_raw)))
                .collect();
            shown.sort();
            (shown, replaced(&faces))
        };
        let (ascending, replaced) = shown(&(0..25).collect::<Vec<_>>());
        prop_assert_eq!(&shown(&order), &(ascending.clone(), replaced.clone()));
        for (index, image) in ascending {
            let readable = (0..labels.len())
                .any(|other| labels[other] == labels[index] && !bad.contains(&other));
            prop_assert_eq!(image.is_some(), readable);
        }
        for (index, by) in replaced {
            prop_assert!(bad.contains(&index) && !bad.contains(&by));
            prop_assert_eq!(labels[index], labels[by]);
        }
    }
}

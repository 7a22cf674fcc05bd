//! The real photographs: the numbers come from their lists, counted by other means.

use std::collections::{BTreeMap, BTreeSet};

use facenet_data::{
    DecodeLimits, DecodedFaces, FaceDataset, FaceFolderConfig, LfwPairs, MissingImages, OrlFaces,
    facenet_crop, read_boxes, read_pairs, read_people, unreadable,
};

use crate::message::assert_message;
use facenet_testing::shared;

#[test]
fn celeba_has_150_identities() {
    let Some(path) = shared("data/celeba") else {
        return;
    };
    let faces = FaceFolderConfig::new().init(&path).unwrap();
    assert_eq!((faces.identities().len(), faces.len()), (150, 3185));
    assert_eq!(faces.skipped().identities, 0);
    assert!(unreadable(&faces, |_| {}).is_empty());
    assert_eq!(faces.image(0).unwrap().dimensions(), (182, 182));
}

#[test]
fn celebas_index_has_no_boxes() {
    let Some(path) = shared("data/celeba/index.csv") else {
        return;
    };
    let error = read_boxes(path).unwrap_err();
    assert_message(&error, &["index.csv:1: no column \"x1\""]);
}

#[test]
fn lfw_has_its_pairs_and_a_box_for_each_image() {
    let Some(root) = shared("data/lfw") else {
        return;
    };
    let (images, pairs) = (root.join("images"), root.join("pairs.txt"));
    let limits = DecodeLimits::default();
    let lfw = LfwPairs::open(images, pairs, MissingImages::Refuse, limits).unwrap();
    assert_eq!(
        (lfw.pairs().len(), lfw.folds(), lfw.skipped()),
        (3000, 5, 0)
    );
    assert_eq!((lfw.len(), lfw.identities().len()), (3811, 2086));
    for fold in 0..5 {
        for same in [true, false] {
            let pairs = lfw.pairs().iter();
            let pairs = pairs.filter(|pair| (pair.fold, pair.same) == (fold, same));
            assert_eq!(pairs.count(), 300);
        }
    }
    for pair in lfw.pairs() {
        let labels = [pair.first, pair.second].map(|index| lfw.labels()[index]);
        assert_eq!(labels[0] == labels[1], pair.same);
    }

    let boxes = read_boxes(root.join("mtcnn.csv")).unwrap();
    assert_eq!(boxes.len(), 5443);
    assert!(
        boxes
            .values()
            .all(|face| face.landmarks.is_some() && face.prob.is_some())
    );
    let crop = |image, index: usize| {
        let face = &boxes[&lfw.names()[index]];
        facenet_crop(&image, face, 32.0, 20, 20)
    };
    let crops = DecodedFaces::new(&lfw, crop, |_| {}).unwrap();
    assert!(
        crops
            .faces()
            .iter()
            .all(|face| face.dimensions() == (20, 20))
    );
}

#[test]
fn lfws_folds_are_pairs_of_the_people_of_its_sets() {
    let Some(root) = shared("data/lfw") else {
        return;
    };
    let sets = read_people(root.join("people.txt")).unwrap();
    let sizes: Vec<_> = sets.iter().map(Vec::len).collect();
    assert_eq!(sizes, [601, 555, 552, 560, 567]);
    let images: u32 = sets.iter().flatten().map(|person| person.images).sum();
    assert_eq!(images, 6165);
    let people: BTreeSet<_> = sets.iter().flatten().map(|person| &person.name).collect();
    assert_eq!(people.len(), 2835);

    let sets: Vec<BTreeMap<_, _>> = sets
        .iter()
        .map(|set| {
            set.iter()
                .map(|person| (&person.name, person.images))
                .collect()
        })
        .collect();
    for pair in read_pairs(root.join("pairs.txt")).unwrap() {
        for image in [&pair.first, &pair.second] {
            let images = sets[pair.fold].get(&image.name);
            assert!(
                images.is_some_and(|&images| image.number <= images),
                "{image:?}"
            );
        }
    }
}

#[test]
fn orl_is_40_people_ten_times() {
    let Some(path) = shared("data/orl") else {
        return;
    };
    let faces = OrlFaces::open(path, DecodeLimits::default()).unwrap();
    assert_eq!((faces.len(), faces.identities().len()), (400, 40));
    for index in 0..faces.len() {
        assert_eq!(faces.labels()[index] as usize, index / 10);
        let face = faces.image(index).unwrap();
        assert_eq!(face.dimensions(), (92, 112));
        assert!(
            face.pixels()
                .all(|pixel| pixel[0] == pixel[1] && pixel[1] == pixel[2])
        );
    }
}

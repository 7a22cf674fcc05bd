//! Faces to train on: cut out, cached, rid of what cannot be read, and some people held out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use facenet_data::{
    DEFAULT_MARGIN, DataError, FaceBox, FaceDataset, FaceTemplate, TrainingFaces,
    TrainingFacesConfig, UnreadableImages, aligned_crop, facenet_crop,
};
use image::RgbImage;

use crate::message::assert_message;
use crate::tree::tree;

/// Height and width of a network's input, and of the faces for its random crops: 182 for 160.
const INPUT: [usize; 2] = [16, 12];
const WITH_ROOM: [u32; 2] = [19, 14];

fn open(config: &TrainingFacesConfig) -> Result<TrainingFaces, DataError> {
    config.init(INPUT, |_, _| {})
}

/// A photograph that no other resembles.
fn photograph(number: u32) -> RgbImage {
    RgbImage::from_fn(60, 50, |x, y| {
        image::Rgb([(x * 4) as u8, (y * 5) as u8, (number * 40) as u8])
    })
}

/// Two photographs of one person in a table, with a box each, and with landmarks where asked for.
fn table(folder: &Path, landmarks: bool) -> (PathBuf, Vec<FaceBox>) {
    let mut lines = "path,identity,x1,y1,x2,y2".to_owned();
    if landmarks {
        lines += ",lex,ley,rex,rey,nx,ny,mlx,mly,mrx,mry";
    }
    let mut boxes = Vec::new();
    for number in 0..2 {
        photograph(number)
            .save(folder.join(format!("{number}.png")))
            .unwrap();
        let left = 20.0 + number as f32;
        let points = [
            [left + 3.0, 22.0],
            [left + 12.0, 22.0],
            [left + 8.0, 27.0],
            [left + 4.0, 31.0],
            [left + 11.0, 31.0],
        ];
        lines += &format!("\n{number}.png,Ada,{left},18,{},36", left + 15.0);
        if landmarks {
            for point in points.as_flattened() {
                lines += &format!(",{point}");
            }
        }
        boxes.push(FaceBox {
            x1: left,
            y1: 18.0,
            x2: left + 15.0,
            y2: 36.0,
            prob: None,
            landmarks: landmarks.then_some(points),
        });
    }
    let path = folder.join("faces.csv");
    fs::write(&path, lines).unwrap();
    (path, boxes)
}

/// Ada has three images of which the second is broken, Bob two of which one is, Carl two that are whole.
fn with_broken(folder: &Path) {
    let images = [
        "ada/1", "ada/2", "ada/3", "bob/1", "bob/2", "carl/1", "carl/2",
    ];
    tree(folder, &images.map(|image| format!("{image}.png")));
    for image in ["ada/2.png", "bob/1.png"] {
        fs::write(folder.join(image), b"no image").unwrap();
    }
}

#[test]
fn images_that_cannot_be_read_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    with_broken(folder.path());
    let error = open(&TrainingFacesConfig::new(folder.path())).unwrap_err();
    assert!(matches!(error, DataError::Unreadable { more: 1, .. }));
    assert_message(&error, &["2.png", "(and 1 more)"]);
    // The first is the source.
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn images_that_cannot_be_read_are_skipped_and_people_with_too_few_others() {
    let folder = tempfile::tempdir().unwrap();
    with_broken(folder.path());
    let config = TrainingFacesConfig::new(folder.path()).with_unreadable(UnreadableImages::Skip);
    let told = Mutex::new(Vec::new());
    let faces = config
        .init(INPUT, |done, total| {
            told.lock().unwrap().push((done, total))
        })
        .unwrap();
    let unreadable: Vec<_> = faces.unreadable.iter().map(|bad| bad.index).collect();
    assert_eq!(unreadable, [1, 3]);
    // Ada's two others and Carl's; Bob has one left.
    assert_eq!(faces.training.len(), 4);
    assert!((0..4).all(|index| faces.training.image(index).is_ok()));
    assert!((0..4).all(|index| !faces.training.describe(index).contains("bob")));
    assert!(faces.held_out.is_none() && faces.replaced().is_empty());

    let mut told = told.into_inner().unwrap();
    told.sort_unstable();
    assert_eq!(told, (1..8).map(|done| (done, 7)).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_where_nobody_has_enough_images_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    with_broken(folder.path());
    fs::remove_dir_all(folder.path().join("carl")).unwrap();
    let config = TrainingFacesConfig::new(folder.path())
        .with_unreadable(UnreadableImages::Skip)
        .with_min_images(3);
    let error = open(&config).unwrap_err();
    assert!(matches!(error, DataError::NoIdentities { .. }));
    assert_message(&error, &["that can be read", "at least 3"]);
}

#[test]
fn images_that_cannot_be_read_are_replaced_and_told() {
    let folder = tempfile::tempdir().unwrap();
    with_broken(folder.path());
    let config = TrainingFacesConfig::new(folder.path()).with_unreadable(UnreadableImages::Replace);
    let faces = config
        .init(INPUT, |_, _| panic!("nothing is read first"))
        .unwrap();
    assert_eq!((faces.training.len(), faces.replaced().len()), (7, 0));
    assert!((0..7).all(|index| faces.training.image(index).is_ok()));
    let replaced: Vec<_> = faces
        .replaced()
        .iter()
        .map(|replacement| (replacement.index, replacement.by))
        .collect();
    assert_eq!(replaced, [(1, 2), (3, 4)]);
}

#[test]
fn people_are_held_out_whole() {
    let folder = tempfile::tempdir().unwrap();
    let images: Vec<_> = (0..12)
        .map(|image| format!("{}/{}.png", image / 2, image % 2))
        .collect();
    tree(folder.path(), &images);
    let config = TrainingFacesConfig::new(folder.path()).with_held_out_share(0.34);
    let faces = open(&config).unwrap();
    let people = |faces: &dyn FaceDataset| {
        (0..faces.len())
            .map(|index| faces.identities()[faces.labels()[index] as usize].clone())
            .collect::<BTreeSet<_>>()
    };
    let held_out = faces.held_out.unwrap();
    let (kept, others) = (people(&faces.training), people(&held_out));
    assert_eq!((kept.len(), others.len()), (4, 2));
    assert!(kept.is_disjoint(&others));
    assert_eq!((faces.training.len(), held_out.len()), (8, 4));

    // The seed decides who it is.
    let of_seed = |seed| {
        people(
            &open(&config.clone().with_seed(seed))
                .unwrap()
                .held_out
                .unwrap(),
        )
    };
    assert_eq!(of_seed(0), others);
    assert!((1..20).any(|seed| of_seed(seed) != others));
}

#[test]
fn a_box_is_cut_out_with_its_margin_and_room_for_random_crops() {
    let folder = tempfile::tempdir().unwrap();
    let (path, boxes) = table(folder.path(), true);
    for margin in [DEFAULT_MARGIN, 6.0] {
        let mut config = TrainingFacesConfig::new(&path);
        if margin != DEFAULT_MARGIN {
            config = config.with_margin(margin);
        }
        let faces = open(&config).unwrap();
        for (number, face) in boxes.iter().enumerate() {
            let [height, width] = WITH_ROOM;
            let image = photograph(number as u32);
            let expected = facenet_crop(&image, face, margin, height, width).unwrap();
            assert_eq!(faces.training.image(number).unwrap(), expected);
        }
        assert!(faces.cache().is_none());
    }
}

#[test]
fn faces_are_turned_by_their_landmarks() {
    let folder = tempfile::tempdir().unwrap();
    let (path, boxes) = table(folder.path(), true);
    let faces = open(&TrainingFacesConfig::new(&path).with_align(true)).unwrap();
    let template = FaceTemplate::ARCFACE_112.resized(16, 12).unwrap();
    for (number, face) in boxes.iter().enumerate() {
        let image = photograph(number as u32);
        let expected = aligned_crop(&image, &face.landmarks.unwrap(), &template).unwrap();
        assert_eq!(faces.training.image(number).unwrap(), expected);
    }

    let (path, _) = table(folder.path(), false);
    for path in [path, folder.path().join("people")] {
        tree(&folder.path().join("people"), &["ada/1.png", "ada/2.png"]);
        let error = open(&TrainingFacesConfig::new(&path).with_align(true)).unwrap_err();
        assert!(matches!(error, DataError::NoLandmarks { .. }));
        assert_message(&error, &["no landmarks"]);
    }
}

#[test]
fn faces_are_read_from_the_cache_where_nothing_has_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, _) = table(folder.path(), true);
    let config = TrainingFacesConfig::new(&path).with_cache(Some(folder.path().join("cache")));
    let images = |faces: &TrainingFaces| {
        (0..2)
            .map(|index| faces.training.image(index).unwrap())
            .collect::<Vec<_>>()
    };
    // All are read once while they are opened.
    let first = open(&config).unwrap();
    let made = images(&first);
    let (cache, counts) = first.cache().unwrap();
    assert!(cache.starts_with(folder.path().join("cache")));
    assert_eq!((counts.made, counts.read, counts.unkept), (2, 2, 0));

    let second = open(&config).unwrap();
    assert_eq!(images(&second), made);
    let counts = second.cache().unwrap().1;
    assert_eq!((counts.made, counts.read), (0, 4));

    // Another margin or another way to cut is another face.
    for config in [
        config.clone().with_margin(4.0),
        config.clone().with_align(true),
    ] {
        let faces = open(&config).unwrap();
        assert_eq!(faces.cache().unwrap().1.made, 2);
        assert_ne!(images(&faces), made);
    }
}

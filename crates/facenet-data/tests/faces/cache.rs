//! Faces kept on disk: the same as without, whatever happens to the files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, SystemTime};

use facenet_data::{
    CachedFaces, DataError, FaceDataset, FaceFolder, FaceFolderConfig, Subset, resize,
};
use image::RgbImage;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::message::assert_message;
use crate::toy::{Toy, portrait};

const IMAGES: usize = 4;

/// A folder of different images, and room for a cache beside it.
fn folder() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    for index in 0..IMAGES {
        let person = root.path().join("faces").join(format!("p{}", index / 2));
        fs::create_dir_all(&person).unwrap();
        portrait(index)
            .save(person.join(format!("{index}.png")))
            .unwrap();
    }
    let cache = root.path().join("cache");
    (root, cache)
}

fn faces(root: &TempDir) -> FaceFolder {
    FaceFolderConfig::new()
        .init(root.path().join("faces"))
        .unwrap()
}

fn small(image: RgbImage, _: usize) -> Result<RgbImage, DataError> {
    resize(&image, 3, 2)
}

fn open(root: &TempDir, cache: &Path) -> CachedFaces<FaceFolder> {
    CachedFaces::open(faces(root), cache, "small", small).unwrap()
}

fn all(data: &dyn FaceDataset) -> Vec<RgbImage> {
    (0..data.len())
        .map(|index| data.image(index).unwrap())
        .collect()
}

fn expected() -> Vec<RgbImage> {
    (0..IMAGES)
        .map(|index| small(portrait(index), index).unwrap())
        .collect()
}

/// Read, made, damaged, unkept.
fn counts<D: FaceDataset>(cached: &CachedFaces<D>) -> [usize; 4] {
    let counts = cached.counts();
    [counts.read, counts.made, counts.damaged, counts.unkept]
}

/// The files of the faces of a cache.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for below in fs::read_dir(folder).unwrap() {
        let below = below.unwrap().path();
        if below.is_dir() && below.file_name().unwrap() != "unfinished" {
            found.extend(
                fs::read_dir(below)
                    .unwrap()
                    .map(|file| file.unwrap().path()),
            );
        }
    }
    found.sort();
    found
}

#[test]
fn a_face_is_made_once_and_read_afterwards() {
    let (root, cache) = folder();
    let cached = open(&root, &cache);
    assert_eq!(all(&cached), expected());
    assert_eq!(counts(&cached), [0, 4, 0, 0]);
    assert_eq!(all(&cached), expected());
    assert_eq!(counts(&cached), [4, 4, 0, 0]);

    // Another program, later; nothing is prepared any more.
    let never = |_, _| panic!("prepared again");
    let again = CachedFaces::open(faces(&root), &cache, "small", never).unwrap();
    assert_eq!(all(&again), expected());
    assert_eq!(counts(&again), [4, 0, 0, 0]);

    assert_eq!(entries(cached.folder()).len(), IMAGES);
    assert_eq!(
        fs::read_dir(cached.folder().join("unfinished"))
            .unwrap()
            .count(),
        0
    );
    let settings = fs::read_to_string(cached.folder().join("settings.txt")).unwrap();
    assert_eq!(settings, "small\n");
}

#[test]
fn it_is_the_data_set_that_it_keeps() {
    let (root, cache) = folder();
    let (cached, plain) = (open(&root, &cache), faces(&root));
    assert_eq!(
        (cached.len(), cached.labels()),
        (plain.len(), plain.labels())
    );
    assert_eq!(cached.identities(), plain.identities());
    assert_eq!(cached.describe(3), plain.describe(3));
    assert_eq!(cached.file(3), Some(plain.paths()[3].as_path()));
    assert_eq!(cached.file(4), None);
    let error = cached.image(4).unwrap_err();
    assert_message(&error, &["index 4"]);
    // A part of it finds the same faces.
    all(&cached);
    let part = Subset::new(faces(&root), vec![2, 0]).unwrap();
    assert_eq!(part.file(0), Some(plain.paths()[2].as_path()));
    let part = CachedFaces::open(part, &cache, "small", small).unwrap();
    assert_eq!(part.image(0).unwrap(), expected()[2]);
    assert_eq!(counts(&part), [1, 0, 0, 0]);
}

#[test]
fn other_settings_are_kept_apart() {
    let (root, cache) = folder();
    all(&open(&root, &cache));
    let large = |image, _| resize(&image, 30, 20);
    let other = CachedFaces::open(faces(&root), &cache, "large", large).unwrap();
    assert_eq!(other.image(1).unwrap().dimensions(), (20, 30));
    assert_eq!(counts(&other), [0, 1, 0, 0]);
    assert_eq!(open(&root, &cache).image(1).unwrap(), expected()[1]);
}

#[test]
fn a_file_that_changes_is_another_face() {
    let (root, cache) = folder();
    let cached = open(&root, &cache);
    all(&cached);
    let path = faces(&root).paths()[1].clone();
    portrait(99).save(&path).unwrap();
    // A clock of coarse steps may not have moved on.
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(10))
        .unwrap();
    assert_eq!(cached.image(1).unwrap(), small(portrait(99), 1).unwrap());
    assert_eq!(counts(&cached), [0, 5, 0, 0]);
    // One that is gone is an error, although its face is there.
    fs::remove_file(&path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    assert_message(&cached.image(1).unwrap_err(), &[name, "cannot be read"]);
}

#[test]
fn what_is_damaged_or_cut_off_is_made_anew() {
    let (root, cache) = folder();
    let folder = open(&root, &cache).folder().to_owned();
    all(&open(&root, &cache));
    let entry = entries(&folder)[0].clone();
    let whole = fs::read(&entry).unwrap();
    let mut damages: Vec<Vec<u8>> = (0..whole.len()).map(|end| whole[..end].to_vec()).collect();
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        damages.push(changed);
    }
    damages.push([whole.as_slice(), b"\0"].concat());
    // A header that promises more than there is memory for.
    let mut large = whole.clone();
    large[8..16].fill(0xFF);
    damages.push(large);
    for damaged in damages {
        fs::write(&entry, &damaged).unwrap();
        let cached = open(&root, &cache);
        assert_eq!(all(&cached), expected());
        assert_eq!(counts(&cached), [3, 1, 1, 0]);
        assert_eq!(fs::read(&entry).unwrap(), whole, "it was not written again");
    }
}

#[test]
fn many_writers_at_once_give_whole_faces() {
    let (root, cache) = folder();
    let made = Arc::new(AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let made = Arc::clone(&made);
                // One value for each writer, as for programs of their own.
                let cached =
                    CachedFaces::open(faces(&root), &cache, "small", move |image, index| {
                        made.fetch_add(1, SeqCst);
                        small(image, index)
                    });
                let cached = cached.unwrap();
                for _ in 0..20 {
                    assert_eq!(all(&cached), expected());
                }
                assert_eq!(counts(&cached)[2..], [0, 0]);
            });
        }
    });
    assert!((IMAGES..=8 * IMAGES).contains(&made.load(SeqCst)));
    let cached = open(&root, &cache);
    assert_eq!(all(&cached), expected());
    assert_eq!(counts(&cached), [4, 0, 0, 0]);
    assert_eq!(
        fs::read_dir(cached.folder().join("unfinished"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn what_a_writer_left_is_removed_when_it_is_old() {
    let (root, cache) = folder();
    let unfinished = open(&root, &cache).folder().join("unfinished");
    let (old, young) = (unfinished.join("old"), unfinished.join("young"));
    for path in [&old, &young] {
        fs::write(path, b"FACENET1").unwrap();
    }
    let file = fs::File::options().write(true).open(&old).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(7200))
        .unwrap();
    assert_eq!(all(&open(&root, &cache)), expected());
    assert!(!old.exists() && young.exists());
}

#[test]
fn errors_are_not_kept() {
    let (root, cache) = folder();
    let fails = CachedFaces::open(faces(&root), &cache, "small", |_, index| {
        Err(crate::toy::broken(index))
    });
    let fails = fails.unwrap();
    assert_message(&fails.image(2).unwrap_err(), &["toy 2: is broken"]);
    assert_eq!(counts(&fails), [0, 0, 0, 0]);
    assert_eq!(all(&open(&root, &cache)), expected());
}

#[test]
fn what_cannot_be_kept_is_made_each_time() {
    let (root, cache) = folder();
    // No file of its own.
    let toy = CachedFaces::open(Toy::new(&[0, 0]), &cache, "toy", small).unwrap();
    for _ in 0..2 {
        assert_eq!(toy.image(1).unwrap(), expected()[1]);
    }
    assert_eq!(counts(&toy), [0, 2, 0, 2]);
    assert!(entries(toy.folder()).is_empty());
    // The folder is gone under the program.
    let cached = open(&root, &cache);
    fs::remove_dir_all(cached.folder()).unwrap();
    assert_eq!(all(&cached), expected());
    assert_eq!(counts(&cached), [0, 4, 0, 4]);

    let file = root.path().join("faces/p0/0.png");
    let Err(error) = CachedFaces::open(faces(&root), &file, "small", small) else {
        panic!("a cache in a file");
    };
    assert_message(&error, &["0.png", "a folder that faces can be kept in"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_size_comes_back_as_it_was(width in 1u32..50, height in 1u32..50, seed: u8) {
        let (root, cache) = folder();
        let made = move |_, _| {
            Ok(RgbImage::from_fn(width, height, |x, y| image::Rgb([seed, x as u8, y as u8])))
        };
        let cached = CachedFaces::open(faces(&root), &cache, "any", made).unwrap();
        let first = cached.image(0).unwrap();
        prop_assert_eq!(cached.image(0).unwrap(), first);
        prop_assert_eq!(counts(&cached), [1, 1, 0, 0]);
    }
}

#[test]
fn faces_of_one_file_are_told_apart_by_their_parts() {
    let (root, cache) = folder();
    // Each file twice; the index says which corner is the face.
    let twice = || Subset::new(faces(&root), vec![0, 0, 1, 1]).unwrap();
    let corner = |image: RgbImage, index: usize| {
        let pixel = *image.get_pixel(4 * (index as u32 % 2), 0);
        Ok(RgbImage::from_pixel(1, 1, pixel))
    };
    let expected: Vec<RgbImage> = (0..4)
        .map(|index| corner(portrait(index / 2), index).unwrap())
        .collect();
    for reads in [0, 4] {
        let kept = CachedFaces::open(twice(), &cache, "corners", corner).unwrap();
        let kept = kept.with_parts(|index| ["left", "right", "left", "right"][index].to_owned());
        assert_eq!(all(&kept), expected);
        assert_eq!((kept.counts().read, kept.counts().made), (reads, 4 - reads));
        let error = kept.image(4).unwrap_err();
        assert!(matches!(
            error,
            DataError::IndexOutOfRange { index: 4, len: 4 }
        ));
    }
}

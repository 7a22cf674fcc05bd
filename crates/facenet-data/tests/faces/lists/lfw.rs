use std::fs;
use std::path::Path;

use facenet_data::{
    DataError, DecodeLimits, FaceDataset, FacePair, LfwPairs, MissingImages, NamedImage,
};

use crate::bytes::picture;
use crate::message::assert_message;
use crate::tree::{list, tree};

const PAIRS: &str = "2 1\nAnn 1 2\nAnn 2 Bob 1\nBob 1 3\nBob 3 Cid 10\n";
const IMAGES: [&str; 5] = [
    "Ann/Ann_0001.jpg",
    "Ann/Ann_0002.png",
    "Bob/Bob_0001.jpeg",
    "Bob/Bob_0003.jpg",
    "Cid/Cid_0010.jpg",
];

fn open(root: &Path, pairs: &str, missing: MissingImages) -> Result<LfwPairs, DataError> {
    let (_folder, path) = list(pairs);
    LfwPairs::open(root, path, missing, DecodeLimits::default())
}

fn pair(first: usize, second: usize, same: bool, fold: usize) -> FacePair {
    FacePair {
        first,
        second,
        same,
        fold,
    }
}

#[test]
fn each_image_of_the_pairs_is_there_once() {
    let root = tempfile::tempdir().unwrap();
    tree(root.path(), &IMAGES);
    tree(root.path(), &["Ann/Ann_0003.jpg", "Eve/Eve_0001.jpg"]);
    let faces = open(root.path(), PAIRS, MissingImages::Refuse).unwrap();
    assert_eq!(faces.names(), IMAGES);
    assert_eq!(faces.labels(), [0, 0, 1, 1, 2]);
    assert_eq!(faces.identities(), ["Ann", "Bob", "Cid"]);
    let expected = [
        pair(0, 1, true, 0),
        pair(1, 2, false, 0),
        pair(2, 3, true, 1),
        pair(3, 4, false, 1),
    ];
    assert_eq!(faces.pairs(), expected);
    assert_eq!((faces.folds(), faces.skipped()), (2, 0));
    assert_eq!(faces.image(4).unwrap(), picture());
    assert!(faces.describe(4).ends_with("Cid_0010.jpg"));
    let error = faces.image(5).unwrap_err();
    assert_message(&error, &["index 5", "0..5"]);
}

#[test]
fn a_missing_image_is_refused_with_its_pair_and_line() {
    for (gone, line, entry, image) in [
        (0, 2, "`Ann 1 2`", "Ann_0001"),
        (2, 3, "`Ann 2 Bob 1`", "Bob_0001"),
        (4, 5, "`Bob 3 Cid 10`", "Cid_0010"),
    ] {
        let root = tempfile::tempdir().unwrap();
        tree(root.path(), &IMAGES);
        fs::remove_file(root.path().join(IMAGES[gone])).unwrap();
        let error = open(root.path(), PAIRS, MissingImages::Refuse).unwrap_err();
        assert!(matches!(error, DataError::MissingImage { .. }), "{error}");
        let line = format!("list.txt:{line}: ");
        assert_message(&error, &[&line, entry, image, ".jpg, .jpeg or .png"]);
    }
}

#[test]
fn pairs_with_a_missing_image_are_skipped_and_counted() {
    let root = tempfile::tempdir().unwrap();
    tree(root.path(), &IMAGES);
    fs::remove_file(root.path().join(IMAGES[1])).unwrap();
    let faces = open(root.path(), PAIRS, MissingImages::Skip).unwrap();
    // Ann's first image goes with the pairs that name the second.
    assert_eq!(faces.names(), &IMAGES[2..]);
    assert_eq!(faces.pairs(), [pair(0, 1, true, 1), pair(1, 2, false, 1)]);
    assert_eq!((faces.folds(), faces.skipped()), (2, 2));
    assert_eq!(faces.identities(), ["Bob", "Cid"]);
}

#[test]
fn nothing_left_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let error = open(root.path(), PAIRS, MissingImages::Skip).unwrap_err();
    assert!(matches!(error, DataError::NoIdentities { .. }), "{error}");
    let root = root.path().to_str().unwrap();
    assert_message(&error, &[root, "none of the 4 pairs", "list.txt"]);
}

#[test]
fn a_wrong_folder_is_not_told_as_a_missing_image() {
    let error = open(Path::new("nowhere"), PAIRS, MissingImages::Skip).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert_message(&error, &["nowhere", "the folder of LFW"]);
}

#[test]
fn the_list_is_read_as_strictly_as_alone() {
    let root = tempfile::tempdir().unwrap();
    tree(root.path(), &IMAGES);
    let error = open(root.path(), "../Ann 1 2\n", MissingImages::Skip).unwrap_err();
    assert_message(&error, &["list.txt:1: ", "\"../Ann\""]);
}

#[test]
fn the_stem_of_an_image_has_four_digits() {
    for (number, stem) in [(7, "Ann/Ann_0007"), (12345, "Ann/Ann_12345")] {
        let name = "Ann".to_owned();
        assert_eq!(NamedImage { name, number }.stem(), Path::new(stem));
    }
}

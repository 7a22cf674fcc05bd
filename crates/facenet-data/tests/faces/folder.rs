use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use facenet_data::{
    DataError, FaceDataset, FaceFolder, FaceFolderConfig, SkippedIdentities, unreadable,
};
use image::ImageFormat;

use crate::bytes::{encoded, picture};
use crate::message::assert_message;
use crate::tree::tree;

fn names(folder: &FaceFolder, root: &Path) -> Vec<String> {
    let paths = folder.paths().iter();
    paths
        .map(|path| path.strip_prefix(root).unwrap().display().to_string())
        .collect()
}

#[test]
fn identities_and_images_are_in_the_order_of_their_names() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    tree(
        root,
        &[
            "b/2.png",
            "b/10.JPG",
            "a/x.jpeg",
            "c/notes.txt",
            "c/.hidden.png",
            "B/1.pgm",
            "z.png",
        ],
    );
    fs::create_dir_all(root.join("a/inner.png")).unwrap();
    fs::create_dir_all(root.join(".git/objects")).unwrap();
    let folder = FaceFolderConfig::new().init(root).unwrap();
    assert_eq!(
        names(&folder, root),
        ["B/1.pgm", "a/x.jpeg", "b/10.JPG", "b/2.png"]
    );
    assert_eq!(folder.labels(), [0, 1, 2, 2]);
    assert_eq!(folder.identities(), ["B", "a", "b"]);
    assert_eq!(folder.skipped(), skipped(1, 0));
    assert_eq!(folder.image(3).unwrap(), picture());
    assert!(folder.describe(3).ends_with("2.png"));
    assert!(matches!(
        folder.image(4),
        Err(DataError::IndexOutOfRange { index: 4, len: 4 })
    ));

    let options = FaceFolderConfig::new().with_min_images(2);
    let folder = options.init(root).unwrap();
    assert_eq!(folder.identities(), ["b"]);
    assert_eq!(folder.labels(), [0, 0]);
    assert_eq!(folder.skipped(), skipped(3, 2));
}

fn skipped(identities: usize, images: usize) -> SkippedIdentities {
    let mut skipped = SkippedIdentities::default();
    skipped.identities = identities;
    skipped.images = images;
    skipped
}

#[test]
fn a_folder_without_identities_is_named() {
    let root = tempfile::tempdir().unwrap();
    let open = || {
        let error = FaceFolderConfig::new().init(root.path()).unwrap_err();
        assert!(matches!(error, DataError::NoIdentities { .. }), "{error}");
        assert_message(
            &error,
            &[
                root.path().to_str().unwrap(),
                "one folder for each identity",
            ],
        );
        error.to_string()
    };
    assert!(open().contains("no folder and no image"));
    tree(root.path(), &["1.png", "2.png"]);
    assert!(open().contains("2 images but no folder"));
    fs::create_dir(root.path().join("a")).unwrap();
    assert!(open().contains("1 folders with 0 images"));

    let gone = root.path().join("gone");
    let error = FaceFolderConfig::new().init(&gone).unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert!(error.to_string().contains("gone"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_end() {
    use std::os::unix::fs::symlink;

    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    tree(root, &["a/1.png"]);
    symlink(root, root.join("all")).unwrap();
    symlink(root.join("a"), root.join("b")).unwrap();
    symlink(root, root.join("a/up")).unwrap();
    symlink(root.join("self"), root.join("self")).unwrap();
    symlink(root.join("nowhere"), root.join("a/2.png")).unwrap();
    let folder = FaceFolderConfig::new().init(root).unwrap();
    assert_eq!(
        names(&folder, root),
        ["a/1.png", "a/2.png", "b/1.png", "b/2.png"]
    );
    let bad = unreadable(&folder, |_| {});
    assert_eq!(bad.iter().map(|bad| bad.index).collect::<Vec<_>>(), [1, 3]);
}

#[cfg(unix)]
#[test]
fn names_need_not_be_utf_8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let root = tempfile::tempdir().unwrap();
    for name in [&b"caf\xE9"[..], b"caf\xE8"] {
        let folder = root.path().join(OsStr::from_bytes(name));
        fs::create_dir(&folder).unwrap();
        let image = folder.join(OsStr::from_bytes(b"\xFF.png"));
        fs::write(image, encoded(&picture(), ImageFormat::Png)).unwrap();
    }
    let folder = FaceFolderConfig::new().init(root.path()).unwrap();
    assert_eq!(folder.identities(), ["caf\\xE8", "caf\\xE9"]);
    assert_eq!(folder.image(1).unwrap(), picture());

    fs::write(&folder.paths()[0], b"").unwrap();
    let name = "caf\\xE8/\\xFF.png";
    assert!(folder.describe(0).ends_with(name));
    assert_message(&folder.image(0).unwrap_err(), &[name, "0 bytes"]);
    fs::remove_file(&folder.paths()[0]).unwrap();
    assert_message(&folder.image(0).unwrap_err(), &[name, "an image file"]);
}

#[cfg(unix)]
#[test]
fn a_line_end_in_a_name_does_not_break_a_message() {
    let root = tempfile::tempdir().unwrap();
    tree(root.path(), &["a\nb/1\u{2028}.png"]);
    let folder = FaceFolderConfig::new().init(root.path()).unwrap();
    assert_eq!(folder.identities(), ["a\\nb"]);
    fs::write(&folder.paths()[0], b"no image").unwrap();
    let name = "a\\nb/1\\u{2028}.png";
    assert_message(
        &folder.image(0).unwrap_err(),
        &[name, "starts like no image"],
    );
}

#[test]
fn an_identity_with_one_image_stays_unless_more_are_asked_for() {
    let root = tempfile::tempdir().unwrap();
    tree(root.path(), &["ann/1.png"]);
    let open = |min_images| {
        let options = FaceFolderConfig::new().with_min_images(min_images);
        options.init(root.path())
    };
    for min_images in [0, 1] {
        let folder = open(min_images).unwrap();
        assert_eq!(
            (folder.labels(), folder.skipped()),
            (&[0][..], skipped(0, 0))
        );
    }
    let error = open(2).unwrap_err();
    assert_message(&error, &["1 folders with 1 images", "at least 2 image(s)"]);
}

#[test]
fn bad_images_are_found_and_named() {
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let images: Vec<String> = (0..40).map(|number| format!("a/{number:02}.png")).collect();
    tree(root, &images);
    fs::write(root.join("a/07.png"), b"").unwrap();
    fs::write(root.join("a/31.png"), b"no image").unwrap();
    let folder = FaceFolderConfig::new().init(root).unwrap();
    let (calls, highest) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let bad = unreadable(&folder, |done| {
        calls.fetch_add(1, Relaxed);
        highest.fetch_max(done, Relaxed);
    });
    assert_eq!((calls.into_inner(), highest.into_inner()), (40, 40));
    assert_eq!(bad.iter().map(|bad| bad.index).collect::<Vec<_>>(), [7, 31]);
    assert!(bad[0].error.to_string().contains("07.png"));
    assert!(bad[1].error.to_string().contains("31.png"));
}

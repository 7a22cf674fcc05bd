//! Folders and files that a test needs.

use std::fs;
use std::path::{Path, PathBuf};

use image::ImageFormat;
use tempfile::TempDir;

use crate::bytes::{encoded, picture};

/// Writes the same small PNG under all of these names.
pub(crate) fn tree(root: &Path, images: &[impl AsRef<Path>]) {
    let bytes = encoded(&picture(), ImageFormat::Png);
    for image in images {
        let path = root.join(image);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &bytes).unwrap();
    }
}

/// A file of these bytes, and the folder that holds it while the test runs.
pub(crate) fn list(bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

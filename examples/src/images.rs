use std::path::{Path, PathBuf};

use crate::Failure;

/// The images of a folder and of the folders in it, sorted by path.
///
/// # Errors
///
/// A folder that cannot be read, or no image in it.
pub fn images_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut images = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |e: std::io::Error| format!("{}: {e}", folder.display());
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            // A link to a folder could lead round in a circle.
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(path);
            } else if is_image(&path) {
                images.push(path);
            }
        }
    }
    images.sort();
    match images.is_empty() {
        true => Err(format!(
            "{}: expected images in this folder (jpg, png, pgm, ppm)",
            folder.display()
        )
        .into()),
        false => Ok(images),
    }
}

fn is_image(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["jpg", "jpeg", "png", "pgm", "ppm", "pnm"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

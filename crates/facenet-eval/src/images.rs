use std::path::{Path, PathBuf};

use crate::EvalError;

/// The images of a folder and of the folders in it, sorted by path.
///
/// # Errors
///
/// [`EvalError::File`] for a folder that cannot be read, [`EvalError::NoImages`] where there is no image
/// in it.
pub fn images_in(folder: &Path) -> Result<Vec<PathBuf>, EvalError> {
    let mut images = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let unreadable = |error| EvalError::file(&folder, error);
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
        true => Err(EvalError::NoImages {
            path: folder.to_owned(),
        }),
        false => Ok(images),
    }
}

fn is_image(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["jpg", "jpeg", "png", "pgm", "ppm", "pnm"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

use std::path::{Path, PathBuf};

use facenet_core::data::ContactSheet;
use facenet_core::open_image;

use crate::Failure;

/// Width and height of a face on a sheet, in pixels.
const FACE: u32 = 64;
/// Faces in a row.
const COLUMNS: usize = 16;
/// Rows of a sheet.
const ROWS: usize = 40;

/// Draws groups of faces as a picture: a row for each, its first 16 faces. Groups beyond 40 are left out.
///
/// # Errors
///
/// An image that cannot be read, a picture that cannot be written.
pub fn write_sheet(file: &Path, groups: &[Vec<PathBuf>]) -> Result<(), Failure> {
    let mut sheet = ContactSheet::new(FACE, FACE);
    for group in groups.iter().take(ROWS) {
        let faces = group.iter().take(COLUMNS).map(open_image);
        let faces = faces.collect::<Result<Vec<_>, _>>()?;
        sheet.row(None, faces.iter().map(|face| (face, None)));
    }
    let picture = sheet.draw();
    picture
        .save(file)
        .map_err(|e| format!("{}: {e}", file.display()).into())
}

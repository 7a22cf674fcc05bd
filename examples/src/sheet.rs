use std::path::{Path, PathBuf};

use facenet_core::open_image;
use image::{RgbImage, imageops};

use crate::Failure;

/// Width and height of a face on a sheet, in pixels.
const FACE: u32 = 64;
/// Faces in a row.
const COLUMNS: usize = 16;
/// Rows of a sheet.
const ROWS: usize = 40;
const BACKGROUND: image::Rgb<u8> = image::Rgb([255, 255, 255]);

/// Draws groups of faces as a picture: a row for each, its first 16 faces. Groups beyond 40 are left out.
///
/// # Errors
///
/// An image that cannot be read, a picture that cannot be written.
pub fn write_sheet(file: &Path, groups: &[Vec<PathBuf>]) -> Result<(), Failure> {
    let groups = &groups[..groups.len().min(ROWS)];
    let widest = groups.iter().map(|group| group.len().min(COLUMNS)).max();
    let columns = widest.unwrap_or(0).max(1) as u32;
    let rows = groups.len().max(1) as u32;
    let mut sheet = RgbImage::from_pixel(columns * FACE, rows * FACE, BACKGROUND);
    for (row, group) in (0..).zip(groups) {
        for (column, path) in (0..).zip(group.iter().take(COLUMNS)) {
            let face = image::DynamicImage::from(open_image(path)?)
                .resize(FACE, FACE, imageops::FilterType::Triangle)
                .to_rgb8();
            let (x, y) = (column * i64::from(FACE), row * i64::from(FACE));
            imageops::replace(&mut sheet, &face, x, y);
        }
    }
    sheet
        .save(file)
        .map_err(|e| format!("{}: {e}", file.display()).into())
}

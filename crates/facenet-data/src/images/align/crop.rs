use image::RgbImage;

use super::{FaceTemplate, SimilarityTransform};
use crate::DataError;
use crate::images::pixels;

/// Cuts out a face so that its five points come to lie on those of the template, as ArcFace and
/// insightface cut theirs (`norm_crop`).
///
/// The similarity transform is the best in the sense of least squares
/// ([`SimilarityTransform::fit`]); pixels are read bilinearly, and black is what lies outside of the
/// image. The filter does not widen where a large face is shrunk, just as `cv2.warpAffine`'s does
/// not: for faces of several times the template's size, [`resize`](crate::resize) image and landmarks
/// first, or decode at a reduced scale ([`DecodeLimits::enough`](crate::DecodeLimits::enough())) and
/// scale the landmarks as much.
///
/// # Errors
/// [`DataError::Setting`] where the landmarks are not finite or lie in one place, or the image has
/// no pixel.
pub fn aligned_crop(
    image: &RgbImage,
    landmarks: &[[f32; 2]; 5],
    template: &FaceTemplate,
) -> Result<RgbImage, DataError> {
    if image.is_empty() {
        return Err(DataError::Setting {
            setting: "image to align",
            found: format!("{} x {}", image.width(), image.height()),
            expected: "at least one pixel",
        });
    }
    let transform = SimilarityTransform::fit(landmarks, template.points())?;
    let back = transform.inverse().ok_or_else(|| DataError::Setting {
        setting: "landmarks of a face",
        found: format!("{landmarks:?}"),
        expected: "two eyes, a nose and two corners of a mouth, in the order of the template",
    })?;
    Ok(warp(image, &back, template.height(), template.width()))
}

/// Reads each pixel of the result where `back` says, bilinearly, zero outside.
fn warp(image: &RgbImage, back: &SimilarityTransform, height: u32, width: u32) -> RgbImage {
    const BLACK: [u8; 3] = [0; 3];
    let (w, h) = (i64::from(image.width()), i64::from(image.height()));
    let source = image.as_raw();
    let row = width as usize * 3;
    let mut crop = RgbImage::new(width, height);
    for (y, line) in crop.chunks_exact_mut(row).enumerate() {
        for (x, pixel) in line.chunks_exact_mut(3).enumerate() {
            let [sx, sy] = back.apply([x as f64, y as f64]);
            // Less than one pixel beyond the edge, black shines in; a cast would hide what is beyond.
            if !(sx > -1.0 && sy > -1.0 && sx < w as f64 && sy < h as f64) {
                continue;
            }
            // A cast rounds towards zero: one is added first, so that it rounds down.
            let (left, top) = ((sx + 1.0) as i64 - 1, (sy + 1.0) as i64 - 1);
            let (across, down) = ((sx - left as f64) as f32, (sy - top as f64) as f32);
            let at = |x: i64, y: i64| -> &[u8] {
                if x < 0 || y < 0 || x >= w || y >= h {
                    return &BLACK;
                }
                &source[(y * w + x) as usize * 3..][..3]
            };
            let corners = [
                at(left, top),
                at(left + 1, top),
                at(left, top + 1),
                at(left + 1, top + 1),
            ];
            pixels::mix(pixel, corners, across, down);
        }
    }
    crop
}

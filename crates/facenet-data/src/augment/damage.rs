//! What happens to faces in the world: something stands before them, they are far away, they are
//! compressed.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, RgbImage, imageops};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::images::pixels::Rectangle;
use crate::{DataError, resize};

/// Puts a patch of one gray, of noise or of another part of the image somewhere into it.
pub(crate) fn occlude(image: &mut RgbImage, area: f32, aspect: f32, rng: &mut ChaCha8Rng) {
    let place = Rectangle::anywhere(image, area, aspect, rng);
    match rng.random_range(0..3) {
        0 => {
            let gray: u8 = rng.random();
            place.lines(image).for_each(|line| line.fill(gray));
        }
        1 => place.lines(image).for_each(|line| rng.fill(line)),
        _ => {
            let left = rng.random_range(0..=image.width() - place.width);
            let top = rng.random_range(0..=image.height() - place.height);
            // A copy, because the two may overlap.
            let part = imageops::crop_imm(image, left, top, place.width, place.height).to_image();
            imageops::replace(image, &part, place.left.into(), place.top.into());
        }
    }
}

/// Shrinks the image to `part` of its height and width, and enlarges it to what it was.
pub(crate) fn downscale(image: &RgbImage, part: f32) -> Result<RgbImage, DataError> {
    let less = |length: u32| ((length as f32 * part).round() as u32).clamp(1, length);
    let small = resize(image, less(image.height()), less(image.width()))?;
    resize(&small, image.height(), image.width())
}

/// Compresses the image as JPEG of `quality` (1 to 100), and decodes it.
pub(crate) fn compress(image: &RgbImage, quality: u8) -> Result<RgbImage, DataError> {
    let failed = |error: image::ImageError| DataError::Image {
        origin: "a view".to_owned(),
        problem: error.to_string(),
        expected: "one that can be compressed as JPEG".to_owned(),
    };
    let mut bytes = Vec::new();
    image
        .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
        .map_err(failed)?;
    let decoded = image::load(Cursor::new(bytes), ImageFormat::Jpeg).map_err(failed)?;
    Ok(decoded.into_rgb8())
}

use std::path::Path;

use facenet_data::DecodeLimits;
use image::RgbImage;

use crate::Error;

/// Opens a JPEG, PNG or PNM file as upright RGB, 8 bits a channel.
///
/// EXIF orientation is applied, gray becomes three equal channels, and an image of more than 64
/// million pixels is refused before memory is taken for it. Other limits:
/// [`facenet_data::read_image`].
///
/// # Errors
///
/// The file is missing, unreadable, truncated, too large, or no such image.
pub fn open_image(path: impl AsRef<Path>) -> Result<RgbImage, Error> {
    Ok(facenet_data::read_image(
        path.as_ref(),
        &DecodeLimits::default(),
    )?)
}

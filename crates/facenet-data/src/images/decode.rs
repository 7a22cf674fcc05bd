use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use serde::{Deserialize, Serialize};

use super::{jpeg, reduced};
use crate::DataError;
use crate::shown::shown;

const EXPECTED: &str = "a JPEG, PNG or PNM (PGM, PPM) image";

/// How large an image may be, checked before memory is taken for it, and how large it needs to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecodeLimits {
    /// Largest number of pixels, width × height. Default: 64 million.
    pub max_pixels: u64,
    /// Largest file, in bytes. Default: 64 MiB.
    pub max_bytes: u64,
    /// Least height and width that are enough, in pixels of the upright image
    /// ([`DecodeLimits::enough()`]). Default: none, all is decoded.
    pub enough: Option<[u32; 2]>,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            max_pixels: 64_000_000,
            max_bytes: 64 << 20,
            enough: None,
        }
    }
}

impl DecodeLimits {
    /// Sets the largest number of pixels.
    pub fn with_max_pixels(mut self, max_pixels: u64) -> Self {
        self.max_pixels = max_pixels;
        self
    }

    /// Sets the largest file, in bytes.
    pub fn with_max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Decodes a JPEG at 1/2, 1/4 or 1/8 of its size, as long as the result has at least `height` ×
    /// `width` pixels; the limits are those of the whole image all the same.
    ///
    /// For images that are shrunk next, [`resize`](crate::resize)d or [`Augment`](crate::Augment)ed:
    /// a box or landmarks in pixels of the whole image do not fit the reduced one. Each block of
    /// 8 × 8 pixels is transformed to fewer, which comes close to their means.
    ///
    /// It is a wish: an image is decoded whole where that is faster, which it is when the reduced one
    /// would be more than 128 pixels wide and the whole one has less than 4 million; of larger images,
    /// it is memory that is saved.
    pub fn enough(mut self, height: u32, width: u32) -> Self {
        self.enough = Some([height, width]);
        self
    }
}

/// Reads an image file as upright RGB, 8 bits a channel.
///
/// See [`decode`] for what is read and what is refused.
///
/// # Errors
/// [`DataError::Io`] where the file is missing or unreadable, [`DataError::Image`] where it is no
/// regular file, is larger than the limits, or cannot be decoded.
pub fn read_image(path: &Path, limits: &DecodeLimits) -> Result<RgbImage, DataError> {
    let io = |source| DataError::io(path, "an image file", source);
    // A pipe or a device would block for ever.
    let metadata = fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        return Err(problem(&shown(path), "is no regular file"));
    }
    // One more, so that the end is found without growing.
    let length = metadata.len().min(limits.max_bytes).saturating_add(1);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    let file = File::open(path).map_err(io)?;
    file.take(limits.max_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(io)?;
    decode(&bytes, &shown(path), limits)
}

/// Decodes the bytes of an image as upright RGB, 8 bits a channel; `origin` names them in messages.
///
/// JPEG (gray, YCbCr, CMYK), PNG and PNM are known by their first bytes, whatever the file's name.
/// The orientation of EXIF is applied, gray is repeated in three channels, 16 bits are rounded to 8,
/// and an alpha channel is dropped. A JPEG is smaller than its size says where
/// [`DecodeLimits::enough()`] allows it.
///
/// # Errors
/// [`DataError::Image`] where the bytes are none, too many, no image of these kinds, truncated or
/// corrupt, or where the image has no pixel or more than the limits allow.
pub fn decode(bytes: &[u8], origin: &str, limits: &DecodeLimits) -> Result<RgbImage, DataError> {
    if bytes.is_empty() {
        return Err(problem(origin, "is empty, 0 bytes"));
    }
    if bytes.len() as u64 > limits.max_bytes {
        return Err(DataError::Image {
            origin: origin.to_owned(),
            problem: "is too large".to_owned(),
            expected: format!("at most {} bytes", limits.max_bytes),
        });
    }
    let failed = |error: image::ImageError| problem(origin, &one_line(&error.to_string()));

    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| problem(origin, &error.to_string()))?;
    let Some(format) = reader.format() else {
        return Err(problem(origin, "starts like no image"));
    };
    if format == ImageFormat::Jpeg {
        // The decoder fills what is missing with gray and says nothing.
        jpeg::check_complete(bytes).map_err(|error| problem(origin, &error))?;
    }
    let mut allowed = Limits::no_limits();
    // Eight bytes a pixel is 16-bit RGBA; the second half is for the decoder's own buffers.
    allowed.max_alloc = Some(limits.max_pixels.saturating_mul(16).saturating_add(1 << 20));
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(failed)?;

    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > limits.max_pixels {
        return Err(DataError::Image {
            origin: origin.to_owned(),
            problem: format!("is {width} x {height} pixels"),
            expected: format!("between 1 and {} pixels", limits.max_pixels),
        });
    }
    let orientation = decoder.orientation().map_err(failed)?;
    let reduced = match limits.enough {
        Some([h, w]) if format == ImageFormat::Jpeg => {
            let lying = if on_its_side(orientation) {
                [w, h]
            } else {
                [h, w]
            };
            reduced::decode(bytes, [height, width], lying)
        }
        _ => None,
    };
    let mut image = match reduced {
        Some(image) => DynamicImage::from(image),
        None => DynamicImage::from_decoder(decoder).map_err(failed)?,
    };
    image.apply_orientation(orientation);
    Ok(image.into_rgb8())
}

/// Whether turning the image upright exchanges its height and its width.
fn on_its_side(orientation: Orientation) -> bool {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
    }
}

fn problem(origin: &str, problem: &str) -> DataError {
    DataError::Image {
        origin: origin.to_owned(),
        problem: problem.to_owned(),
        expected: EXPECTED.to_owned(),
    }
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

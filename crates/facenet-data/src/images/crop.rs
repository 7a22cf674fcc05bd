use std::cell::RefCell;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

use crate::{DataError, FaceBox};

/// A region of an image, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Region {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// Source pixels that a box grows by, half of it on each side, as
/// [davidsandberg/facenet](https://github.com/davidsandberg/facenet) has it for crops of 160 pixels.
pub const DEFAULT_MARGIN: f32 = 32.0;

/// Cuts out a face as FaceNet's training images were cut (`align_dataset_mtcnn`), without rotation.
///
/// The box is enlarged by `margin`/2 pixels of the source on each side, clamped to the image,
/// truncated to whole pixels, and resized bilinearly to `height` × `width`. The margin is 32 for
/// crops of 160 pixels and 44 for 182. facenet-pytorch takes the margin in pixels of the result
/// instead, so its crops differ.
///
/// # Errors
/// [`DataError::Setting`] where the box and the image have no whole pixel in common, the margin is
/// not finite, or the size is zero.
pub fn facenet_crop(
    image: &RgbImage,
    face: &FaceBox,
    margin: f32,
    height: u32,
    width: u32,
) -> Result<RgbImage, DataError> {
    if !margin.is_finite() {
        return Err(DataError::Setting {
            setting: "margin of the crop",
            found: margin.to_string(),
            expected: "a finite number of pixels",
        });
    }
    // A cast truncates. What is no number would pass `max` and `min` as the edge of the image.
    let numbers = ![face.x1, face.y1, face.x2, face.y2]
        .iter()
        .any(|edge| edge.is_nan());
    let left = (face.x1 - margin / 2.0).max(0.0) as u32;
    let top = (face.y1 - margin / 2.0).max(0.0) as u32;
    let right = (face.x2 + margin / 2.0).min(image.width() as f32) as u32;
    let bottom = (face.y2 + margin / 2.0).min(image.height() as f32) as u32;
    if !numbers || left >= right || top >= bottom {
        return Err(DataError::Setting {
            setting: "face box",
            found: format!(
                "({}, {}) to ({}, {}) in an image of {} x {}",
                face.x1,
                face.y1,
                face.x2,
                face.y2,
                image.width(),
                image.height()
            ),
            expected: "a box with at least one pixel inside the image",
        });
    }
    // Cut first: the filter would reach beyond a region, and the pixels around the box shine in.
    let face = image::imageops::crop_imm(image, left, top, right - left, bottom - top).to_image();
    resize(&face, height, width)
}

/// Cuts `height` × `width` pixels out of the middle, the odd pixel left over to the right and below.
///
/// # Errors
/// [`DataError::Setting`] where the image is smaller than that, or the size is zero.
pub fn center_crop(image: &RgbImage, height: u32, width: u32) -> Result<RgbImage, DataError> {
    if height == 0 || width == 0 || height > image.height() || width > image.width() {
        return Err(DataError::Setting {
            setting: "size of the center crop",
            found: format!(
                "{width} x {height} of an image of {} x {}",
                image.width(),
                image.height()
            ),
            expected: "at least one pixel and at most the image",
        });
    }
    let left = (image.width() - width) / 2;
    let top = (image.height() - height) / 2;
    Ok(image::imageops::crop_imm(image, left, top, width, height).to_image())
}

/// Resizes an image to `height` × `width`, bilinearly and with as wide a filter as shrinking needs
/// (as Pillow does); the proportions are not kept.
///
/// # Errors
/// [`DataError::Setting`] where the size, or the image, is zero.
pub fn resize(image: &RgbImage, height: u32, width: u32) -> Result<RgbImage, DataError> {
    let whole = Region {
        left: 0.0,
        top: 0.0,
        width: f64::from(image.width()),
        height: f64::from(image.height()),
    };
    resize_region(image, whole, height, width)
}

/// Resizes a region, which may begin and end between pixels; the filter sees what is around it.
pub(crate) fn resize_region(
    image: &RgbImage,
    region: Region,
    height: u32,
    width: u32,
) -> Result<RgbImage, DataError> {
    thread_local! {
        // It keeps its buffers from one image to the next.
        static RESIZER: RefCell<Resizer> = RefCell::new(Resizer::new());
    }
    let refused = |problem: String| DataError::Setting {
        setting: "resize",
        found: format!(
            "{} x {} to {width} x {height}: {problem}",
            image.width(),
            image.height()
        ),
        expected: "at least one pixel before and after",
    };
    let Region {
        left,
        top,
        width: w,
        height: h,
    } = region;
    if width == 0 || height == 0 || image.is_empty() {
        return Err(refused("nothing to resize".to_owned()));
    }
    let source = ImageRef::new(
        image.width(),
        image.height(),
        image.as_raw(),
        PixelType::U8x3,
    )
    .map_err(|error| refused(error.to_string()))?;
    let mut result = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FilterType::Bilinear))
        .crop(left, top, w, h);
    RESIZER
        .with_borrow_mut(|resizer| resizer.resize(&source, &mut result, &options))
        .map_err(|error| refused(error.to_string()))?;
    RgbImage::from_raw(width, height, result.into_vec())
        .ok_or_else(|| refused("the result has another size".to_owned()))
}

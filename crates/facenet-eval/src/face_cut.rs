use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use facenet_data::{
    DEFAULT_MARGIN, DataError, FaceBox, center_crop, facenet_crop, read_boxes, resize,
};
use image::RgbImage;

use crate::EvalError;

/// The height of [`FaceCut::Center`] as a share of the image's: what a detector's box with its
/// margin covers on average of a deep-funnelled LFW image.
const CENTER_SHARE: f32 = 0.6;

/// How a face is cut out of a photograph before it is resized to the input of a network.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum FaceCut {
    /// The middle of the photograph, three fifths of its height, in the proportions of the input.
    #[default]
    Center,
    /// The same region of each photograph: left, top, right and bottom in its pixels.
    Region([u32; 4]),
    /// The box that a list gives for each photograph, enlarged by `margin`.
    Boxes {
        /// The list, as [`read_boxes`] takes it.
        list: PathBuf,
        /// Source pixels that a box grows by, half of it on each side.
        margin: f32,
    },
}

impl FaceCut {
    /// The boxes of a list, with [`DEFAULT_MARGIN`].
    pub fn boxes(list: impl Into<PathBuf>) -> Self {
        FaceCut::Boxes {
            list: list.into(),
            margin: DEFAULT_MARGIN,
        }
    }

    /// Reads what the cut needs for photographs of these names.
    pub(super) fn open<'a>(&'a self, names: &'a [String]) -> Result<Cutter<'a>, EvalError> {
        let boxes = match self {
            FaceCut::Center | FaceCut::Region(_) => BTreeMap::new(),
            FaceCut::Boxes { list, .. } => {
                let boxes = read_boxes(list)?;
                if let Some(image) = names.iter().find(|&name| !boxes.contains_key(name)) {
                    return Err(EvalError::MissingBox {
                        path: list.clone(),
                        image: image.clone(),
                    });
                }
                boxes
            }
        };
        Ok(Cutter {
            cut: self,
            names,
            boxes,
        })
    }
}

/// A [`FaceCut`] with its list read.
pub(super) struct Cutter<'a> {
    cut: &'a FaceCut,
    names: &'a [String],
    boxes: BTreeMap<String, FaceBox>,
}

impl Cutter<'_> {
    /// Cuts the face out of photograph `index`, which messages call `origin`.
    pub(super) fn cut(
        &self,
        image: &RgbImage,
        index: usize,
        origin: impl Fn() -> String,
        [height, width]: [u32; 2],
    ) -> Result<RgbImage, DataError> {
        match self.cut {
            FaceCut::Center => center_face(image, height, width),
            FaceCut::Region(region) => {
                region_face(image, *region, height, width).map_err(|problem| DataError::Image {
                    origin: origin(),
                    problem,
                    expected: "a region inside the image".to_owned(),
                })
            }
            FaceCut::Boxes { list, margin } => {
                let name = self.names.get(index);
                let Some(face) = name.and_then(|name| self.boxes.get(name)) else {
                    return Err(no_box(list, origin()));
                };
                facenet_crop(image, face, *margin, height, width).map_err(|error| {
                    DataError::Image {
                        origin: origin(),
                        problem: format!("its box in {} does not fit: {error}", list.display()),
                        expected: "a box inside the image".to_owned(),
                    }
                })
            }
        }
    }
}

fn no_box(list: &Path, origin: String) -> DataError {
    DataError::Image {
        origin,
        problem: format!("{} has no box for it", list.display()),
        expected: "a box for each image".to_owned(),
    }
}

/// The middle of the image in the proportions of `height × width`.
fn center_face(image: &RgbImage, height: u32, width: u32) -> Result<RgbImage, DataError> {
    let high = (image.height() as f32 * CENTER_SHARE).round().max(1.0);
    let wide = (high * width as f32 / height as f32).round().max(1.0);
    let crop = center_crop(
        image,
        (high as u32).min(image.height()),
        (wide as u32).min(image.width()),
    )?;
    resize(&crop, height, width)
}

fn region_face(
    image: &RgbImage,
    [left, top, right, bottom]: [u32; 4],
    height: u32,
    width: u32,
) -> Result<RgbImage, String> {
    if left >= right || top >= bottom || right > image.width() || bottom > image.height() {
        return Err(format!(
            "the region {left},{top},{right},{bottom} does not fit {} x {} pixels",
            image.width(),
            image.height()
        ));
    }
    let view = image::imageops::crop_imm(image, left, top, right - left, bottom - top);
    resize(&view.to_image(), height, width).map_err(|error| error.to_string())
}

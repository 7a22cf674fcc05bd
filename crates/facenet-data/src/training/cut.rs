use std::fmt;

use image::RgbImage;

use super::TrainingFacesConfig;
use crate::{DataError, FaceBox, FaceTemplate, aligned_crop, facenet_crop};

/// Sides of a face that is cut out of a photograph, over those of the network's input: room for random crops, as
/// facenet's faces of 182 pixels have for crops of 160.
const ROOM: f64 = 182.0 / 160.0;

/// How a face is cut out of the photograph that a table names.
pub(super) enum TrainingCut {
    Boxes {
        boxes: Vec<FaceBox>,
        margin: f32,
        size: [u32; 2],
    },
    Landmarks {
        landmarks: Vec<[[f32; 2]; 5]>,
        template: FaceTemplate,
    },
}

impl TrainingCut {
    pub(super) fn new(
        config: &TrainingFacesConfig,
        boxes: Option<Vec<FaceBox>>,
        [height, width]: [usize; 2],
    ) -> Result<Option<Self>, DataError> {
        if config.align {
            let landmarks = boxes.unwrap_or_default();
            let landmarks: Option<Vec<_>> = landmarks.iter().map(|face| face.landmarks).collect();
            let landmarks = landmarks.filter(|landmarks| !landmarks.is_empty());
            let landmarks = landmarks.ok_or_else(|| DataError::NoLandmarks {
                path: config.path.clone(),
            })?;
            let template = FaceTemplate::ARCFACE_112.resized(height as u32, width as u32)?;
            return Ok(Some(Self::Landmarks {
                landmarks,
                template,
            }));
        }
        let size = [height, width].map(|side| (side as f64 * ROOM).ceil() as u32);
        Ok(boxes.map(|boxes| Self::Boxes {
            boxes,
            margin: config.margin,
            size,
        }))
    }

    pub(super) fn apply(&self, image: RgbImage, index: usize) -> Result<RgbImage, DataError> {
        match self {
            Self::Boxes {
                boxes,
                margin,
                size: [height, width],
            } => facenet_crop(&image, &boxes[index], *margin, *height, *width),
            Self::Landmarks {
                landmarks,
                template,
            } => aligned_crop(&image, &landmarks[index], template),
        }
    }

    /// What tells the faces of one photograph apart.
    pub(super) fn part(&self, index: usize) -> String {
        match self {
            Self::Boxes { boxes, .. } => {
                let FaceBox { x1, y1, x2, y2, .. } = boxes[index];
                format!("{x1} {y1} {x2} {y2}")
            }
            Self::Landmarks { landmarks, .. } => format!("{:?}", landmarks[index]),
        }
    }
}

/// The settings of a cache.
impl fmt::Display for TrainingCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boxes {
                margin,
                size: [height, width],
                ..
            } => write!(f, "box with margin {margin}, {width} x {height} pixels"),
            Self::Landmarks { template, .. } => {
                let (width, height) = (template.width(), template.height());
                write!(
                    f,
                    "landmarks to {:?}, {width} x {height} pixels",
                    template.points()
                )
            }
        }
    }
}

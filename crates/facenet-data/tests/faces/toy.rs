//! A data set in memory that does what a test wants.

use facenet_data::{DataError, FaceDataset};
use image::{Rgb, RgbImage};

type Make = dyn Fn(usize) -> Result<RgbImage, DataError> + Send + Sync;

pub(crate) struct Toy {
    labels: Vec<u32>,
    identities: Vec<String>,
    make: Box<Make>,
}

impl Toy {
    /// One image for each label, `person 0` and so on its identities.
    pub(crate) fn new(labels: &[u32]) -> Self {
        let people = labels.iter().max().map_or(0, |&highest| highest + 1);
        Self {
            labels: labels.to_vec(),
            identities: (0..people)
                .map(|person| format!("person {person}"))
                .collect(),
            make: Box::new(|index| Ok(portrait(index))),
        }
    }

    /// Replaces what happens when an image is read.
    pub(crate) fn with(
        mut self,
        make: impl Fn(usize) -> Result<RgbImage, DataError> + Send + Sync + 'static,
    ) -> Self {
        self.make = Box::new(make);
        self
    }
}

impl FaceDataset for Toy {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn identities(&self) -> &[String] {
        &self.identities
    }

    fn describe(&self, index: usize) -> String {
        format!("toy {index}")
    }

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        let len = self.len();
        if index >= len {
            return Err(DataError::IndexOutOfRange { index, len });
        }
        (self.make)(index)
    }
}

/// 5 × 4 pixels that differ from one another and from those of other indices.
pub(crate) fn portrait(index: usize) -> RgbImage {
    RgbImage::from_fn(5, 4, |x, y| Rgb([index as u8, x as u8, y as u8]))
}

/// What a data set says of an image that it cannot read.
pub(crate) fn broken(index: usize) -> DataError {
    DataError::Image {
        origin: format!("toy {index}"),
        problem: "is broken".to_owned(),
        expected: "a toy".to_owned(),
    }
}

use std::path::PathBuf;

use image::RgbImage;

use crate::shown::shown;
use crate::{DataError, DecodeLimits, read_image};

/// Image files with an identity each: what every data set on disk comes down to.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) labels: Vec<u32>,
    pub(crate) identities: Vec<String>,
    pub(crate) limits: DecodeLimits,
}

impl Files {
    pub(crate) fn new(limits: DecodeLimits) -> Self {
        Self {
            paths: Vec::new(),
            labels: Vec::new(),
            identities: Vec::new(),
            limits,
        }
    }

    pub(crate) fn describe(&self, index: usize) -> String {
        match self.paths.get(index) {
            Some(path) => shown(path),
            None => format!("image {index}, outside the data set"),
        }
    }

    pub(crate) fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        let path = self.paths.get(index).ok_or(DataError::IndexOutOfRange {
            index,
            len: self.paths.len(),
        })?;
        read_image(path, &self.limits)
    }
}

/// Implements [`FaceDataset`](crate::FaceDataset) for a struct with a field `files: Files`.
macro_rules! dataset_of_files {
    ($name:ty) => {
        impl crate::FaceDataset for $name {
            fn len(&self) -> usize {
                self.files.paths.len()
            }
            fn labels(&self) -> &[u32] {
                &self.files.labels
            }
            fn identities(&self) -> &[String] {
                &self.files.identities
            }
            fn describe(&self, index: usize) -> String {
                self.files.describe(index)
            }
            fn image(&self, index: usize) -> Result<image::RgbImage, crate::DataError> {
                self.files.image(index)
            }
            fn file(&self, index: usize) -> Option<&std::path::Path> {
                self.files.paths.get(index).map(std::path::PathBuf::as_path)
            }
        }
    };
}
pub(crate) use dataset_of_files;

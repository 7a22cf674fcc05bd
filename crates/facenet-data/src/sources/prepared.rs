use std::fmt;
use std::path::Path;

use image::RgbImage;

use crate::dataset::images_of_data;
use crate::{DataError, FaceDataset};

/// A data set whose images pass through a function as they are read: it cuts the face out, aligns it, or
/// shrinks it.
///
/// [`CachedFaces`](crate::CachedFaces) does the same and keeps what comes out on disk.
///
/// ```
/// use facenet_data::{FaceDataset, FaceFolder, FaceFolderConfig, PreparedFaces, center_crop};
///
/// # let folder = tempfile::tempdir()?;
/// # std::fs::create_dir(folder.path().join("ada"))?;
/// # image::RgbImage::new(30, 30).save(folder.path().join("ada/1.png"))?;
/// # let path = folder.path();
/// let faces = FaceFolderConfig::new().init(path)?;
/// let faces = PreparedFaces::new(faces, |image, _| center_crop(&image, 20, 16));
/// assert_eq!(faces.image(0)?.dimensions(), (16, 20));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PreparedFaces<D> {
    data: D,
    prepare: Box<Prepare>,
}

/// Makes the face from the image of the data set and its index.
type Prepare = dyn Fn(RgbImage, usize) -> Result<RgbImage, DataError> + Send + Sync;

impl<D: FaceDataset> PreparedFaces<D> {
    /// The images of `data`, each passed through `prepare` with its index. A setting that it says does not
    /// fit becomes an error of the image ([`DataError::Image`]).
    pub fn new(
        data: D,
        prepare: impl Fn(RgbImage, usize) -> Result<RgbImage, DataError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            data,
            prepare: Box::new(prepare),
        }
    }

    /// The data set itself.
    pub fn whole(&self) -> &D {
        &self.data
    }
}

impl<D: fmt::Debug> fmt::Debug for PreparedFaces<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreparedFaces")
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

impl<D: FaceDataset> FaceDataset for PreparedFaces<D> {
    images_of_data!();

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        let prepared = (self.prepare)(self.data.image(index)?, index);
        prepared.map_err(|error| error.of_image(|| self.describe(index)))
    }

    fn file(&self, index: usize) -> Option<&Path> {
        self.data.file(index)
    }
}

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use image::RgbImage;
use serde::Serialize;

use crate::dataset::images_of_data;
use crate::images::guard::guarded;
use crate::{DataError, FaceDataset};

/// A data set in which another image of the same identity stands in for each one that cannot be
/// read, so that an epoch is as long as it was, and its batches as balanced.
///
/// Which one it is depends on the data set alone: the next of the identity in the order of the
/// indices that can be read, the first after the last. An identity without any gives the error of
/// the image that was asked for. What was replaced is counted and told
/// ([`ReplacedFaces::replaced`]): a program reports it, because an image is seen twice then.
///
/// A file that fails once counts as unreadable from then on, for as long as this value lives.
///
/// ```
/// use facenet_data::{FaceDataset, FaceFolder, FaceFolderConfig, ReplacedFaces};
///
/// # let folder = tempfile::tempdir()?;
/// # std::fs::create_dir(folder.path().join("ada"))?;
/// # image::RgbImage::new(4, 4).save(folder.path().join("ada/1.png"))?;
/// # std::fs::write(folder.path().join("ada/2.png"), b"no image")?;
/// # let path = folder.path();
/// let faces = ReplacedFaces::new(FaceFolderConfig::new().init(path)?);
/// assert!(faces.image(1).is_ok());
/// for replacement in faces.replaced() {
///     assert_eq!((replacement.index, replacement.by), (1, 0));
///     println!("{} is shown twice: {}", faces.describe(replacement.by), replacement.error);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ReplacedFaces<D> {
    data: D,
    /// The indices of each identity, ascending.
    identities: Vec<Vec<usize>>,
    bad: Mutex<BTreeMap<usize, Bad>>,
}

/// An image that could not be read, and the one that is shown in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Replacement {
    /// The index of the image that could not be read.
    pub index: usize,
    /// The index of the image of the same identity that stands in.
    pub by: usize,
    /// Why the image could not be read; it names the file.
    pub error: String,
}

#[derive(Debug)]
struct Bad {
    error: String,
    /// Not known where the image was only tried as a stand-in for another.
    by: Option<usize>,
}

impl<D: FaceDataset> ReplacedFaces<D> {
    /// A view of `data`; nothing is read.
    pub fn new(data: D) -> Self {
        let mut identities = vec![Vec::new(); data.identities().len()];
        for (index, &label) in data.labels().iter().enumerate() {
            // A label that names no identity has no stand-in.
            if let Some(images) = identities.get_mut(label as usize) {
                images.push(index);
            }
        }
        Self {
            data,
            identities,
            bad: Mutex::default(),
        }
    }

    /// The images that were replaced so far, by index.
    pub fn replaced(&self) -> Vec<Replacement> {
        let bad = self.lock();
        bad.iter()
            .filter_map(|(&index, bad)| {
                Some(Replacement {
                    index,
                    by: bad.by?,
                    error: bad.error.clone(),
                })
            })
            .collect()
    }

    /// The data set itself.
    pub fn whole(&self) -> &D {
        &self.data
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, Bad>> {
        // Nothing that can panic runs under the lock.
        self.bad.lock().unwrap_or_else(|lock| lock.into_inner())
    }

    /// The image, or `None` where it is known to be unreadable; an error makes it known.
    fn read(&self, index: usize) -> Option<Result<RgbImage, DataError>> {
        if self.lock().contains_key(&index) {
            return None;
        }
        let image = guarded(|| self.data.image(index), || self.data.describe(index));
        if let Err(error) = &image {
            self.lock().entry(index).or_insert_with(|| Bad {
                error: error.to_string(),
                by: None,
            });
        }
        Some(image)
    }

    fn replacement(&self, index: usize) -> Option<RgbImage> {
        let label = *self.data.labels().get(index)?;
        let images = self.identities.get(label as usize)?;
        let after = images.partition_point(|&image| image <= index);
        let (before, after) = images.split_at(after);
        for &other in after.iter().chain(before) {
            if let Some(Ok(image)) = self.read(other) {
                if let Some(bad) = self.lock().get_mut(&index) {
                    bad.by = Some(other);
                }
                return Some(image);
            }
        }
        None
    }
}

impl<D: FaceDataset> FaceDataset for ReplacedFaces<D> {
    images_of_data!();

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        if index >= self.data.len() {
            return Err(DataError::IndexOutOfRange {
                index,
                len: self.data.len(),
            });
        }
        let error = match self.read(index) {
            Some(Ok(image)) => return Ok(image),
            Some(Err(error)) => Some(error),
            None => None,
        };
        if let Some(image) = self.replacement(index) {
            return Ok(image);
        }
        // Known to be unreadable, and nobody stands in: it tells once more why.
        error.map_or_else(|| self.data.image(index), Err)
    }
}

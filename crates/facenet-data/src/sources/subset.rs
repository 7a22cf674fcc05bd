use std::collections::BTreeSet;

use image::RgbImage;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::{DataError, FaceDataset};

/// Some images of a data set, as a data set of its own.
///
/// Identities of which no image is left are gone, and the others are numbered anew in their old
/// order, so that labels stay `0..identities().len()`.
#[derive(Debug, Clone)]
pub struct Subset<D> {
    data: D,
    indices: Vec<usize>,
    labels: Vec<u32>,
    identities: Vec<String>,
}

impl<D: FaceDataset> Subset<D> {
    /// The images `indices` of `data`, in that order; an index may come twice.
    ///
    /// # Errors
    /// [`DataError::IndexOutOfRange`] where an index, or a label of the data set, is too large.
    pub fn new(data: D, indices: Vec<usize>) -> Result<Self, DataError> {
        let labels = indices
            .iter()
            .map(|&index| checked_label(&data, index))
            .collect::<Result<Vec<u32>, _>>()?;
        let kept: BTreeSet<u32> = labels.iter().copied().collect();
        let identities = kept
            .iter()
            .map(|&label| data.identities()[label as usize].clone())
            .collect();
        let kept: Vec<u32> = kept.into_iter().collect();
        let labels = labels
            .iter()
            .map(|label| kept.partition_point(|kept| kept < label) as u32)
            .collect();
        Ok(Self {
            data,
            indices,
            labels,
            identities,
        })
    }

    /// All images of `data` but those `skipped`, in their order.
    ///
    /// # Errors
    /// [`DataError::IndexOutOfRange`] where an index, or a label of the data set, is too large.
    pub fn without(data: D, skipped: &[usize]) -> Result<Self, DataError> {
        let len = data.len();
        if let Some(&index) = skipped.iter().find(|&&index| index >= len) {
            return Err(DataError::IndexOutOfRange { index, len });
        }
        let skipped: BTreeSet<usize> = skipped.iter().copied().collect();
        let indices = (0..len).filter(|index| !skipped.contains(index)).collect();
        Self::new(data, indices)
    }

    /// The index in the whole data set of each image.
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The whole data set.
    pub fn whole(&self) -> &D {
        &self.data
    }
}

impl<D: FaceDataset> FaceDataset for Subset<D> {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn identities(&self) -> &[String] {
        &self.identities
    }

    fn describe(&self, index: usize) -> String {
        match self.indices.get(index) {
            Some(&index) => self.data.describe(index),
            None => format!("image {index}, outside the data set"),
        }
    }

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        let &index = self.indices.get(index).ok_or(DataError::IndexOutOfRange {
            index,
            len: self.indices.len(),
        })?;
        self.data.image(index)
    }

    fn file(&self, index: usize) -> Option<&std::path::Path> {
        self.data.file(*self.indices.get(index)?)
    }
}

/// Splits a data set in two by identity: the indices of the images of `fraction` of its identities,
/// and those of the others, each ascending.
///
/// All images of an identity are on one side: a split by image would measure faces that were
/// trained on. The split depends on the labels and on `seed` alone.
///
/// # Errors
/// [`DataError::Setting`] where the fraction is outside 0 to 1 or leaves a side without identity,
/// [`DataError::IndexOutOfRange`] where the labels of the data set are inconsistent.
pub fn split_by_identity(
    data: &dyn FaceDataset,
    fraction: f64,
    seed: u64,
) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    if !(0.0..=1.0).contains(&fraction) {
        return Err(DataError::Setting {
            setting: "fraction of the identities",
            found: fraction.to_string(),
            expected: "a number between 0 and 1",
        });
    }
    let mut labels = (0..data.len())
        .map(|index| checked_label(data, index))
        .collect::<Result<BTreeSet<u32>, _>>()?
        .into_iter()
        .collect::<Vec<u32>>();
    labels.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let count = (fraction * labels.len() as f64).round() as usize;
    if count == 0 || count >= labels.len() {
        return Err(DataError::Setting {
            setting: "fraction of the identities",
            found: format!("{fraction} of {} is {count}", labels.len()),
            expected: "at least one identity on each side",
        });
    }
    let first: BTreeSet<u32> = labels.into_iter().take(count).collect();
    Ok((0..data.len()).partition(|&index| first.contains(&data.labels()[index])))
}

/// The label of an image, known to name an identity.
fn checked_label<D: FaceDataset + ?Sized>(data: &D, index: usize) -> Result<u32, DataError> {
    let len = data.labels().len();
    let &label = data
        .labels()
        .get(index)
        .ok_or(DataError::IndexOutOfRange { index, len })?;
    let identities = data.identities().len();
    if label as usize >= identities {
        return Err(DataError::IndexOutOfRange {
            index: label as usize,
            len: identities,
        });
    }
    Ok(label)
}

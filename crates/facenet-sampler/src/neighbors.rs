use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::SamplerError;
use crate::nearest::{Rows, nearest};

/// For each identity, the identities that the network takes for it most easily, nearest first.
///
/// Identities are numbered in the order of their labels: identity 0 has the smallest label. Where the
/// labels are `0..identities`, label and number are the same.
///
/// ```
/// use facenet_sampler::{IdentityNeighbors, IdentitySelection, PkSampler, PkSamplerConfig};
///
/// // Two pairs of identities that look alike, far from each other.
/// let centers = [0.0, 9.0, 0.1, 9.1];
/// let neighbors = IdentityNeighbors::from_centers(&centers, 1, 1)?;
/// assert_eq!(neighbors.of(0), [2]);
///
/// let labels = [0, 0, 1, 1, 2, 2, 3, 3];
/// let config = PkSamplerConfig::new(2, 2).with_selection(IdentitySelection::Hard { group: 2 });
/// let sampler = config.init(&labels)?;
/// for batch in sampler.epoch_with(0, &neighbors)? {
///     assert_eq!(labels[batch[0]] % 2, labels[batch[2]] % 2);
/// }
/// # Ok::<(), facenet_sampler::SamplerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Vec<u32>>", into = "Vec<Vec<u32>>")]
pub struct IdentityNeighbors {
    /// The lists one after the other.
    identities: Vec<u32>,
    /// Where each list starts, and one more entry for the end.
    starts: Vec<usize>,
}

impl IdentityNeighbors {
    /// The `k` nearest centers of each center, by the Euclidean distance; of equally near ones that with
    /// the smaller number.
    ///
    /// All distances are computed, on all cores, so that the time grows with the square of their number. Where
    /// there are too many, bring the lists of an approximate search ([`from_lists`](Self::from_lists)).
    ///
    /// # Shapes
    /// - `centers`: `[identities, dims]`, row after row
    ///
    /// # Errors
    /// [`SamplerError`] where the numbers make no rows of `dims`, or are not finite.
    pub fn from_centers(centers: &[f32], dims: usize, k: usize) -> Result<Self, SamplerError> {
        Ok(Self::pack(nearest(Rows::new(centers, dims)?, k)))
    }

    /// The `k` nearest identities of each, by the means of their embeddings, scaled to unit length.
    ///
    /// The labels must be those of a subset with at least one image of each of the sampler's identities.
    ///
    /// # Shapes
    /// - `embeddings`: `[images, dims]`, row after row; `labels`: one for each image
    ///
    /// # Errors
    /// [`SamplerError`] where the numbers make no rows of `dims`, are not finite, or are not as many rows
    /// as labels.
    pub fn from_embeddings(
        embeddings: &[f32],
        dims: usize,
        labels: &[u32],
        k: usize,
    ) -> Result<Self, SamplerError> {
        let rows = Rows::labeled(embeddings, dims, labels)?;
        let mut sums: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (row, &label) in labels.iter().enumerate() {
            let sum = sums.entry(label).or_insert_with(|| vec![0.0; dims]);
            for (sum, &value) in sum.iter_mut().zip(rows.of(row)) {
                *sum += f64::from(value);
            }
        }
        let mut centers = Vec::with_capacity(sums.len() * dims);
        for sum in sums.into_values() {
            let length = sum.iter().map(|value| value * value).sum::<f64>().sqrt();
            // Embeddings that cancel out have no direction; their center is the origin.
            let scale = if length > 0.0 { 1.0 / length } else { 0.0 };
            centers.extend(sum.into_iter().map(|value| (value * scale) as f32));
        }
        Self::from_centers(&centers, dims, k)
    }

    /// The `k` identities that each identity meets most often in a k-NN graph of images, row `i` of
    /// `nearest` having the `per_image` nearest images of image `i`; of equally frequent ones that with
    /// the smaller number.
    ///
    /// # Errors
    /// [`SamplerError`] where `nearest` is not `per_image` numbers for each label, or names no image.
    pub fn from_image_graph(
        nearest: &[u32],
        per_image: usize,
        labels: &[u32],
        k: usize,
    ) -> Result<Self, SamplerError> {
        if labels.len().checked_mul(per_image) != Some(nearest.len()) {
            return Err(SamplerError::Rows {
                values: nearest.len(),
                dims: per_image,
            });
        }
        let mut sorted = labels.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let number = |label: &u32| sorted.partition_point(|other| other < label) as u32;
        let mut met = vec![BTreeMap::<u32, usize>::new(); sorted.len()];
        for (image, label) in labels.iter().enumerate() {
            let own = number(label);
            for &other in &nearest[image * per_image..(image + 1) * per_image] {
                let Some(label) = labels.get(other as usize) else {
                    return Err(SamplerError::NeighborOutOfRange {
                        of: image,
                        neighbor: other,
                        len: labels.len(),
                    });
                };
                let other = number(label);
                if other != own {
                    *met[own as usize].entry(other).or_default() += 1;
                }
            }
        }
        Ok(Self::pack(met.into_iter().map(|met| {
            let mut met: Vec<(u32, usize)> = met.into_iter().collect();
            // Stable: equally frequent ones stay in the order of their numbers.
            met.sort_by_key(|&(_, times)| std::cmp::Reverse(times));
            met.into_iter().take(k).map(|(other, _)| other).collect()
        })))
    }

    /// Neighbors that are known already: a list for each identity, nearest first, of any length. An
    /// identity in its own list, as a search over all centers finds it, is passed over.
    ///
    /// # Errors
    /// [`SamplerError::NeighborOutOfRange`] where a list names an identity that has none.
    pub fn from_lists(lists: Vec<Vec<u32>>) -> Result<Self, SamplerError> {
        let len = lists.len();
        for (of, list) in lists.iter().enumerate() {
            if let Some(&neighbor) = list.iter().find(|&&other| other as usize >= len) {
                return Err(SamplerError::NeighborOutOfRange { of, neighbor, len });
            }
        }
        let others = lists.into_iter().enumerate().map(|(of, mut list)| {
            list.retain(|&other| other as usize != of);
            list
        });
        Ok(Self::pack(others))
    }

    fn pack(lists: impl IntoIterator<Item = Vec<u32>>) -> Self {
        let (mut identities, mut starts) = (Vec::new(), vec![0]);
        for list in lists {
            identities.extend(list);
            starts.push(identities.len());
        }
        Self { identities, starts }
    }

    /// Number of identities.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there is no identity.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The neighbors of an identity, nearest first.
    ///
    /// # Panics
    /// Where the identity is not below [`len`](Self::len).
    pub fn of(&self, identity: usize) -> &[u32] {
        &self.identities[self.starts[identity]..self.starts[identity + 1]]
    }
}

impl From<IdentityNeighbors> for Vec<Vec<u32>> {
    fn from(neighbors: IdentityNeighbors) -> Self {
        (0..neighbors.len())
            .map(|identity| neighbors.of(identity).to_vec())
            .collect()
    }
}

impl TryFrom<Vec<Vec<u32>>> for IdentityNeighbors {
    type Error = SamplerError;

    fn try_from(lists: Vec<Vec<u32>>) -> Result<Self, Self::Error> {
        Self::from_lists(lists)
    }
}

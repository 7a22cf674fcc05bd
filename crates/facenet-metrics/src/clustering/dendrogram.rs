use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::merge::Merge;
use super::spanning_tree::{merges, spanning_tree};
use crate::MetricsError;
use crate::distance::{DistanceKind, DistanceTiles};
use crate::neighbors::SearchRows;

/// What counts as the distance of two clusters.
///
/// FaceNet §5.8 clusters photographs agglomeratively without naming the linkage; average linkage is
/// the default here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Linkage {
    /// The mean distance over all pairs between them.
    #[default]
    Average,
    /// The largest distance of a pair between them.
    Complete,
    /// The smallest distance of a pair between them.
    Single,
}

impl From<Linkage> for kodama::Method {
    fn from(linkage: Linkage) -> kodama::Method {
        match linkage {
            Linkage::Average => kodama::Method::Average,
            Linkage::Complete => kodama::Method::Complete,
            Linkage::Single => kodama::Method::Single,
        }
    }
}

/// The tree of merges of agglomerative clustering (FaceNet §5.8), to be cut where one likes.
///
/// Memory while it is built: 4 bytes a pair, `2 N²` bytes in all (50 MB for 5,000 embeddings, 340 MB for
/// 13,000) for average and complete linkage; single linkage is cut from the minimum spanning tree, in some
/// 200 bytes an embedding. Afterwards 32 bytes an embedding.
#[derive(Clone, Debug)]
pub struct Dendrogram {
    items: usize,
    /// In ascending order of distance; merge `i` makes cluster `items + i`.
    merges: Vec<Merge>,
}

impl Dendrogram {
    /// Clusters the rows of `embeddings`, `[N, dimensions]`. No rows give no clusters.
    ///
    /// # Errors
    ///
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a
    /// distance.
    pub fn new(
        embeddings: ArrayView2<'_, f32>,
        kind: DistanceKind,
        linkage: Linkage,
    ) -> Result<Dendrogram, MetricsError> {
        let items = embeddings.nrows();
        if linkage == Linkage::Single {
            let rows = SearchRows::new(embeddings, kind)?;
            let merges = merges(items, &spanning_tree(&rows, None, f32::INFINITY));
            return Ok(Dendrogram { items, merges });
        }
        let tiles = DistanceTiles::all_pairs(embeddings, kind)?;
        let mut condensed = vec![0.0f32; items * items.saturating_sub(1) / 2];
        // The pairs of consecutive rows are consecutive in the condensed matrix.
        let mut tasks = Vec::new();
        let mut left = &mut condensed[..];
        for strip in tiles.strips() {
            let size = strip.rows().map(|row| items - 1 - row).sum();
            let (part, rest) = left.split_at_mut(size);
            left = rest;
            tasks.push((strip, part));
        }
        tasks.into_par_iter().for_each(|(strip, part)| {
            let rows = strip.rows();
            let mut starts = Vec::with_capacity(rows.len());
            let mut next = 0;
            for row in rows.clone() {
                starts.push(next);
                next += items - 1 - row;
            }
            strip.for_each_tile(|tile| {
                for (row, column, distance) in tile.pairs() {
                    part[starts[row - rows.start] + column - row - 1] = distance;
                }
            });
        });
        Ok(Dendrogram::build(condensed, items, linkage))
    }

    /// Clusters `items` things from their condensed distance matrix: the distances of (0, 1),
    /// (0, 2), …, (1, 2), …, as `scipy.spatial.distance.pdist` gives them.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where there are not `items (items − 1) / 2` distances,
    /// [`MetricsError::NotFinite`] for a distance that is NaN or infinite.
    pub fn from_condensed(
        distances: Vec<f32>,
        items: usize,
        linkage: Linkage,
    ) -> Result<Dendrogram, MetricsError> {
        let pairs = (items as u128 * items.saturating_sub(1) as u128 / 2)
            .try_into()
            .unwrap_or(usize::MAX);
        MetricsError::check_length("condensed distances", distances.len(), pairs)?;
        if let Some(index) = distances.iter().position(|d| !d.is_finite()) {
            return Err(MetricsError::NotFinite {
                what: "distance",
                index,
            });
        }
        Ok(Dendrogram::build(distances, items, linkage))
    }

    fn build(mut condensed: Vec<f32>, items: usize, linkage: Linkage) -> Dendrogram {
        let tree = kodama::linkage(&mut condensed, items, linkage.into());
        let merges = tree
            .steps()
            .iter()
            .map(|step| Merge {
                first: step.cluster1,
                second: step.cluster2,
                distance: f64::from(step.dissimilarity),
            })
            .collect();
        Dendrogram { items, merges }
    }

    /// The number of things that are clustered.
    pub fn len(&self) -> usize {
        self.items
    }

    /// Whether there is nothing to cluster.
    pub fn is_empty(&self) -> bool {
        self.items == 0
    }

    /// The clusters left when all whose distance is below `threshold` are merged.
    ///
    /// Gives the cluster of each thing; clusters are numbered in the order of their first member.
    pub fn cut_at(&self, threshold: f64) -> Vec<u32> {
        self.labels(
            self.merges
                .partition_point(|merge| merge.distance < threshold),
        )
    }

    /// `clusters` clusters: the merges stop when so many are left.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `clusters` is more than there are things, or 0 of some.
    pub fn cut_into(&self, clusters: usize) -> Result<Vec<u32>, MetricsError> {
        if clusters > self.items || (clusters == 0 && self.items > 0) {
            return Err(MetricsError::Setting {
                setting: "clusters",
                found: format!("{clusters} of {} items", self.items),
                expected: "at least 1, and no more than there are items",
            });
        }
        Ok(self.labels(self.items - clusters))
    }

    pub(super) fn merges(&self) -> &[Merge] {
        &self.merges
    }

    /// The labels after the first `count` merges.
    fn labels(&self, count: usize) -> Vec<u32> {
        // From the last merge down, each cluster hands its root to the two it was made of.
        let mut root: Vec<usize> = (0..self.items + count).collect();
        for (at, merge) in self.merges.iter().take(count).enumerate().rev() {
            let own = root[self.items + at];
            root[merge.first] = own;
            root[merge.second] = own;
        }
        let mut number = vec![None; self.items + count];
        let mut next = 0;
        root.iter()
            .take(self.items)
            .map(|&root| {
                *number[root].get_or_insert_with(|| {
                    let label = next;
                    next += 1;
                    label
                })
            })
            .collect()
    }
}

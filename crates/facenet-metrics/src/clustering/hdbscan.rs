use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::clusters::Clusters;
use super::condensed::Condensed;
use super::dbscan::Reachability;
use super::settings::at_least_one;
use super::spanning_tree::merges;
use crate::MetricsError;
use crate::distance::DistanceKind;
use crate::neighbors::SearchRows;

/// Hierarchical density-based clusters (Campello, Moulavi and Sander, 2013): the clusters of DBSCAN that
/// persist over the longest range of thresholds, so that none has to be chosen.
///
/// As scikit-learn's `HDBSCAN` with `cluster_selection_method="eom"`: clusters are chosen by their excess
/// of mass, and the set as a whole is never one of them. Density is 1 / distance, where for
/// [`DistanceKind::SquaredEuclidean`] the distance is its root, the Euclidean distance.
///
/// Where several edges of the tree have one length, as core distances of more than one neighbor make them, the
/// one between the lowest faces is merged first. Another implementation may merge another first, and on small or
/// loose sets then choose other clusters: with `min_samples` of 1, which makes no such ties, the labels are
/// scikit-learn's.
///
/// Exact. The time goes with `N²`, as all pairs are looked at a few times; the memory with `N`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hdbscan {
    min_cluster_size: usize,
    min_samples: Option<usize>,
}

impl Hdbscan {
    /// With no cluster smaller than `min_cluster_size`, at least 2; scikit-learn's default is 5.
    pub fn new(min_cluster_size: usize) -> Hdbscan {
        Hdbscan {
            min_cluster_size,
            min_samples: None,
        }
    }

    /// The core distance of a face is that to the nearest so many, itself among them; by default
    /// `min_cluster_size`, as in scikit-learn.
    pub fn with_min_samples(mut self, min_samples: usize) -> Hdbscan {
        self.min_samples = Some(min_samples);
        self
    }

    /// Clusters the rows of `embeddings`, `[N, dimensions]`. What is in none of the clusters is noise.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] for a cluster size below 2 and for 0 samples,
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a distance.
    pub fn fit(
        &self,
        embeddings: ArrayView2<'_, f32>,
        kind: DistanceKind,
    ) -> Result<Clusters, MetricsError> {
        if self.min_cluster_size < 2 {
            return Err(MetricsError::Setting {
                setting: "min_cluster_size",
                found: self.min_cluster_size.to_string(),
                expected: "at least 2",
            });
        }
        let samples = self.min_samples.unwrap_or(self.min_cluster_size);
        at_least_one("min_samples", samples)?;
        let things = embeddings.nrows();
        if things < self.min_cluster_size {
            SearchRows::new(embeddings, kind)?;
            return Ok(Clusters::new::<u32>(&vec![None; things]));
        }
        // With fewer faces than samples every face is as far as the farthest of them.
        let rows = SearchRows::new(embeddings, kind)?;
        let reachability = Reachability::new(&rows, samples.min(things), f32::INFINITY)?;
        let mut tree = merges(things, &reachability.tree);
        if kind == DistanceKind::SquaredEuclidean {
            tree.iter_mut()
                .for_each(|merge| merge.distance = merge.distance.sqrt());
        }
        let condensed = Condensed::new(things, &tree, self.min_cluster_size);
        Ok(Clusters::new(&condensed.most_stable(things)))
    }
}

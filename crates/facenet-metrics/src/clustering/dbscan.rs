use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::clusters::Clusters;
use super::forest::Forest;
use super::settings::{at_least_one, largest_below};
use super::spanning_tree::{Edge, spanning_tree};
use crate::MetricsError;
use crate::distance::DistanceKind;
use crate::neighbors::{Neighbors, Search, SearchRows, Within};

/// Density-based clusters (Ester et al., 1996): core faces whose distance from each other is below the threshold, and
/// the faces that are as near to one of them; all others are noise.
///
/// A face is a core where at least `min_points` faces are below the threshold, itself among them, as in
/// scikit-learn (which takes those at the threshold too). A face at the border of several clusters goes to that with the first core.
///
/// Exact, like scikit-learn's, and in bounded memory: `O(N · min_points)`, where a list of all pairs within
/// the threshold may have `N²`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dbscan {
    threshold: f64,
    min_points: usize,
}

impl Dbscan {
    /// With 5 faces to a core, scikit-learn's default.
    pub fn new(threshold: f64) -> Dbscan {
        Dbscan {
            threshold,
            min_points: 5,
        }
    }

    /// How many faces below the threshold make a core, itself among them.
    pub fn with_min_points(mut self, min_points: usize) -> Dbscan {
        self.min_points = min_points;
        self
    }

    /// Clusters the rows of `embeddings`, `[N, dimensions]`.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] for 0 points and for a threshold that is not a number,
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a distance.
    pub fn fit(
        &self,
        embeddings: ArrayView2<'_, f32>,
        kind: DistanceKind,
    ) -> Result<Clusters, MetricsError> {
        let rows = SearchRows::new(embeddings, kind)?;
        let most = largest_below(self.threshold)?;
        Ok(Reachability::new(&rows, self.min_points, most)?.cut_at(most))
    }
}

/// How far apart things are where they have to be cores: what DBSCAN and HDBSCAN are cut from.
pub(super) struct Reachability {
    /// The nearest others of each thing: one fewer than make it a core.
    lists: Neighbors,
    /// The threshold from which on each thing is a core.
    cores: Vec<f32>,
    pub(super) tree: Vec<Edge>,
}

impl Reachability {
    /// For thresholds up to `most`.
    pub(super) fn new(
        rows: &SearchRows<'_>,
        min_points: usize,
        most: f32,
    ) -> Result<Reachability, MetricsError> {
        at_least_one("min_points", min_points)?;
        let others = min_points - 1;
        // A list of none cannot be asked for.
        let lists = Search::within(rows).nearest(others.max(1), &Within(most));
        let cores: Vec<f32> = lists
            .iter()
            .map(|list| match others {
                0 => 0.0,
                others => list
                    .get(others - 1)
                    .map_or(f32::INFINITY, |last| last.distance),
            })
            .collect();
        let tree = spanning_tree(rows, Some(&cores), most);
        Ok(Reachability { lists, cores, tree })
    }

    /// The clusters of DBSCAN at a threshold.
    pub(super) fn cut_at(&self, threshold: f32) -> Clusters {
        let is_core = |thing: usize| self.cores[thing] <= threshold;
        let mut forest = Forest::new(self.cores.len());
        for edge in self.tree.iter().take_while(|edge| edge.length <= threshold) {
            forest.unite(edge.first, edge.second);
        }
        // A root is the lowest core of its cluster, so that roots are in the order of first cores.
        let roots = forest.roots();
        let clusters: Vec<Option<u32>> = (0..self.cores.len())
            .map(|thing| {
                if is_core(thing) {
                    return Some(roots[thing]);
                }
                // Too few are near for a core: all of them are listed.
                let near = self.lists.of(thing).iter();
                near.take_while(|near| near.distance <= threshold)
                    .map(|near| near.index as usize)
                    .filter(|&near| is_core(near))
                    .map(|near| roots[near])
                    .min()
            })
            .collect();
        Clusters::new(&clusters)
    }
}

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::algorithm::ClusteringAlgorithm;
use super::chinese_whispers::ChineseWhispers;
use super::clusters::Clusters;
use super::dbscan::Dbscan;
use super::dendrogram::Dendrogram;
use super::graph::NeighborGraph;
use super::hdbscan::Hdbscan;
use super::k_means::KMeans;
use super::settings::largest_below;
use crate::MetricsError;
use crate::distance::DistanceKind;
use crate::neighbors::{Neighbors, Search, SearchRows, Within, check_k};

/// An algorithm with its settings, for [`cluster`] and [`sweep_thresholds`](super::sweep_thresholds).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clustering {
    /// The algorithm.
    pub algorithm: ClusteringAlgorithm,
    /// How distances are measured.
    pub distance: DistanceKind,
    /// The distance below which faces belong together, where the algorithm has one. By default a squared
    /// distance of 1, or the angle 1/3, which is the same for unit embeddings: a place to begin. The right
    /// one depends on network and algorithm; [`sweep_thresholds`](super::sweep_thresholds) finds it.
    pub threshold: Option<f64>,
    /// How many faces below the threshold make a core, itself among them (`dbscan`); 5, scikit-learn's.
    pub min_points: usize,
    /// The size of the smallest cluster (`hdbscan`); 5, scikit-learn's.
    pub min_cluster_size: usize,
    /// The neighbors of each face that the graph has edges to (`chinese-whispers`); 30.
    pub neighbors: usize,
    /// The seed (`k-means`, `chinese-whispers`); 0.
    pub seed: u64,
}

impl Clustering {
    /// The algorithm with the default settings.
    pub fn new(algorithm: ClusteringAlgorithm) -> Clustering {
        Clustering {
            algorithm,
            distance: DistanceKind::default(),
            threshold: None,
            min_points: 5,
            min_cluster_size: 5,
            neighbors: 30,
            seed: 0,
        }
    }

    /// Measures distances in another way.
    pub fn with_distance(mut self, distance: DistanceKind) -> Clustering {
        self.distance = distance;
        self
    }

    /// The distance below which faces belong together.
    pub fn with_threshold(mut self, threshold: f64) -> Clustering {
        self.threshold = Some(threshold);
        self
    }

    /// How many faces make a core.
    pub fn with_min_points(mut self, min_points: usize) -> Clustering {
        self.min_points = min_points;
        self
    }

    /// The size of the smallest cluster.
    pub fn with_min_cluster_size(mut self, min_cluster_size: usize) -> Clustering {
        self.min_cluster_size = min_cluster_size;
        self
    }

    /// The neighbors of each face that a graph has edges to.
    pub fn with_neighbors(mut self, neighbors: usize) -> Clustering {
        self.neighbors = neighbors;
        self
    }

    /// The seed of what is random.
    pub fn with_seed(mut self, seed: u64) -> Clustering {
        self.seed = seed;
        self
    }

    /// The threshold that holds: the one given, or the default of the distance.
    pub fn threshold(&self) -> f64 {
        self.threshold.unwrap_or(match self.distance {
            DistanceKind::SquaredEuclidean => 1.0,
            DistanceKind::Angle => 1.0 / 3.0,
        })
    }

    pub(super) fn whispers(&self) -> ChineseWhispers {
        ChineseWhispers::new().with_seed(self.seed)
    }

    /// The neighbors of each face below a threshold.
    pub(super) fn near(
        &self,
        embeddings: ArrayView2<'_, f32>,
        threshold: f64,
    ) -> Result<Neighbors, MetricsError> {
        check_k(self.neighbors)?;
        let most = largest_below(threshold)?;
        let rows = SearchRows::new(embeddings, self.distance)?;
        Ok(Search::within(&rows).nearest(self.neighbors, &Within(most)))
    }
}

impl Default for Clustering {
    fn default() -> Clustering {
        Clustering::new(ClusteringAlgorithm::default())
    }
}

/// Clusters the rows of `embeddings`, `[N, dimensions]`, with any of the algorithms.
///
/// The result is the same for any number of threads.
///
/// # Errors
///
/// [`MetricsError::Setting`] for settings that cannot work, [`MetricsError::NotFinite`] and
/// [`MetricsError::ZeroEmbedding`] for embeddings without a distance.
///
/// ```
/// use facenet_metrics::{Clustering, cluster};
/// use ndarray::array;
///
/// let faces = array![[1.0f32, 0.0], [0.0, 1.0], [0.96, 0.28], [0.28, 0.96]];
/// let clusters = cluster(faces.view(), &Clustering::new("average".parse()?).with_threshold(0.5))?;
/// assert_eq!(clusters.members(), [vec![0, 2], vec![1, 3]]);
/// assert_eq!(clusters.scores(&[7, 9, 7, 9])?.ari, Some(1.0));
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
pub fn cluster(
    embeddings: ArrayView2<'_, f32>,
    clustering: &Clustering,
) -> Result<Clusters, MetricsError> {
    let kind = clustering.distance;
    let threshold = clustering.threshold();
    match clustering.algorithm {
        ClusteringAlgorithm::Agglomerative(linkage) => {
            largest_below(threshold)?;
            let tree = Dendrogram::new(embeddings, kind, linkage)?;
            Ok(Clusters::of_all(&tree.cut_at(threshold)))
        }
        ClusteringAlgorithm::KMeans(clusters) => {
            let fit = KMeans::new(clusters)
                .with_seed(clustering.seed)
                .fit(embeddings, kind)?;
            Ok(fit.clusters)
        }
        ClusteringAlgorithm::Dbscan => Dbscan::new(threshold)
            .with_min_points(clustering.min_points)
            .fit(embeddings, kind),
        ClusteringAlgorithm::Hdbscan => {
            Hdbscan::new(clustering.min_cluster_size).fit(embeddings, kind)
        }
        ClusteringAlgorithm::ChineseWhispers => {
            let near = clustering.near(embeddings, threshold)?;
            Ok(clustering
                .whispers()
                .fit(&NeighborGraph::new(&near, threshold)))
        }
    }
}

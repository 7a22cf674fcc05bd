use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::algorithm::ClusteringAlgorithm;
use super::cluster::Clustering;
use super::clusters::Clusters;
use super::dbscan::Reachability;
use super::dendrogram::Dendrogram;
use super::graph::NeighborGraph;
use super::scores::ClusteringScores;
use super::settings::largest_below;
use crate::distance::DistanceKind;
use crate::neighbors::SearchRows;
use crate::{Label, MetricsError};

/// The clusters of one algorithm at several thresholds, against known identities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdSweep {
    /// Each threshold in the order given.
    pub points: Vec<ThresholdPoint>,
    /// Which of them has the highest pairwise F, of equals the first; `None` where no two faces are of one
    /// identity, so that there is nothing to find, or where no threshold was given.
    pub best: Option<usize>,
}

/// The clusters at a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdPoint {
    /// The threshold.
    pub threshold: f64,
    /// The number of faces that are noise; each counts as a cluster of its own in the scores.
    pub noise: usize,
    /// How well the clusters match the identities.
    pub scores: ClusteringScores,
}

impl ThresholdSweep {
    /// The threshold with the highest pairwise F, and the clusters there.
    pub fn best(&self) -> Option<&ThresholdPoint> {
        self.points.get(self.best?)
    }
}

/// `steps` thresholds that divide the range of the distances of unit embeddings evenly, neither end
/// among them.
pub fn threshold_grid(kind: DistanceKind, steps: usize) -> Vec<f64> {
    (1..=steps)
        .map(|step| kind.range() * step as f64 / (steps as f64 + 1.0))
        .collect()
}

/// Finds the threshold that maximizes the pairwise F on a validation set: for people who are known, to be
/// used for others.
///
/// Distances are looked at once for all thresholds. For agglomerative clustering,
/// [`Dendrogram::best_threshold`] tries every threshold that differs.
///
/// # Shapes
///
/// `embeddings` is `[N, dimensions]`, and `labels` has `N` identities.
///
/// # Errors
///
/// As [`cluster`](super::cluster), and [`MetricsError::Setting`] for an algorithm without a threshold,
/// [`MetricsError::Length`] where there is not one label for each embedding.
///
/// ```
/// use facenet_metrics::{Clustering, DistanceKind, sweep_thresholds, threshold_grid};
/// use ndarray::array;
///
/// let faces = array![[1.0f32, 0.0], [0.0, 1.0], [0.96, 0.28], [0.28, 0.96]];
/// let clustering = Clustering::new("chinese-whispers".parse()?);
/// let grid = threshold_grid(DistanceKind::SquaredEuclidean, 39);
/// let sweep = sweep_thresholds(faces.view(), &[7, 9, 7, 9], &clustering, &grid)?;
/// let best = sweep.best().map(|point| point.threshold);
/// assert_eq!(best, Some(0.1));
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
pub fn sweep_thresholds<L: Label>(
    embeddings: ArrayView2<'_, f32>,
    labels: &[L],
    clustering: &Clustering,
    thresholds: &[f64],
) -> Result<ThresholdSweep, MetricsError> {
    MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
    let cut = cuts(embeddings, clustering, thresholds)?;
    let points = thresholds
        .iter()
        .map(|&threshold| {
            let clusters = cut(threshold)?;
            Ok(ThresholdPoint {
                threshold,
                noise: clusters.noise(),
                scores: clusters.scores(labels)?,
            })
        })
        .collect::<Result<Vec<ThresholdPoint>, MetricsError>>()?;
    let mut best: Option<(usize, f64)> = None;
    for (at, point) in points.iter().enumerate() {
        // Without a pair to find there is no recall, and F tells nothing.
        let f = point.scores.pairwise.recall.and(point.scores.pairwise.f);
        if let Some(f) = f.filter(|&f| best.is_none_or(|(_, most)| f > most)) {
            best = Some((at, f));
        }
    }
    Ok(ThresholdSweep {
        points,
        best: best.map(|(at, _)| at),
    })
}

type Cut = Box<dyn Fn(f64) -> Result<Clusters, MetricsError>>;

/// The clusters at any of the thresholds.
fn cuts(
    embeddings: ArrayView2<'_, f32>,
    clustering: &Clustering,
    thresholds: &[f64],
) -> Result<Cut, MetricsError> {
    for &threshold in thresholds {
        largest_below(threshold)?;
    }
    let most = thresholds.iter().copied().fold(0.0, f64::max);
    Ok(match clustering.algorithm {
        ClusteringAlgorithm::Agglomerative(linkage) => {
            let tree = Dendrogram::new(embeddings, clustering.distance, linkage)?;
            Box::new(move |threshold| Ok(Clusters::of_all(&tree.cut_at(threshold))))
        }
        ClusteringAlgorithm::Dbscan => {
            let rows = SearchRows::new(embeddings, clustering.distance)?;
            let most = largest_below(most)?;
            let reachability = Reachability::new(&rows, clustering.min_points, most)?;
            Box::new(move |threshold| Ok(reachability.cut_at(largest_below(threshold)?)))
        }
        ClusteringAlgorithm::ChineseWhispers => {
            let near = clustering.near(embeddings, most)?;
            let whispers = clustering.whispers();
            Box::new(move |threshold| Ok(whispers.fit(&NeighborGraph::new(&near, threshold))))
        }
        algorithm => {
            return Err(MetricsError::Setting {
                setting: "clustering algorithm",
                found: algorithm.to_string(),
                expected: "one with a threshold: average, complete, single, dbscan, chinese-whispers",
            });
        }
    })
}

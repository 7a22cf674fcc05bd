//! Clustering: who is in these photographs? Agglomerative clusters, k-means, DBSCAN, HDBSCAN, Chinese
//! whispers on a graph of neighbors, and their scores.
//!
//! [`cluster`] runs any of them; [`sweep_thresholds`] finds the threshold for it.
//!
//! DBSCAN, HDBSCAN and single linkage are our own, on tiles of the matrix of distances and its spanning
//! tree: they have to be exact in the 128 to 512 dimensions of face embeddings, where the ball trees of
//! `petal-clustering` visit nearly all of the points one at a time, and `linfa-clustering` keeps to an older
//! `ndarray`. Average and complete linkage are those of `kodama`.

mod algorithm;
mod chinese_whispers;
mod cluster;
mod clusters;
mod condensed;
mod dbscan;
mod dendrogram;
mod expected_information;
mod forest;
mod graph;
mod hdbscan;
mod k_means;
mod merge;
mod scores;
mod settings;
mod spanning_tree;
mod sweep;
mod threshold;

pub use algorithm::ClusteringAlgorithm;
pub use chinese_whispers::ChineseWhispers;
pub use cluster::{Clustering, cluster};
pub use clusters::Clusters;
pub use dbscan::Dbscan;
pub use dendrogram::{Dendrogram, Linkage};
pub use graph::NeighborGraph;
pub use hdbscan::Hdbscan;
pub use k_means::{KMeans, KMeansFit};
pub use scores::{ClusteringScores, PrecisionRecall};
pub use sweep::{ThresholdPoint, ThresholdSweep, sweep_thresholds, threshold_grid};
pub use threshold::ClusterThreshold;

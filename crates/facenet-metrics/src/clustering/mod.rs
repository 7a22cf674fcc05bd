//! Clustering: who is in these photographs? Agglomerative clusters and their scores.

mod dendrogram;
mod scores;
mod threshold;

pub use dendrogram::{Dendrogram, Linkage};
pub use scores::{ClusteringScores, PrecisionRecall};
pub use threshold::ClusterThreshold;

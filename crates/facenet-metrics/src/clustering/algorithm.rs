use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::dendrogram::Linkage;
use crate::MetricsError;

const NAMES: &str = "average, complete, single, k-means:K, dbscan, hdbscan, chinese-whispers";

/// How to cluster.
///
/// | text | finds the number of clusters by | noise | time | memory |
/// |---|---|---|---|---|
/// | `average`, `complete` | the threshold | no | N² | 2 N² bytes |
/// | `single` | the threshold | no | N² | N |
/// | `k-means:K` | being told | no | N K a round | N K |
/// | `dbscan` | the threshold | yes | N² | N · min_points |
/// | `hdbscan` | itself | yes | N² | N · min_cluster_size |
/// | `chinese-whispers` | the threshold | no | N² once, then N · neighbors | N · neighbors |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClusteringAlgorithm {
    /// Agglomerative, [`Dendrogram`](super::Dendrogram).
    Agglomerative(Linkage),
    /// [`KMeans`](super::KMeans) with so many clusters.
    KMeans(usize),
    /// [`Dbscan`](super::Dbscan).
    Dbscan,
    /// [`Hdbscan`](super::Hdbscan).
    Hdbscan,
    /// [`ChineseWhispers`](super::ChineseWhispers).
    ChineseWhispers,
}

/// Average linkage.
impl Default for ClusteringAlgorithm {
    fn default() -> ClusteringAlgorithm {
        ClusteringAlgorithm::Agglomerative(Linkage::default())
    }
}

impl ClusteringAlgorithm {
    /// Whether it needs a threshold, which [`sweep_thresholds`](super::sweep_thresholds) can choose.
    pub fn has_threshold(self) -> bool {
        !matches!(
            self,
            ClusteringAlgorithm::KMeans(_) | ClusteringAlgorithm::Hdbscan
        )
    }
}

impl fmt::Display for ClusteringAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ClusteringAlgorithm::Agglomerative(Linkage::Average) => "average",
            ClusteringAlgorithm::Agglomerative(Linkage::Complete) => "complete",
            ClusteringAlgorithm::Agglomerative(Linkage::Single) => "single",
            ClusteringAlgorithm::KMeans(clusters) => return write!(f, "k-means:{clusters}"),
            ClusteringAlgorithm::Dbscan => "dbscan",
            ClusteringAlgorithm::Hdbscan => "hdbscan",
            ClusteringAlgorithm::ChineseWhispers => "chinese-whispers",
        })
    }
}

impl FromStr for ClusteringAlgorithm {
    type Err = MetricsError;

    fn from_str(text: &str) -> Result<ClusteringAlgorithm, MetricsError> {
        let k_means = text.strip_prefix("k-means:").and_then(|k| k.parse().ok());
        Ok(match text {
            "average" => ClusteringAlgorithm::Agglomerative(Linkage::Average),
            "complete" => ClusteringAlgorithm::Agglomerative(Linkage::Complete),
            "single" => ClusteringAlgorithm::Agglomerative(Linkage::Single),
            "dbscan" => ClusteringAlgorithm::Dbscan,
            "hdbscan" => ClusteringAlgorithm::Hdbscan,
            "chinese-whispers" => ClusteringAlgorithm::ChineseWhispers,
            _ => match k_means {
                Some(clusters) => ClusteringAlgorithm::KMeans(clusters),
                None => {
                    return Err(MetricsError::Setting {
                        setting: "clustering algorithm",
                        found: text.to_owned(),
                        expected: NAMES,
                    });
                }
            },
        })
    }
}

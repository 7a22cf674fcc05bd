use serde::{Deserialize, Serialize};

use super::scores::ClusteringScores;
use crate::MetricsError;
use crate::label::{Label, Numbered};

/// The cluster of each thing; some algorithms leave things without one, as noise.
///
/// Clusters are numbered from 0 in the order of their first member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clusters {
    of: Vec<Option<u32>>,
    count: usize,
}

impl Clusters {
    /// From the cluster of each thing under any numbers, `None` for noise.
    pub fn new<C: Label>(of: &[Option<C>]) -> Clusters {
        let members: Vec<C> = of.iter().copied().flatten().collect();
        let numbered = Numbered::new(&members);
        Clusters {
            of: of
                .iter()
                .map(|&cluster| numbered.number(cluster?))
                .collect(),
            count: numbered.sizes.len(),
        }
    }

    /// From the cluster of each thing, none of which is noise.
    pub(super) fn of_all(clusters: &[u32]) -> Clusters {
        let of: Vec<Option<u32>> = clusters.iter().copied().map(Some).collect();
        Clusters::new(&of)
    }

    /// The number of things that were clustered, noise among them.
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// Whether there was nothing to cluster.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The number of clusters; noise is none.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The number of things that are noise.
    pub fn noise(&self) -> usize {
        self.of.iter().filter(|of| of.is_none()).count()
    }

    /// The cluster of each thing; `None` where it is noise.
    pub fn assignment(&self) -> &[Option<u32>] {
        &self.of
    }

    /// The things in each cluster, ascending.
    pub fn members(&self) -> Vec<Vec<usize>> {
        let mut members = vec![Vec::new(); self.count];
        for (thing, cluster) in self.of.iter().enumerate() {
            if let Some(cluster) = cluster {
                members[*cluster as usize].push(thing);
            }
        }
        members
    }

    /// The cluster of each thing, where each noise is a cluster of its own, after all others.
    pub fn with_noise_alone(&self) -> Vec<u32> {
        let mut next = self.count as u32;
        self.of
            .iter()
            .map(|of| {
                of.unwrap_or_else(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect()
    }

    /// How well the clusters match identities. Noise counts as clusters of one thing each
    /// ([`with_noise_alone`](Self::with_noise_alone)), so that nothing is left out of the scores.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where there is not one label for each thing.
    pub fn scores<L: Label>(&self, labels: &[L]) -> Result<ClusteringScores, MetricsError> {
        ClusteringScores::new(&self.with_noise_alone(), labels)
    }
}

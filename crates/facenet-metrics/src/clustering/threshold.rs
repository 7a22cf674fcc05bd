use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::dendrogram::Dendrogram;
use super::scores::{PrecisionRecall, pairs};
use crate::MetricsError;
use crate::label::{Label, Numbered};

/// The cut of a dendrogram that matches known identities best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusterThreshold {
    /// The threshold to cut at: halfway between the last merge made and the first not made, the
    /// middle of all thresholds with the same clusters; where all merges are made, the next number above the
    /// last.
    pub threshold: f64,
    /// The number of clusters there.
    pub clusters: usize,
    /// Pairwise precision, recall and F there.
    pub pairwise: PrecisionRecall,
}

impl Dendrogram {
    /// The cut with the highest pairwise F against `labels`, over all cuts; of equals, the one with
    /// the most clusters.
    ///
    /// Choose it on a validation set of people, and use the threshold for others. `None` where no
    /// two things are of one identity, so that F has nothing to find.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where there is not one label for each thing.
    pub fn best_threshold<L: Label>(
        &self,
        labels: &[L],
    ) -> Result<Option<ClusterThreshold>, MetricsError> {
        MetricsError::check_length("labels", labels.len(), self.len())?;
        let labels = Numbered::new(labels);
        let belonging = pairs(labels.sizes.iter());
        if belonging == 0 {
            return Ok(None);
        }
        // How many of each identity every cluster holds; merged the smaller into the larger.
        let mut members: Vec<HashMap<u32, u128>> = labels
            .of
            .iter()
            .map(|&label| HashMap::from([(label, 1)]))
            .collect();
        let (mut together, mut both) = (0, 0);
        let mut best: Option<(f64, ClusterThreshold)> = None;
        let merges = self.merges();
        for (at, merge) in merges.iter().enumerate() {
            let first = std::mem::take(&mut members[merge.first]);
            let second = std::mem::take(&mut members[merge.second]);
            together += first.values().sum::<u128>() * second.values().sum::<u128>();
            let (small, mut large) = if first.len() < second.len() {
                (first, second)
            } else {
                (second, first)
            };
            for (label, count) in small {
                let there = large.entry(label).or_insert(0);
                both += count * *there;
                *there += count;
            }
            members.push(large);
            let threshold = match merges.get(at + 1) {
                // Merges of equal distance are made by the same thresholds.
                Some(next) if next.distance <= merge.distance => continue,
                Some(next) => merge.distance + (next.distance - merge.distance) / 2.0,
                // Distances of clusters have the precision of those of the things.
                None => f64::from((merge.distance as f32).next_up()),
            };
            let pairwise = PrecisionRecall::of_pairs(together, belonging, both);
            let f = pairwise.f.unwrap_or(0.0);
            if best.is_none_or(|(most, _)| f > most) {
                best = Some((
                    f,
                    ClusterThreshold {
                        threshold,
                        clusters: self.len() - at - 1,
                        pairwise,
                    },
                ));
            }
        }
        Ok(best.map(|(_, chosen)| chosen))
    }
}

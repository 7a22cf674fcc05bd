use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::expected_information::expected_information;
use crate::MetricsError;
use crate::label::{Label, Numbered};

/// Precision, recall and their harmonic mean. A rate without anything to divide by is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecall {
    /// The share of what was put together that belongs together.
    pub precision: Option<f64>,
    /// The share of what belongs together that was put together.
    pub recall: Option<f64>,
    /// The harmonic mean `2 P R / (P + R)`, F₁.
    pub f: Option<f64>,
}

impl PrecisionRecall {
    /// Over pairs, from the number put together, belonging together, and both.
    pub(super) fn of_pairs(together: u128, belonging: u128, both: u128) -> PrecisionRecall {
        let share = |of: u128| (of > 0).then(|| both as f64 / of as f64);
        let sum = together + belonging;
        PrecisionRecall {
            precision: share(together),
            recall: share(belonging),
            f: (sum > 0).then(|| 2.0 * both as f64 / sum as f64),
        }
    }
}

/// How well clusters match identities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClusteringScores {
    /// The number of things clustered.
    pub items: usize,
    /// The number of clusters.
    pub clusters: usize,
    /// The number of identities.
    pub identities: usize,
    /// Over the unordered pairs of things: together in a cluster against of one identity.
    pub pairwise: PrecisionRecall,
    /// B-cubed (Amigó et al., 2009): the mean over things of the precision and the recall of the
    /// cluster each is in; `f` is the harmonic mean of the two means.
    pub b_cubed: PrecisionRecall,
    /// Normalized mutual information, `2 I(C; L) / (H(C) + H(L))`, as scikit-learn normalizes it; 1
    /// where both are a single group, `None` where there is nothing.
    pub nmi: Option<f64>,
    /// Adjusted mutual information (Vinh, Epps and Bailey, 2010), with the mean of the entropies as
    /// scikit-learn has it: 1 where both groupings are the same, around 0 for chance, `None` where there is
    /// nothing. NMI rises with the number of clusters, AMI does not.
    pub ami: Option<f64>,
    /// The adjusted Rand index (Hubert and Arabie, 1985); 1 where both groupings are the same,
    /// around 0 for chance, `None` for fewer than two things.
    pub ari: Option<f64>,
}

impl ClusteringScores {
    /// Compares the cluster of each thing with its identity.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where the lists differ in length.
    pub fn new<C: Label, L: Label>(
        clusters: &[C],
        labels: &[L],
    ) -> Result<ClusteringScores, MetricsError> {
        MetricsError::check_length("labels", labels.len(), clusters.len())?;
        let (clusters, labels) = (Numbered::new(clusters), Numbered::new(labels));
        // An ordered map: sums of floating-point numbers come out the same each time.
        let mut cells: BTreeMap<(u32, u32), usize> = BTreeMap::new();
        for pair in clusters.of.iter().copied().zip(labels.of.iter().copied()) {
            *cells.entry(pair).or_insert(0) += 1;
        }
        let items = labels.of.len();
        let together = pairs(clusters.sizes.iter());
        let belonging = pairs(labels.sizes.iter());
        let both = pairs(cells.values());
        let sized: Vec<(f64, f64, f64)> = cells
            .iter()
            .map(|(&(cluster, label), &both)| {
                let cluster = clusters.sizes[cluster as usize];
                let label = labels.sizes[label as usize];
                (both as f64, cluster as f64, label as f64)
            })
            .collect();
        let same = together == both && belonging == both;
        let entropies = [&clusters.sizes, &labels.sizes].map(|sizes| entropy(sizes.iter(), items));
        let information = information(&sized, items);
        let expected = || expected_information(&clusters.sizes, &labels.sizes);
        Ok(ClusteringScores {
            items,
            clusters: clusters.sizes.len(),
            identities: labels.sizes.len(),
            pairwise: PrecisionRecall::of_pairs(together, belonging, both),
            b_cubed: b_cubed(&sized, items),
            nmi: nmi(information, entropies, items),
            ami: ami(information, expected, entropies, same, items),
            ari: ari(together, belonging, both, items),
        })
    }
}

/// The number of unordered pairs within groups of these sizes.
pub(super) fn pairs<'a>(sizes: impl Iterator<Item = &'a usize>) -> u128 {
    sizes
        .map(|&n| n as u128 * n.saturating_sub(1) as u128 / 2)
        .sum()
}

fn b_cubed(cells: &[(f64, f64, f64)], items: usize) -> PrecisionRecall {
    if items == 0 {
        return PrecisionRecall {
            precision: None,
            recall: None,
            f: None,
        };
    }
    let n = items as f64;
    let precision = cells
        .iter()
        .map(|(both, cluster, _)| both * both / cluster)
        .sum::<f64>()
        / n;
    let recall = cells
        .iter()
        .map(|(both, _, label)| both * both / label)
        .sum::<f64>()
        / n;
    PrecisionRecall {
        precision: Some(precision),
        recall: Some(recall),
        f: Some(2.0 * precision * recall / (precision + recall)),
    }
}

fn entropy<'a>(sizes: impl Iterator<Item = &'a usize>, items: usize) -> f64 {
    sizes
        .map(|&n| n as f64 / items as f64)
        .map(|p| -p * p.ln())
        .sum()
}

/// The mutual information of two groupings, in nats.
fn information(cells: &[(f64, f64, f64)], items: usize) -> f64 {
    let n = items as f64;
    cells
        .iter()
        .map(|(both, cluster, label)| both / n * (both * n / (cluster * label)).ln())
        .sum()
}

fn nmi(information: f64, [h_clusters, h_labels]: [f64; 2], items: usize) -> Option<f64> {
    if items == 0 {
        return None;
    }
    if h_clusters + h_labels == 0.0 {
        return Some(1.0);
    }
    // Rounding may carry independent groupings below 0 and equal ones past 1.
    Some((2.0 * information / (h_clusters + h_labels)).clamp(0.0, 1.0))
}

fn ami(
    information: f64,
    expected: impl FnOnce() -> f64,
    [h_clusters, h_labels]: [f64; 2],
    same: bool,
    items: usize,
) -> Option<f64> {
    if items == 0 {
        return None;
    }
    if same {
        return Some(1.0);
    }
    let expected = expected();
    let most = (h_clusters + h_labels) / 2.0;
    Some((information - expected) / (most - expected))
}

fn ari(together: u128, belonging: u128, both: u128, items: usize) -> Option<f64> {
    if items < 2 {
        return None;
    }
    if together == both && belonging == both {
        return Some(1.0);
    }
    let all = items as f64 * (items as f64 - 1.0) / 2.0;
    let expected = together as f64 * belonging as f64 / all;
    let largest = (together as f64 + belonging as f64) / 2.0;
    Some((both as f64 - expected) / (largest - expected))
}

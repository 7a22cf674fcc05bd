use std::collections::HashMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::report::{AllPairsReport, Bounds};
use crate::MetricsError;
use crate::verification::SplitReport;

/// Cuts a set into splits that share no identity, of about as many embeddings each: the rows of each split,
/// ascending.
///
/// FaceNet §4.1 takes five. The identities are put into an order that `seed` decides, and each goes to the
/// split that is the smallest so far. The same labels and seed give the same splits on every machine.
///
/// # Errors
///
/// [`MetricsError::Setting`] for no splits, or more than there are identities.
///
/// ```
/// let splits = facenet_metrics::identity_splits(&[4, 4, 8, 8, 9, 9], 3, 0)?;
/// assert!(splits.iter().all(|rows| rows.len() == 2));
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
pub fn identity_splits(
    labels: &[u32],
    splits: usize,
    seed: u64,
) -> Result<Vec<Vec<usize>>, MetricsError> {
    let mut rows: HashMap<u32, Vec<usize>> = HashMap::new();
    for (row, &label) in labels.iter().enumerate() {
        rows.entry(label).or_default().push(row);
    }
    if splits == 0 || splits > rows.len() {
        return Err(MetricsError::Setting {
            setting: "splits",
            found: format!("{splits} of {} identities", rows.len()),
            expected: "at least 1, and an identity for each",
        });
    }
    let mut identities: Vec<(u32, Vec<usize>)> = rows.into_iter().collect();
    identities.sort_unstable_by_key(|&(label, _)| label);
    identities.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); splits];
    for (_, rows) in identities {
        if let Some(smallest) = parts.iter_mut().min_by_key(|part| part.len()) {
            smallest.extend(rows);
        }
    }
    for part in &mut parts {
        part.sort_unstable();
    }
    Ok(parts)
}

/// An error unless each row is one of the set's, and the splits share none and no identity.
pub(super) fn check_splits(labels: &[u32], splits: &[Vec<usize>]) -> Result<(), MetricsError> {
    let wrong = |found: String| MetricsError::Setting {
        setting: "splits",
        found,
        expected: "rows of the set, each once, and no identity in two splits",
    };
    let mut split_of: HashMap<u32, usize> = HashMap::new();
    let mut seen = vec![false; labels.len()];
    for (split, rows) in splits.iter().enumerate() {
        for &row in rows {
            let (Some(label), Some(seen)) = (labels.get(row), seen.get_mut(row)) else {
                return Err(wrong(format!("row {row} of {}", labels.len())));
            };
            if std::mem::replace(seen, true) {
                return Err(wrong(format!("row {row} twice")));
            }
            let other = *split_of.entry(*label).or_insert(split);
            if other != split {
                return Err(wrong(format!(
                    "identity {label} in split {other} and in split {split}"
                )));
            }
        }
    }
    Ok(())
}

/// Verification over disjoint splits, each with all of its pairs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllPairsSplits {
    /// The mean over the splits with its standard error; of the area under the ROC, where it is known
    /// between bounds, the middle.
    pub mean: SplitReport,
    /// The report of each split.
    pub splits: Vec<AllPairsReport>,
}

impl AllPairsSplits {
    /// The mean over reports that were made with the same list of FARs.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where the reports differ in their FARs.
    pub fn new(splits: Vec<AllPairsReport>) -> Result<AllPairsSplits, MetricsError> {
        let parts: Vec<_> = splits
            .iter()
            .map(|report| (report.auc.map(Bounds::middle), report.eer, &report.val[..]))
            .collect();
        Ok(AllPairsSplits {
            mean: SplitReport::of(&parts)?,
            splits,
        })
    }
}

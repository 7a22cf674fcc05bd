use serde::{Deserialize, Serialize};

use super::det::FnmrAtFmr;
use super::far::{ValAtFar, check_far};
use super::scores::{DistanceValue, Scores};
use crate::MetricsError;

/// The best that any one threshold does, both kinds of pair weighing the same.
///
/// ```text
/// accuracy = max over t of (VAL(t) + 1 − FAR(t)) / 2
/// ```
///
/// Of all pairs of a set nearly all are impostor pairs, and plain accuracy would be near 1 for a
/// network that refuses everything; this one is then ½. The threshold is chosen on the pairs it is
/// measured on, so it flatters: for an honest number take a threshold from other people
/// ([`Scores::threshold_at_far`], [`Scores::at`]).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BalancedAccuracy {
    /// The largest balanced accuracy, at least ½.
    pub accuracy: f64,
    /// The smallest threshold that reaches it, with pairs below it accepted; `None` where accepting nothing
    /// does.
    pub threshold: Option<f64>,
}

/// What a given threshold accepts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The threshold: pairs with a distance below it are accepted.
    pub threshold: f64,
    /// The number of genuine pairs accepted.
    pub true_accepts: usize,
    /// The number of impostor pairs accepted.
    pub false_accepts: usize,
    /// VAL; `None` where there is no genuine pair.
    pub val: Option<f64>,
    /// FAR; `None` where there is no impostor pair.
    pub far: Option<f64>,
}

/// Verification over a set of pairs, as the paper reports it on its hold-out set (§4, §5).
///
/// All numbers are exact for the pairs given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerificationReport {
    /// The number of genuine pairs.
    pub genuine: usize,
    /// The number of impostor pairs.
    pub impostor: usize,
    /// The area under the ROC; `None`, as all below, where one kind of pair is missing.
    pub auc: Option<f64>,
    /// The equal error rate.
    pub eer: Option<f64>,
    /// The balanced accuracy at its best threshold.
    pub balanced_accuracy: Option<BalancedAccuracy>,
    /// VAL at each FAR asked for, in that order; empty where one kind of pair is missing.
    pub val: Vec<ValAtFar>,
    /// The same as FNMR at FMR.
    #[serde(default)]
    pub fnmr_at_fmr: Vec<FnmrAtFmr>,
}

impl VerificationReport {
    /// The report of `scores`, with VAL at each rate in `fars` (see
    /// [`DEFAULT_FARS`](super::DEFAULT_FARS)).
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where a rate is not between 0 and 1.
    pub fn new<T: DistanceValue>(
        scores: &Scores<T>,
        fars: &[f64],
    ) -> Result<VerificationReport, MetricsError> {
        let mut val = Vec::with_capacity(fars.len());
        for &far in fars {
            check_far(far)?;
            val.extend(scores.val_at_far(far)?);
        }
        Ok(VerificationReport {
            genuine: scores.genuine().len(),
            impostor: scores.impostor().len(),
            auc: scores.auc(),
            eer: scores.eer(),
            balanced_accuracy: scores.balanced_accuracy(),
            fnmr_at_fmr: val.iter().copied().map(FnmrAtFmr::from).collect(),
            val,
        })
    }
}

impl<T: DistanceValue> Scores<T> {
    /// The largest balanced accuracy over all thresholds.
    ///
    /// `None` where there is no genuine or no impostor pair.
    pub fn balanced_accuracy(&self) -> Option<BalancedAccuracy> {
        let (genuine, impostor) = self.both()?;
        // Compared in integers, (TA · I − FA · G), so that rounding decides no tie.
        let (g, i) = (self.genuine().len() as i128, self.impostor().len() as i128);
        let (mut best, mut threshold) = (0, None);
        for step in self.steps() {
            let gain = step.true_accepts as i128 * i - step.false_accepts as i128 * g;
            if gain > best {
                (best, threshold) = (gain, Some(step.threshold));
            }
        }
        Some(BalancedAccuracy {
            accuracy: (1.0 + best as f64 / (genuine * impostor)) / 2.0,
            threshold,
        })
    }

    /// What `threshold` accepts. A threshold that is NaN accepts nothing.
    pub fn at(&self, threshold: f64) -> OperatingPoint {
        let accepted = |list: &[T]| list.partition_point(|&d| d.into() < threshold);
        let share = |count: usize, of: usize| (of > 0).then(|| count as f64 / of as f64);
        let (true_accepts, false_accepts) = (accepted(self.genuine()), accepted(self.impostor()));
        OperatingPoint {
            threshold,
            true_accepts,
            false_accepts,
            val: share(true_accepts, self.genuine().len()),
            far: share(false_accepts, self.impostor().len()),
        }
    }
}

use std::fmt;

use crate::MetricsError;
use crate::verification::{DistanceValue, Scores};

/// The figure that a [`VerificationMetric`](super::VerificationMetric) follows.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum VerificationFigure {
    /// The area under the ROC.
    Auc,
    /// The equal error rate; the lower, the better.
    Eer,
    /// The best accuracy of one threshold, both kinds of pair weighing the same.
    Accuracy,
    /// VAL at a false accept rate (FaceNet §4).
    ValAtFar(f64),
}

impl VerificationFigure {
    /// Whether a larger value is the better one.
    pub fn higher_is_better(self) -> bool {
        self != VerificationFigure::Eer
    }

    /// Its value; `None` where one kind of pair is missing.
    pub(super) fn of<T: DistanceValue>(
        self,
        scores: &Scores<T>,
    ) -> Result<Option<f64>, MetricsError> {
        Ok(match self {
            VerificationFigure::Auc => scores.auc(),
            VerificationFigure::Eer => scores.eer(),
            VerificationFigure::Accuracy => scores.balanced_accuracy().map(|best| best.accuracy),
            VerificationFigure::ValAtFar(far) => scores.val_at_far(far)?.map(|val| val.val),
        })
    }
}

impl fmt::Display for VerificationFigure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerificationFigure::Auc => f.pad("AUC"),
            VerificationFigure::Eer => f.pad("EER"),
            VerificationFigure::Accuracy => f.pad("accuracy"),
            VerificationFigure::ValAtFar(far) => write!(f, "VAL at FAR {far:e}"),
        }
    }
}

use serde::{Deserialize, Serialize};

use crate::verification::far::ValAtFar;
use crate::verification::roc::RocCurve;

/// A number that is known to lie between two others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// It is at least this.
    pub low: f64,
    /// It is at most this.
    pub high: f64,
}

impl Bounds {
    /// The number in the middle, at most [`half_width`](Self::half_width) off.
    pub fn middle(self) -> f64 {
        self.low + (self.high - self.low) / 2.0
    }

    /// Half the distance between the two.
    pub fn half_width(self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// The number itself, where the two are equal.
    pub fn exact(self) -> Option<f64> {
        (self.low == self.high).then_some(self.low)
    }
}

/// Verification over all pairs of a set, or of a probe set and a gallery.
///
/// Numbers of pairs, accepts, thresholds, VAL, FAR and the equal error rate are exact: they are those of
/// [`VerificationReport`](crate::VerificationReport), bit by bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllPairsReport {
    /// The number of genuine pairs.
    pub genuine: u64,
    /// The number of impostor pairs.
    pub impostor: u64,
    /// The area under the ROC; `None`, as all below, where one kind of pair is missing.
    ///
    /// Exact for few pairs; else between bounds that count each bin of the histogram once as if all its
    /// genuine pairs were nearer than its impostor pairs, and once as if they were farther.
    pub auc: Option<Bounds>,
    /// The equal error rate.
    pub eer: Option<f64>,
    /// VAL at each FAR asked for, in that order; empty where one kind of pair is missing.
    pub val: Vec<ValAtFar>,
    /// The ROC, where [asked for](super::AllPairsProtocol::with_roc): exact points, some hundred of them, so
    /// that neighbors differ by 2 % of FAR or 0.002 of VAL where the distances allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc: Option<RocCurve>,
    /// How often all distances were computed: 1, unless the estimate of where they lie was wrong, or too
    /// many of them are equal; 0 where one kind of pair is missing.
    pub passes: usize,
}

use serde::{Deserialize, Serialize};

use super::far::ValAtFar;
use super::scores::{DistanceValue, Scores};
use crate::MetricsError;

/// A point of a DET curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetPoint {
    /// Pairs with a distance below it are accepted; `None` at the corner where none is.
    pub threshold: Option<f64>,
    /// The false match rate, which is FAR: the share of impostor pairs that are accepted.
    pub fmr: f64,
    /// The false non-match rate, 1 − VAL: the share of genuine pairs that are refused.
    pub fnmr: f64,
}

/// The detection error tradeoff (Martin et al. 1997): FNMR over FMR, in the words of ISO/IEC 19795-1.
///
/// It is the ROC with its upper side down, which shows rare errors on logarithmic or normal axes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetCurve {
    /// The number of genuine pairs: below `1 / genuine` FNMR says nothing.
    pub genuine: usize,
    /// The number of impostor pairs: below `1 / impostor` FMR says nothing.
    pub impostor: usize,
    /// The points from (0, 1) to (1, 0), FMR ascending and FNMR descending.
    pub points: Vec<DetPoint>,
}

/// FNMR at an FMR: what [`ValAtFar`] says, in the words of ISO/IEC 19795-1 and of NIST's FRTE.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FnmrAtFmr {
    /// The FMR that was asked for.
    pub fmr_target: f64,
    /// The smallest FNMR of a threshold that keeps to it.
    pub fnmr: f64,
    /// FMR at the threshold.
    pub fmr: f64,
    /// Pairs with a distance below it are accepted; `None` where nothing may be.
    pub threshold: Option<f64>,
    /// Whether `fmr_target` is below one impostor pair in all ([`ValAtFar::below_resolution`]).
    pub below_resolution: bool,
}

impl From<ValAtFar> for FnmrAtFmr {
    fn from(val: ValAtFar) -> FnmrAtFmr {
        FnmrAtFmr {
            fmr_target: val.far_target,
            fnmr: 1.0 - val.val,
            fmr: val.far,
            threshold: val.threshold,
            below_resolution: val.below_resolution,
        }
    }
}

impl DetCurve {
    /// The equal error rate: FMR where FMR = FNMR, on the straight lines between the points.
    ///
    /// `None` where the curve has no such crossing, as one without points.
    pub fn equal_error_rate(&self) -> Option<f64> {
        let excess = |p: &DetPoint| p.fmr - p.fnmr;
        self.points
            .iter()
            .zip(self.points.iter().skip(1))
            .find(|(a, b)| excess(a) <= 0.0 && excess(b) >= 0.0)
            .map(|(a, b)| {
                let rise = excess(b) - excess(a);
                if rise > 0.0 {
                    a.fmr - excess(a) / rise * (b.fmr - a.fmr)
                } else {
                    a.fmr
                }
            })
    }

    /// The same curve without the points that lie inside a horizontal or a vertical line.
    pub fn simplified(&self) -> DetCurve {
        let mut points: Vec<DetPoint> = Vec::new();
        for &point in &self.points {
            if let [.., a, b] = points.as_slice()
                && ((a.fnmr == b.fnmr && b.fnmr == point.fnmr)
                    || (a.fmr == b.fmr && b.fmr == point.fmr))
            {
                points.pop();
            }
            points.push(point);
        }
        DetCurve {
            genuine: self.genuine,
            impostor: self.impostor,
            points,
        }
    }
}

impl<T: DistanceValue> Scores<T> {
    /// The exact DET curve: a point for each distinct distance, after the corner (0, 1).
    ///
    /// `None` where there is no genuine or no impostor pair.
    pub fn det(&self) -> Option<DetCurve> {
        let (genuine, impostor) = self.both()?;
        let corner = DetPoint {
            threshold: None,
            fmr: 0.0,
            fnmr: 1.0,
        };
        let points = self.steps().map(|step| DetPoint {
            threshold: Some(step.threshold),
            fmr: step.false_accepts as f64 / impostor,
            fnmr: (self.genuine().len() - step.true_accepts) as f64 / genuine,
        });
        Some(DetCurve {
            genuine: self.genuine().len(),
            impostor: self.impostor().len(),
            points: std::iter::once(corner).chain(points).collect(),
        })
    }

    /// FNMR at a false match rate, exact: no grid of thresholds, no interpolation.
    ///
    /// `None` where there is no genuine or no impostor pair.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `fmr_target` is not between 0 and 1.
    pub fn fnmr_at_fmr(&self, fmr_target: f64) -> Result<Option<FnmrAtFmr>, MetricsError> {
        Ok(self.val_at_far(fmr_target)?.map(FnmrAtFmr::from))
    }
}

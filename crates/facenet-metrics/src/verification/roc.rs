use serde::{Deserialize, Serialize};

use super::scores::{DistanceValue, Scores};

/// A point of a ROC curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// Pairs with a distance below it are accepted; `None` at the corner where none is.
    pub threshold: Option<f64>,
    /// FAR: the share of impostor pairs that are accepted.
    pub far: f64,
    /// VAL: the share of genuine pairs that are accepted.
    pub val: f64,
}

/// The receiver operating characteristic: VAL over FAR, from (0, 0) to (1, 1) (FaceNet §4, figure 4).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocCurve {
    /// The number of genuine pairs.
    pub genuine: usize,
    /// The number of impostor pairs: below `1 / impostor` the curve says nothing.
    pub impostor: usize,
    /// The points, both rates ascending.
    pub points: Vec<RocPoint>,
}

impl RocCurve {
    /// The area under the straight lines between the points (the trapezoid rule).
    pub fn area(&self) -> f64 {
        self.segments()
            .map(|(a, b)| (b.far - a.far) * (a.val + b.val) / 2.0)
            .sum()
    }

    /// The equal error rate: FAR where FAR = 1 − VAL, on the straight lines between the points.
    ///
    /// `None` where the curve has no such crossing, as one without points.
    pub fn equal_error_rate(&self) -> Option<f64> {
        let excess = |p: &RocPoint| p.far + p.val - 1.0;
        self.segments()
            .find(|(a, b)| excess(a) <= 0.0 && excess(b) >= 0.0)
            .map(|(a, b)| {
                let rise = excess(b) - excess(a);
                if rise > 0.0 {
                    a.far - excess(a) / rise * (b.far - a.far)
                } else {
                    a.far
                }
            })
    }

    /// The same curve without the points that lie inside a horizontal or a vertical line.
    ///
    /// The all-pairs curve of some thousand images has millions of points; those that bend it are at
    /// most twice the genuine pairs. Area, equal error rate and the drawn line stay as they are.
    pub fn simplified(&self) -> RocCurve {
        let mut points: Vec<RocPoint> = Vec::new();
        for &point in &self.points {
            if let [.., a, b] = points.as_slice()
                && ((a.val == b.val && b.val == point.val)
                    || (a.far == b.far && b.far == point.far))
            {
                points.pop();
            }
            points.push(point);
        }
        RocCurve {
            points,
            ..self.clone_without_points()
        }
    }

    fn clone_without_points(&self) -> RocCurve {
        RocCurve {
            genuine: self.genuine,
            impostor: self.impostor,
            points: Vec::new(),
        }
    }

    fn segments(&self) -> impl Iterator<Item = (&RocPoint, &RocPoint)> {
        self.points.iter().zip(self.points.iter().skip(1))
    }
}

impl<T: DistanceValue> Scores<T> {
    /// The exact ROC: a point for each distinct distance, after the corner (0, 0).
    ///
    /// `None` where there is no genuine or no impostor pair.
    pub fn roc(&self) -> Option<RocCurve> {
        let (genuine, impostor) = self.both()?;
        let corner = RocPoint {
            threshold: None,
            far: 0.0,
            val: 0.0,
        };
        let points = self.steps().map(|step| RocPoint {
            threshold: Some(step.threshold),
            far: step.false_accepts as f64 / impostor,
            val: step.true_accepts as f64 / genuine,
        });
        Some(RocCurve {
            genuine: self.genuine().len(),
            impostor: self.impostor().len(),
            points: std::iter::once(corner).chain(points).collect(),
        })
    }

    /// The area under the exact ROC, which is the Mann–Whitney statistic.
    ///
    /// ```text
    /// AUC = (#{genuine < impostor} + ½ #{genuine = impostor}) / (|genuine| · |impostor|)
    /// ```
    ///
    /// Counted in integers. `None` where there is no genuine or no impostor pair.
    pub fn auc(&self) -> Option<f64> {
        let (genuine, impostor) = self.both()?;
        let mut doubled: u128 = 0;
        let (mut before, mut accepted) = (0u128, 0u128);
        for step in self.steps() {
            let (after, total) = (step.true_accepts as u128, step.false_accepts as u128);
            doubled += (total - accepted) * (before + after);
            (before, accepted) = (after, total);
        }
        Some(doubled as f64 / (2.0 * genuine * impostor))
    }

    /// The equal error rate: FAR where FAR = 1 − VAL, linear between the points of the exact ROC.
    ///
    /// `None` where there is no genuine or no impostor pair.
    pub fn eer(&self) -> Option<f64> {
        let (genuine, impostor) = self.both()?;
        let (mut far, mut excess) = (0.0, -1.0);
        for step in self.steps() {
            let next_far = step.false_accepts as f64 / impostor;
            let next_excess = next_far + step.true_accepts as f64 / genuine - 1.0;
            if next_excess >= 0.0 {
                return Some(far - excess / (next_excess - excess) * (next_far - far));
            }
            (far, excess) = (next_far, next_excess);
        }
        None
    }
}

use serde::{Deserialize, Serialize};

use super::interval::{Interval, check_confidence};
use super::normal::two_sided_tail;
use crate::MetricsError;
use crate::verification::{DistanceValue, Scores};

/// The area under the ROC with its variance, without drawing and without assuming a distribution
/// (DeLong, DeLong & Clarke-Pearson 1988).
///
/// The area is a mean over genuine pairs, and a mean over impostor pairs, of the share of the other
/// kind on the right side; the variance is that of these means:
///
/// ```text
/// v(g) = share of impostor pairs farther than g, equal ones counting half
/// w(i) = share of genuine pairs nearer than i, equal ones counting half
/// AUC  = mean of v = mean of w
/// variance = s²(v) / |genuine| + s²(w) / |impostor|         s²: the sample variance
/// ```
///
/// The shares come from the sorted distances, as with the midranks of Sun & Xu (2014): `N log N`
/// steps for `N` pairs where the definition takes `|genuine| · |impostor|`.
///
/// The pairs are taken as independent; [the module](super) says when they are not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeLong {
    /// The area under the ROC, as [`Scores::auc`].
    pub auc: f64,
    /// Its variance; `None` where there are fewer than two pairs of a kind.
    pub variance: Option<f64>,
}

impl DeLong {
    /// The area and its variance. `None` where there is no genuine or no impostor pair.
    pub fn new<T: DistanceValue>(scores: &Scores<T>) -> Option<DeLong> {
        let auc = scores.auc()?;
        let (genuine, impostor) = scores.both()?;
        // Shares on the wrong side: near an AUC of 1 they are small, and so keep their digits.
        let wrong = || {
            let (mut ta, mut fa) = (0, 0);
            scores.steps().map(move |step| {
                let (tied_genuine, tied_impostor) =
                    (step.true_accepts - ta, step.false_accepts - fa);
                let nearer = (2 * fa + tied_impostor) as f64 / (2.0 * impostor);
                (ta, fa) = (step.true_accepts, step.false_accepts);
                let left = scores.genuine().len() - ta;
                let farther = (2 * left + tied_genuine) as f64 / (2.0 * genuine);
                [(tied_genuine, nearer), (tied_impostor, farther)]
            })
        };
        let mut sums = [0.0; 2];
        for kinds in wrong() {
            for (sum, (count, share)) in sums.iter_mut().zip(kinds) {
                *sum += count as f64 * share;
            }
        }
        let means = [sums[0] / genuine, sums[1] / impostor];
        let mut squares = [0.0; 2];
        for kinds in wrong() {
            for ((square, (count, share)), mean) in squares.iter_mut().zip(kinds).zip(means) {
                *square += count as f64 * (share - mean).powi(2);
            }
        }
        Some(DeLong {
            auc,
            variance: variance_of_means(squares, [genuine, impostor]),
        })
    }

    /// The normal interval `AUC ± z √variance`, cut off at 0 and 1, as pROC's `ci.auc` gives it.
    ///
    /// `None` where the variance is not known or is 0: the pairs of a perfect network do not show how
    /// often it errs.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `confidence` is not between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Result<Option<Interval>, MetricsError> {
        check_confidence(confidence)?;
        Ok(self
            .deviation()
            .map(|deviation| Interval::normal(self.auc, deviation, confidence, [0.0, 1.0])))
    }

    /// The same for `ln (AUC / (1 − AUC))`, brought back: it never passes 1, and is the better one
    /// for areas near 1 (Qin & Hotilovac 2008).
    ///
    /// `None` where the variance is not known or is 0.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `confidence` is not between 0 and 1.
    pub fn logit_interval(&self, confidence: f64) -> Result<Option<Interval>, MetricsError> {
        check_confidence(confidence)?;
        let spread = self.auc * (1.0 - self.auc);
        Ok(self.deviation().filter(|_| spread > 0.0).map(|deviation| {
            let logit = (self.auc / (1.0 - self.auc)).ln();
            let line = Interval::normal(
                logit,
                deviation / spread,
                confidence,
                [f64::NEG_INFINITY, f64::INFINITY],
            );
            let back = |x: f64| 1.0 / (1.0 + (-x).exp());
            Interval {
                low: back(line.low),
                high: back(line.high),
                confidence,
            }
        }))
    }

    fn deviation(&self) -> Option<f64> {
        self.variance.filter(|&v| v > 0.0).map(f64::sqrt)
    }

    /// The areas of two networks on the same pairs, and whether they differ by more than chance.
    ///
    /// `first` and `second` are the distances that the networks give to the same list of pairs. Only
    /// their order counts, so one may be squared Euclidean and the other an angle.
    ///
    /// `None` where there is no genuine or no impostor pair.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where the lists differ in length, [`MetricsError::NotFinite`] for a
    /// distance that is NaN or infinite.
    pub fn compare(
        first: &[f64],
        second: &[f64],
        same: &[bool],
    ) -> Result<Option<AucDifference>, MetricsError> {
        MetricsError::check_length("second distances", second.len(), first.len())?;
        let (first_scores, second_scores) = (Scores::new(first, same)?, Scores::new(second, same)?);
        let (Some((genuine, impostor)), Some(one), Some(two)) =
            (first_scores.both(), first_scores.auc(), second_scores.auc())
        else {
            return Ok(None);
        };
        // The difference of the means is the mean of the differences, pair by pair.
        let differences: Vec<f64> = placements(first, same, genuine, impostor)
            .iter()
            .zip(placements(second, same, genuine, impostor))
            .map(|(a, b)| a - b)
            .collect();
        let squares = |wanted: bool, count: f64| {
            let of = || differences.iter().zip(same).filter(|&(_, &s)| s == wanted);
            let mean = of().map(|(d, _)| d).sum::<f64>() / count;
            of().map(|(d, _)| (d - mean).powi(2)).sum::<f64>()
        };
        let squares = [squares(true, genuine), squares(false, impostor)];
        let variance = variance_of_means(squares, [genuine, impostor]);
        let difference = one - two;
        let z = variance.filter(|&v| v > 0.0).map(|v| difference / v.sqrt());
        Ok(Some(AucDifference {
            first: one,
            second: two,
            difference,
            variance,
            z,
            p: z.map(two_sided_tail),
        }))
    }
}

/// Two areas on the same pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AucDifference {
    /// The area under the first ROC.
    pub first: f64,
    /// The area under the second.
    pub second: f64,
    /// The first less the second.
    pub difference: f64,
    /// The variance of the difference; `None` where there are fewer than two pairs of a kind.
    pub variance: Option<f64>,
    /// The difference over its standard deviation; `None` where the variance is not known or is 0,
    /// as where the two put the pairs in one order.
    pub z: Option<f64>,
    /// The probability of a `z` that far from 0, either way, if the areas were equal.
    pub p: Option<f64>,
}

impl AucDifference {
    /// The normal interval of the difference, cut off at −1 and 1.
    ///
    /// `None` where the variance is not known or is 0.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `confidence` is not between 0 and 1.
    pub fn interval(&self, confidence: f64) -> Result<Option<Interval>, MetricsError> {
        check_confidence(confidence)?;
        Ok(self.variance.filter(|&v| v > 0.0).map(|variance| {
            Interval::normal(self.difference, variance.sqrt(), confidence, [-1.0, 1.0])
        }))
    }
}

/// `s²(v) / |genuine| + s²(w) / |impostor|` from the sums of squared deviations.
fn variance_of_means(squares: [f64; 2], counts: [f64; 2]) -> Option<f64> {
    squares
        .into_iter()
        .zip(counts)
        .map(|(square, count)| (count > 1.0).then(|| square / (count - 1.0) / count))
        .sum()
}

/// For each pair, the share of the other kind on its right side.
fn placements(distances: &[f64], same: &[bool], genuine: f64, impostor: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..distances.len()).collect();
    order.sort_unstable_by(|&a, &b| distances[a].total_cmp(&distances[b]));
    let mut shares = vec![0.0; distances.len()];
    let (mut ta, mut fa) = (0, 0);
    // −0 and 0 are one distance, which `chunk_by` with `==` knows and the order does not undo.
    for tied in order.chunk_by(|&a, &b| distances[a] == distances[b]) {
        let tied_genuine = tied.iter().filter(|&&at| same[at]).count();
        let tied_impostor = tied.len() - tied_genuine;
        let farther = impostor - (2 * fa + tied_impostor) as f64 / 2.0;
        let nearer = (2 * ta + tied_genuine) as f64 / 2.0;
        for &at in tied {
            shares[at] = if same[at] {
                farther / impostor
            } else {
                nearer / genuine
            };
        }
        ta += tied_genuine;
        fa += tied_impostor;
    }
    shares
}

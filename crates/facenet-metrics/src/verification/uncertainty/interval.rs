use serde::{Deserialize, Serialize};

use super::normal::two_sided_quantile;
use crate::MetricsError;
use crate::verification::{DistanceValue, Scores};

/// Where a number would lie on other pairs of the same kind, with a probability of `confidence`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of such intervals that hold the true number, 0.95 for the usual one.
    pub confidence: f64,
}

/// An error unless `confidence` is a probability that an interval can have.
pub(super) fn check_confidence(confidence: f64) -> Result<(), MetricsError> {
    if confidence > 0.0 && confidence < 1.0 {
        Ok(())
    } else {
        Err(MetricsError::Setting {
            setting: "confidence",
            found: confidence.to_string(),
            expected: "a probability above 0 and below 1",
        })
    }
}

impl Interval {
    /// The interval of Wilson (1927) for a rate of which `successes` of `trials` are known.
    ///
    /// ```text
    /// center = (p + z² / 2n) / (1 + z² / n)
    /// half   = z √(p (1 − p) / n + z² / 4n²) / (1 + z² / n)        p = successes / trials
    /// ```
    ///
    /// Unlike `p ± z √(p (1 − p) / n)` it holds where `p` is near 0 or 1, which is where VAL and FAR
    /// are: of 3,000 impostor pairs none accepted, FAR is below 0.13 % with confidence 0.95.
    /// statsmodels calls it `proportion_confint(method="wilson")`.
    ///
    /// `None` where there is no trial.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] for more successes than trials, and where `confidence` is not
    /// between 0 and 1.
    pub fn wilson(
        successes: usize,
        trials: usize,
        confidence: f64,
    ) -> Result<Option<Interval>, MetricsError> {
        check_confidence(confidence)?;
        if successes > trials {
            return Err(MetricsError::Setting {
                setting: "successes",
                found: format!("{successes} of {trials}"),
                expected: "no more than the trials",
            });
        }
        if trials == 0 {
            return Ok(None);
        }
        let n = trials as f64;
        let z = two_sided_quantile(confidence);
        let (p, rest) = (successes as f64 / n, (trials - successes) as f64 / n);
        let shift = z * z / (2.0 * n);
        let half = z * (p * rest / n + z * z / (4.0 * n * n)).sqrt();
        // (p + shift)² − half² = p² (1 + z²/n): the lower end as a quotient of positive numbers
        // keeps its digits where successes are rare.
        let low = p * p / (p + shift + half);
        let high = if successes == trials {
            1.0
        } else {
            (p + shift + half) / (1.0 + 2.0 * shift)
        };
        Ok(Some(Interval {
            low,
            high,
            confidence,
        }))
    }

    /// Whether `value` lies in the interval, its ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// `value ± z · deviation`, cut off at `low` and `high`.
    pub(super) fn normal(
        value: f64,
        deviation: f64,
        confidence: f64,
        [low, high]: [f64; 2],
    ) -> Interval {
        let half = two_sided_quantile(confidence) * deviation;
        Interval {
            low: (value - half).max(low),
            high: (value + half).min(high),
            confidence,
        }
    }

    /// Between the percentiles that leave half of `1 − confidence` on each side; `sorted` ascends and
    /// is not empty.
    pub(super) fn percentile(sorted: &[f64], confidence: f64) -> Option<Interval> {
        let tail = (1.0 - confidence) / 2.0;
        Some(Interval {
            low: quantile(sorted, tail)?,
            high: quantile(sorted, 1.0 - tail)?,
            confidence,
        })
    }
}

/// The quantile as `numpy.quantile` takes it by default: linear between the values around.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = share * last as f64;
    let below = (position as usize).min(last);
    let (a, b) = (*sorted.get(below)?, *sorted.get((below + 1).min(last))?);
    Some(a + (position - below as f64) * (b - a))
}

impl<T: DistanceValue> Scores<T> {
    /// The [Wilson interval](Interval::wilson) of VAL at a threshold that was chosen beforehand, on
    /// other pairs; `None` where there is no genuine pair.
    ///
    /// At a threshold chosen on these pairs ([`Scores::val_at_far`]) it is too narrow: there the
    /// impostor pairs move the threshold as well, which [`Bootstrap`](super::Bootstrap) allows for.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `confidence` is not between 0 and 1.
    pub fn val_interval(
        &self,
        threshold: f64,
        confidence: f64,
    ) -> Result<Option<Interval>, MetricsError> {
        let accepted = self.at(threshold).true_accepts;
        Interval::wilson(accepted, self.genuine().len(), confidence)
    }

    /// The [Wilson interval](Interval::wilson) of FAR at a threshold that was chosen beforehand;
    /// `None` where there is no impostor pair.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `confidence` is not between 0 and 1.
    pub fn far_interval(
        &self,
        threshold: f64,
        confidence: f64,
    ) -> Result<Option<Interval>, MetricsError> {
        let accepted = self.at(threshold).false_accepts;
        Interval::wilson(accepted, self.impostor().len(), confidence)
    }
}

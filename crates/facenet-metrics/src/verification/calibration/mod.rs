//! A threshold for a wanted FAR, and a probability for a distance.

mod isotonic;
mod logistic;

use serde::{Deserialize, Serialize};

use self::isotonic::Isotonic;
use self::logistic::Logistic;
use super::far::{ValAtFar, check_far};
use super::scores::{DistanceValue, Scores};
use crate::MetricsError;
use crate::distance::DistanceKind;

/// What the distances of a network mean: the threshold below which pairs are accepted at a wanted FAR, and the
/// probability that a pair at a distance is of one person.
///
/// A distance means nothing without its network, so a calibration belongs beside the weights; it is
/// small and serializes. Fit it on people who are neither those trained on nor those to be verified.
///
/// Both kinds of pair weigh one half in the fit, however many there are of each. The probability is
/// then for even odds; other odds are [set](Self::with_prior) without fitting again.
///
/// ```
/// use facenet_metrics::{Calibration, DistanceKind, Scores};
///
/// let scores = Scores::new(
///     &[0.2, 0.3, 0.4, 1.1, 0.9, 1.2, 1.3, 1.6],
///     &[true, true, true, true, false, false, false, false],
/// )?;
/// let calibration = Calibration::logistic(&scores, DistanceKind::SquaredEuclidean, 0.25)?;
/// assert_eq!(calibration.threshold(), 1.1f64.next_up());
/// assert!(calibration.accepts(1.1) && !calibration.accepts(1.15));
/// assert!(calibration.probability(0.3) > 0.8 && calibration.probability(1.5) < 0.2);
///
/// // One pair of a thousand is of one person: the same distance says less.
/// let rare = calibration.clone().with_prior(1e-3)?;
/// assert!(rare.probability(0.3) < 0.1);
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Calibration {
    distance: DistanceKind,
    genuine: usize,
    impostor: usize,
    prior: f64,
    threshold: f64,
    far_target: f64,
    far: f64,
    val: f64,
    below_resolution: bool,
    model: Model,
}

/// How the probability falls with the distance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Model {
    Logistic(Logistic),
    Isotonic(Isotonic),
}

/// A calibration as a file holds it.
#[derive(Deserialize)]
struct Unchecked {
    distance: DistanceKind,
    genuine: usize,
    impostor: usize,
    prior: f64,
    threshold: f64,
    far_target: f64,
    far: f64,
    val: f64,
    below_resolution: bool,
    model: Model,
}

impl Calibration {
    /// Fits the logistic curve of Platt (1999), `1 / (1 + exp(−(intercept + slope · distance)))`, by
    /// Newton's method as Lin, Lin & Weng (2007) do, and takes the threshold for `far_target`.
    ///
    /// As Platt has it, a genuine pair aims at `(n + 1) / (n + 2)` with `n` genuine pairs, and an
    /// impostor pair at `1 / (n + 2)` with `n` impostor pairs, so that the curve of a perfect network
    /// is no step.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `far_target` is not between 0 and 1. [`MetricsError::Missing`]
    /// where one kind of pair is missing, where all distances are equal or the genuine pairs are not
    /// the nearer ones, and where no threshold accepts anything at `far_target`.
    pub fn logistic<T: DistanceValue>(
        scores: &Scores<T>,
        distance: DistanceKind,
        far_target: f64,
    ) -> Result<Calibration, MetricsError> {
        Calibration::new(scores, distance, far_target, |scores| {
            Logistic::fit(scores).map(Model::Logistic)
        })
    }

    /// Fits the falling step function nearest to the pairs (pool adjacent violators; Zadrozny & Elkan
    /// 2002), linear between the steps as scikit-learn's `IsotonicRegression` has it, and takes the
    /// threshold for `far_target`.
    ///
    /// It assumes no shape, and so wants more pairs than the logistic curve: thousands of each kind.
    /// Beyond the outermost errors of the network it says 0 and 1.
    ///
    /// # Errors
    ///
    /// As [`logistic`](Self::logistic).
    pub fn isotonic<T: DistanceValue>(
        scores: &Scores<T>,
        distance: DistanceKind,
        far_target: f64,
    ) -> Result<Calibration, MetricsError> {
        Calibration::new(scores, distance, far_target, |scores| {
            Isotonic::fit(scores).map(Model::Isotonic)
        })
    }

    fn new<T: DistanceValue>(
        scores: &Scores<T>,
        distance: DistanceKind,
        far_target: f64,
        fit: impl FnOnce(&Scores<T>) -> Option<Model>,
    ) -> Result<Calibration, MetricsError> {
        check_far(far_target)?;
        for (list, what) in [
            (scores.genuine(), "genuine pair"),
            (scores.impostor(), "impostor pair"),
        ] {
            if list.is_empty() {
                return Err(MetricsError::Missing {
                    what,
                    expected: "pairs of both kinds to calibrate on",
                });
            }
        }
        let model = fit(scores).ok_or(MetricsError::Missing {
            what: "distance between the kinds of pair",
            expected: "genuine pairs that are, on the whole, nearer than impostor pairs",
        })?;
        let point = scores.val_at_far(far_target)?;
        let (val, threshold) =
            point
                .and_then(|val| Some((val, val.threshold?)))
                .ok_or(MetricsError::Missing {
                    what: "threshold that keeps to the FAR and accepts a pair",
                    expected: "a higher FAR, or pairs whose smallest distance is not an impostor's",
                })?;
        let ValAtFar {
            val,
            far,
            below_resolution,
            ..
        } = val;
        Ok(Calibration {
            distance,
            genuine: scores.genuine().len(),
            impostor: scores.impostor().len(),
            prior: 0.5,
            threshold,
            far_target,
            far,
            val,
            below_resolution,
            model,
        })
    }

    /// Sets the share of genuine pairs among those that will be asked about; ½ unless set.
    ///
    /// It moves the probabilities, by Bayes' rule on the odds, and not the threshold.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `prior` is not between 0 and 1, or is one of them.
    pub fn with_prior(mut self, prior: f64) -> Result<Calibration, MetricsError> {
        if !(prior > 0.0 && prior < 1.0) {
            return Err(MetricsError::Setting {
                setting: "prior",
                found: prior.to_string(),
                expected: "a share above 0 and below 1",
            });
        }
        self.prior = prior;
        Ok(self)
    }

    /// The distance that was calibrated.
    pub fn distance(&self) -> DistanceKind {
        self.distance
    }

    /// The threshold: a pair is accepted where its distance is below it.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// What the threshold does on the pairs it was calibrated on: the FAR that was wanted, VAL and
    /// FAR there, and whether the impostor pairs were too few to tell.
    pub fn operating_point(&self) -> ValAtFar {
        // A share of so many pairs is that many pairs, exactly.
        let counted = |share: f64, of: usize| (share * of as f64).round() as u64;
        ValAtFar {
            far_target: self.far_target,
            val: self.val,
            far: self.far,
            true_accepts: counted(self.val, self.genuine),
            false_accepts: counted(self.far, self.impostor),
            threshold: Some(self.threshold),
            below_resolution: self.below_resolution,
        }
    }

    /// The number of genuine and of impostor pairs that it was fitted on.
    pub fn pairs(&self) -> (usize, usize) {
        (self.genuine, self.impostor)
    }

    /// The share of genuine pairs that the probabilities assume.
    pub fn prior(&self) -> f64 {
        self.prior
    }

    /// Whether a pair at this distance is accepted: where it is below the threshold. NaN is not.
    pub fn accepts(&self, distance: f64) -> bool {
        distance < self.threshold
    }

    /// The probability that a pair at this distance is of one person; never rising with the distance.
    /// NaN for NaN.
    pub fn probability(&self, distance: f64) -> f64 {
        if distance.is_nan() {
            return f64::NAN;
        }
        let odds = self.prior / (1.0 - self.prior);
        match &self.model {
            Model::Logistic(logistic) => 1.0 / (1.0 + (-logistic.logit(distance)).exp() / odds),
            Model::Isotonic(isotonic) => {
                let even = isotonic.probability(distance);
                even * odds / (even * odds + 1.0 - even)
            }
        }
    }

    /// The information that the probabilities lack, in bits a pair: `Cllr` of Brümmer & du Preez
    /// (2006), 0 for a network that is always sure and right, 1 for one that says nothing, and more
    /// for one that misleads.
    ///
    /// ```text
    /// Cllr = ½ mean over genuine pairs of −log₂ p + ½ mean over impostor pairs of −log₂ (1 − p)
    /// ```
    ///
    /// at even odds. Measure it on other people than the fit; it is infinite where a pair is of the
    /// kind that had probability 0. `None` where one kind of pair is missing.
    pub fn information_lost<T: DistanceValue>(&self, scores: &Scores<T>) -> Option<f64> {
        let (genuine, impostor) = scores.both()?;
        // ln p for the logit or the probability, without losing the digits of a p near 0 or 1.
        let log = |distance: f64, same: bool| match &self.model {
            Model::Logistic(logistic) => {
                let logit = logistic.logit(distance);
                -softplus(if same { -logit } else { logit })
            }
            Model::Isotonic(isotonic) => {
                let p = isotonic.probability(distance);
                if same { p } else { 1.0 - p }.ln()
            }
        };
        let sum = |list: &[T], same| list.iter().map(|&d| -log(d.into(), same)).sum::<f64>();
        let nats = sum(scores.genuine(), true) / genuine + sum(scores.impostor(), false) / impostor;
        Some(nats / 2.0 / std::f64::consts::LN_2)
    }
}

impl TryFrom<Unchecked> for Calibration {
    type Error = MetricsError;

    fn try_from(file: Unchecked) -> Result<Calibration, MetricsError> {
        let wrong = |setting, found: String, expected| {
            Err(MetricsError::Setting {
                setting,
                found,
                expected,
            })
        };
        for far in [file.far_target, file.far, file.val] {
            check_far(far)?;
        }
        if !file.threshold.is_finite() {
            let found = file.threshold.to_string();
            return wrong("threshold", found, "a finite distance");
        }
        let sound = match &file.model {
            Model::Logistic(logistic) => logistic.is_sound(),
            Model::Isotonic(isotonic) => isotonic.is_sound(),
        };
        if !sound {
            let found = format!("{:?}", file.model);
            return wrong(
                "calibration",
                found,
                "a probability that falls with the distance",
            );
        }
        Calibration {
            distance: file.distance,
            genuine: file.genuine,
            impostor: file.impostor,
            prior: file.prior,
            threshold: file.threshold,
            far_target: file.far_target,
            far: file.far,
            val: file.val,
            below_resolution: file.below_resolution,
            model: file.model,
        }
        .with_prior(file.prior)
    }
}

/// `ln (1 + exp x)` without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

use std::collections::BTreeMap;

use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::interval::{Interval, check_confidence};
use super::resample::{Draws, Resample};
use crate::MetricsError;
use crate::distance::{DistanceKind, DistanceTiles};
use crate::verification::far::{allowed, check_far};
use crate::verification::{DEFAULT_FARS, DistanceValue, Scores};

/// Intervals by drawing the pairs again and again, with replacement (Efron 1979): what the numbers
/// would be on other pairs like these.
///
/// An interval lies between the percentiles of the resamples that leave half of `1 − confidence` on
/// each side; scipy calls it `bootstrap(method="percentile")`. The same seed gives the same numbers
/// on every machine and for any number of threads.
///
/// Time: `resamples · pairs`; memory: 4 bytes a pair for each thread.
///
/// ```
/// use facenet_metrics::{Scores, verification::uncertainty::Bootstrap};
///
/// let scores = Scores::new(
///     &[0.2, 0.3, 0.4, 0.9, 0.8, 1.0, 1.2, 1.4],
///     &[true, true, true, true, false, false, false, false],
/// )?;
/// let report = Bootstrap::new(1000, 7).with_fars([0.25]).pairs(&scores)?;
/// let auc = report.auc.expect("both kinds of pair are there");
/// assert!(auc.interval.low < auc.value && auc.value < auc.interval.high);
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    resamples: usize,
    seed: u64,
    confidence: f64,
    fars: Vec<f64>,
}

/// A number with what the resamples say of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The number on the pairs themselves.
    pub value: f64,
    /// The sample standard deviation over the resamples.
    pub standard_error: f64,
    /// The percentile interval.
    pub interval: Interval,
}

/// VAL at a FAR, with what the resamples say of it. The threshold is chosen again on each resample.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValAtFarEstimate {
    /// The FAR that was asked for.
    pub far_target: f64,
    /// VAL.
    pub val: Estimate,
    /// Whether the pairs are too few for the FAR ([`ValAtFar::below_resolution`]). The interval then is
    /// that of VAL without any false accept, and tells nothing of VAL at `far_target`.
    ///
    /// [`ValAtFar::below_resolution`]: crate::verification::ValAtFar::below_resolution
    pub below_resolution: bool,
}

/// What [`Bootstrap`] reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BootstrapReport {
    /// The number of resamples drawn.
    pub resamples: usize,
    /// The number of them that hold no genuine or no impostor pair, and so count for nothing.
    pub skipped: usize,
    /// The area under the ROC; `None`, as all below, where one kind of pair is missing or fewer than
    /// two resamples are left.
    pub auc: Option<Estimate>,
    /// The equal error rate.
    pub eer: Option<Estimate>,
    /// The balanced accuracy at its best threshold, which each resample chooses for itself.
    pub accuracy: Option<Estimate>,
    /// VAL at each FAR asked for, in that order; empty where the others are `None`.
    pub val: Vec<ValAtFarEstimate>,
}

impl Bootstrap {
    /// `resamples` resamples, drawn from `seed`: confidence 0.95, and VAL at [`DEFAULT_FARS`].
    pub fn new(resamples: usize, seed: u64) -> Bootstrap {
        Bootstrap {
            resamples,
            seed,
            confidence: 0.95,
            fars: DEFAULT_FARS.to_vec(),
        }
    }

    /// Sets the confidence of the intervals.
    pub fn with_confidence(mut self, confidence: f64) -> Bootstrap {
        self.confidence = confidence;
        self
    }

    /// Reports VAL at these false accept rates.
    pub fn with_fars(mut self, fars: impl Into<Vec<f64>>) -> Bootstrap {
        self.fars = fars.into();
        self
    }

    /// Draws pairs: genuine ones from the genuine, impostors from the impostors, so that there are as
    /// many of each as before.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] for fewer than two resamples, a confidence that is not between 0 and
    /// 1, or a FAR that is no rate.
    pub fn pairs<T: DistanceValue>(
        &self,
        scores: &Scores<T>,
    ) -> Result<BootstrapReport, MetricsError> {
        self.report(scores, |draws| {
            let genuine = draws.counts(scores.genuine().len());
            let impostor = draws.counts(scores.impostor().len());
            Resample::new(
                scores,
                |at| u64::from(genuine[at]),
                |at| u64::from(impostor[at]),
                &self.fars,
            )
        })
    }

    /// Draws identities, and takes the pairs among them: what the numbers would be for other people.
    ///
    /// Pair `k` has distance `distances[k]` and is of the identities `identities[k]`; it is genuine
    /// where the two are one. A person drawn `a` times and another drawn `b` times bring `a · b` of
    /// each impostor pair between them, and `a` of each genuine pair. Copies of one person are no
    /// impostors of each other.
    ///
    /// # Errors
    ///
    /// As [`pairs`](Self::pairs), [`MetricsError::Length`] where the lists differ in length, and
    /// [`MetricsError::NotFinite`] for a distance that is NaN or infinite.
    pub fn identities<T: DistanceValue>(
        &self,
        distances: &[T],
        identities: &[[u32; 2]],
    ) -> Result<BootstrapReport, MetricsError> {
        MetricsError::check_length("identities", identities.len(), distances.len())?;
        let same: Vec<bool> = identities.iter().map(|[a, b]| a == b).collect();
        let scores = Scores::new(distances, &same)?;
        let mut people = BTreeMap::new();
        for identity in identities.iter().flatten() {
            let next = people.len() as u32;
            people.entry(*identity).or_insert(next);
        }
        // The people of each pair, in the order of the sorted distances. Equal distances are always
        // taken together, so their order does not matter.
        let mut order: Vec<usize> = (0..distances.len()).collect();
        order.par_sort_unstable_by(|&a, &b| distances[a].total_order(&distances[b]));
        let people_of = |wanted: bool| -> Vec<[u32; 2]> {
            let of = order.iter().filter(|&&at| same[at] == wanted);
            of.map(|&at| identities[at].map(|identity| people[&identity]))
                .collect()
        };
        let (genuine, impostor) = (people_of(true), people_of(false));
        self.report(&scores, |draws| {
            let times = draws.counts(people.len());
            Resample::new(
                &scores,
                |at| u64::from(times[genuine[at][0] as usize]),
                |at| {
                    let [a, b] = impostor[at].map(|person| u64::from(times[person as usize]));
                    a * b
                },
                &self.fars,
            )
        })
    }

    /// Draws the identities of a set of embeddings, and takes all pairs among them: what
    /// [`Scores::all_pairs`] would give for other people.
    ///
    /// Memory: 32 bytes a pair, `16 N²` in all: 400 MB for 5,000 embeddings.
    ///
    /// # Shapes
    ///
    /// `embeddings` is `[N, dimensions]`, and `labels` has `N` identities.
    ///
    /// # Errors
    ///
    /// As [`Scores::all_pairs`] and [`pairs`](Self::pairs).
    pub fn all_pairs(
        &self,
        embeddings: ArrayView2<'_, f32>,
        labels: &[u32],
        kind: DistanceKind,
    ) -> Result<BootstrapReport, MetricsError> {
        MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
        let tiles = DistanceTiles::all_pairs(embeddings, kind)?;
        let (distances, identities): (Vec<f32>, Vec<[u32; 2]>) = tiles
            .strips()
            .par_iter()
            .flat_map_iter(|strip| {
                let mut pairs = Vec::new();
                strip.for_each_tile(|tile| {
                    let of = |(row, column, distance): (usize, usize, f32)| {
                        (distance, [labels[row], labels[column]])
                    };
                    pairs.extend(tile.pairs().map(of));
                });
                pairs
            })
            .unzip();
        self.identities(&distances, &identities)
    }

    fn report<T: DistanceValue>(
        &self,
        scores: &Scores<T>,
        resample: impl Fn(&mut Draws) -> Option<Resample> + Sync,
    ) -> Result<BootstrapReport, MetricsError> {
        check_confidence(self.confidence)?;
        self.fars.iter().try_for_each(|&far| check_far(far))?;
        if self.resamples < 2 {
            return Err(MetricsError::Setting {
                setting: "resamples",
                found: self.resamples.to_string(),
                expected: "at least 2, and 1,000 or more for an interval of 0.95",
            });
        }
        let Some(whole) = Resample::new(scores, |_| 1, |_| 1, &self.fars) else {
            return Ok(BootstrapReport {
                resamples: self.resamples,
                skipped: self.resamples,
                auc: None,
                eer: None,
                accuracy: None,
                val: Vec::new(),
            });
        };
        let drawn: Vec<Option<Resample>> = (0..self.resamples)
            .into_par_iter()
            .map(|at| resample(&mut Draws::new(self.seed, at as u64)))
            .collect();
        let kept: Vec<Resample> = drawn.into_iter().flatten().collect();
        let estimate = |pick: &dyn Fn(&Resample) -> Option<f64>| {
            let values = kept.iter().filter_map(pick).collect();
            self.estimate(pick(&whole)?, values)
        };
        let val = self
            .fars
            .iter()
            .enumerate()
            .filter_map(|(at, &far_target)| {
                Some(ValAtFarEstimate {
                    far_target,
                    val: estimate(&|r| r.val.get(at).copied())?,
                    below_resolution: allowed(far_target, scores.impostor().len() as u64) == 0,
                })
            });
        Ok(BootstrapReport {
            resamples: self.resamples,
            skipped: self.resamples - kept.len(),
            auc: estimate(&|r| Some(r.auc)),
            eer: estimate(&|r| Some(r.eer)),
            accuracy: estimate(&|r| Some(r.accuracy)),
            val: val.collect(),
        })
    }

    fn estimate(&self, value: f64, mut values: Vec<f64>) -> Option<Estimate> {
        if values.len() < 2 {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
        values.sort_unstable_by(f64::total_cmp);
        Some(Estimate {
            value,
            standard_error: (squares / (n - 1.0)).sqrt(),
            interval: Interval::percentile(&values, self.confidence)?,
        })
    }
}

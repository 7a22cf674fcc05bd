use std::borrow::Cow;

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::far::{DEFAULT_FARS, allowed, check_far};
use super::folds::Folds;
use super::grid::{GridCounts, thresholds};
use super::report::VerificationReport;
use super::roc::{RocCurve, RocPoint};
use super::scores::Scores;
use crate::distance::{DistanceKind, pair_distances};
use crate::{MeanStd, MetricsError};

/// Thresholds that the accuracy is maximized over: 0, 0.01, … for distances up to 4.
const ACCURACY_GRID: usize = 400;

/// Thresholds that the FAR is interpolated over: 0, 0.001, … for distances up to 4.
const FAR_GRID: usize = 4000;

/// The k-fold protocol of LFW View 2, as davidsandberg/facenet and insightface compute it.
///
/// For each fold, the threshold is the first of the grid `0, 0.01, …` with the highest accuracy on
/// the other folds, where a pair is called "same" with its distance *below* the threshold; the
/// accuracy is measured on the fold. VAL at a FAR likewise, on the grid `0, 0.001, …` with linear
/// interpolation between the last threshold whose FAR is not above the target and the first whose
/// FAR is. The paper's 99.63 % ± 0.09 (§5.6) is [`LfwAccuracy`]'s mean ± standard error.
///
/// The grids have 400 and 4,000 steps over the range of the distance, which is 4 or 1
/// ([`DistanceKind::range`]) unless [set](Self::with_range): 8 for two unit embeddings (a photograph
/// and its mirror image) concatenated. davidsandberg/facenet keeps `0..4` throughout, which
/// concatenation exceeds and the angle uses a quarter of.
///
/// A fold without genuine (or impostor) pairs leaves the means that divide by them, which say how many
/// folds they hold ([`LfwVal::folds`]); davidsandberg/facenet divides by zero. Where the FAR of several
/// thresholds is the target itself, the last of them is taken; `interp1d`, which davidsandberg/facenet
/// calls, agrees where it is one, and otherwise refuses. Where no
/// threshold reaches the target FAR, the last of the grid is taken; davidsandberg/facenet takes 0
/// there, and so reports VAL 0.
#[derive(Clone, Debug, PartialEq)]
pub struct LfwProtocol {
    folds: Folds,
    distance: DistanceKind,
    range: Option<f64>,
    subtract_mean: bool,
    fars: Vec<f64>,
}

/// The accuracy over the folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LfwAccuracy {
    /// The mean over the folds.
    pub mean: f64,
    /// The population standard deviation over the folds.
    pub std: f64,
    /// The standard error of the mean, `std / √folds`, which the paper quotes.
    pub sem: f64,
    /// The accuracy on each fold.
    pub per_fold: Vec<f64>,
    /// The threshold for each fold, chosen on the others.
    pub thresholds: Vec<f64>,
}

/// VAL at a FAR over the folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LfwVal {
    /// The FAR that the thresholds are chosen for.
    pub far: f64,
    /// Mean VAL over the held-out folds; `None` where no fold has genuine pairs, with impostor pairs
    /// in the others.
    pub mean: Option<f64>,
    /// Its population standard deviation.
    pub std: Option<f64>,
    /// The number of folds in the mean: those with genuine pairs, and impostor pairs in the others.
    #[serde(default)]
    pub folds: usize,
    /// Mean FAR that the held-out folds show at those thresholds.
    pub far_mean: Option<f64>,
    /// The number of folds in the mean FAR: those with impostor pairs, there and in the others.
    #[serde(default)]
    pub far_folds: usize,
    /// The threshold for each fold; `None` where the other folds have no impostor pair.
    pub thresholds: Vec<Option<f64>>,
    /// Whether `far` is below one impostor pair of the folds that a threshold is chosen on. The
    /// threshold then lies at the edge of the first false accept, and VAL is not VAL at `far`.
    pub below_resolution: bool,
}

/// What the protocol reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LfwReport {
    /// The accuracy over the folds.
    pub accuracy: LfwAccuracy,
    /// VAL at each FAR asked for.
    pub val: Vec<LfwVal>,
    /// The ROC on the accuracy grid, averaged over the held-out folds; `None` where all pairs are of
    /// one kind.
    pub roc: Option<RocCurve>,
    /// The area under the averaged ROC, by trapezoids. Where the grid ends before FAR 1, the curve is
    /// closed by a straight line to (1, 1).
    pub auc: Option<f64>,
    /// The equal error rate of the averaged ROC.
    pub eer: Option<f64>,
    /// The same pairs without folds and grids.
    pub exact: VerificationReport,
}

/// The distances of all pairs, as one fold sees them.
enum Distances {
    Shared(Vec<f64>),
    PerFold(Vec<Vec<f64>>),
}

impl Distances {
    fn of(&self, fold: usize) -> &[f64] {
        match self {
            Distances::Shared(all) => all,
            Distances::PerFold(folds) => folds.get(fold).map_or(&[], Vec::as_slice),
        }
    }
}

impl LfwProtocol {
    /// The protocol over `folds`: squared Euclidean distance, no mean subtracted, VAL at FAR 1e-3.
    pub fn new(folds: Folds) -> LfwProtocol {
        LfwProtocol {
            folds,
            distance: DistanceKind::SquaredEuclidean,
            range: None,
            subtract_mean: false,
            fars: vec![1e-3],
        }
    }

    /// View 2 of Labeled Faces in the Wild (Huang et al. 2007): ten folds of 600 pairs.
    pub fn lfw() -> LfwProtocol {
        LfwProtocol::new(Folds::ten(600))
    }

    /// YouTube Faces (Wolf et al. 2011): ten folds of 500 pairs of videos, evaluated as LFW's.
    ///
    /// The distances are those of [`video_distances`](crate::distance::video_distances), given to
    /// [`evaluate_distances`](Self::evaluate_distances).
    pub fn youtube_faces() -> LfwProtocol {
        LfwProtocol::new(Folds::ten(500))
    }

    /// Measures distances in another way.
    pub fn with_distance(mut self, distance: DistanceKind) -> LfwProtocol {
        self.distance = distance;
        self
    }

    /// Sets the range of the distances, and with it of the threshold grids; 8 for two unit
    /// embeddings side by side, of a face and its mirror image.
    pub fn with_range(mut self, range: f64) -> LfwProtocol {
        self.range = Some(range);
        self
    }

    /// Subtracts the mean of the training folds' embeddings before distances are measured.
    ///
    /// It changes angles; differences, and with them the squared Euclidean distance, stay the same.
    pub fn with_mean_subtracted(mut self, subtract_mean: bool) -> LfwProtocol {
        self.subtract_mean = subtract_mean;
        self
    }

    /// Reports VAL at these false accept rates.
    pub fn with_fars(mut self, fars: impl Into<Vec<f64>>) -> LfwProtocol {
        self.fars = fars.into();
        self
    }

    /// Evaluates pairs of embeddings: row `i` of `left` with row `i` of `right`, of one person where
    /// `same[i]`.
    ///
    /// # Shapes
    ///
    /// `left` and `right` are `[pairs, dimensions]`, `same` has `pairs` entries.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] and [`MetricsError::Folds`] where the lists or the folds do not fit
    /// each other, [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings
    /// without a distance, [`MetricsError::OutOfRange`] for a distance outside the range,
    /// [`MetricsError::Setting`] for a range or a FAR that cannot be.
    pub fn evaluate(
        &self,
        left: ArrayView2<'_, f32>,
        right: ArrayView2<'_, f32>,
        same: &[bool],
    ) -> Result<LfwReport, MetricsError> {
        self.check(same, left.nrows())?;
        // A mean cancels in differences, so only angles need distances of their own for each fold.
        if self.subtract_mean && self.distance == DistanceKind::Angle {
            MetricsError::check_length("right embeddings", right.nrows(), left.nrows())?;
            MetricsError::check_length("right dimensions", right.ncols(), left.ncols())?;
            let folds = (0..self.folds.ranges().len())
                .into_par_iter()
                .map(|fold| self.centered_distances(left, right, fold))
                .collect::<Result<Vec<_>, _>>()?;
            self.report(Distances::PerFold(folds), same)
        } else {
            let all = pair_distances(left, right, self.distance)?;
            self.report(Distances::Shared(all), same)
        }
    }

    /// Evaluates pairs whose distances are already known.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate), and [`MetricsError::Setting`] where a mean is to be
    /// subtracted, which needs the embeddings.
    pub fn evaluate_distances(
        &self,
        distances: &[f64],
        same: &[bool],
    ) -> Result<LfwReport, MetricsError> {
        self.check(same, distances.len())?;
        if self.subtract_mean {
            return Err(MetricsError::Setting {
                setting: "subtract mean",
                found: "distances".to_owned(),
                expected: "embeddings, whose mean can be subtracted",
            });
        }
        self.report(Distances::Shared(distances.to_vec()), same)
    }

    fn check(&self, same: &[bool], pairs: usize) -> Result<(), MetricsError> {
        MetricsError::check_length("same", same.len(), pairs)?;
        if self.folds.pairs() != pairs {
            return Err(MetricsError::Folds {
                found: format!("{} pairs in the folds", self.folds.pairs()),
                expected: format!("{pairs}, the number of pairs"),
            });
        }
        let range = self.range();
        if !(range.is_finite() && range > 0.0) {
            return Err(MetricsError::Setting {
                setting: "range",
                found: range.to_string(),
                expected: "a positive number",
            });
        }
        self.fars.iter().try_for_each(|&far| check_far(far))
    }

    fn range(&self) -> f64 {
        self.range.unwrap_or_else(|| self.distance.range())
    }

    /// The distances of all pairs after the mean of all folds but one is subtracted.
    fn centered_distances(
        &self,
        left: ArrayView2<'_, f32>,
        right: ArrayView2<'_, f32>,
        fold: usize,
    ) -> Result<Vec<f64>, MetricsError> {
        let held_out = self.folds.ranges().get(fold).cloned().unwrap_or_default();
        let mut sum = Array1::<f64>::zeros(left.ncols());
        for side in [left, right] {
            let before = side.slice(s![..held_out.start, ..]);
            let after = side.slice(s![held_out.end.., ..]);
            for row in before.rows().into_iter().chain(after.rows()) {
                sum.zip_mut_with(&row, |total, &x| *total += f64::from(x));
            }
        }
        let mean = sum / (2 * (left.nrows() - held_out.len())) as f64;
        let center = |side: ArrayView2<'_, f32>| -> Array2<f32> {
            let mut side = side.to_owned();
            for mut row in side.axis_iter_mut(Axis(0)) {
                row.zip_mut_with(&mean, |x, &m| *x = (f64::from(*x) - m) as f32);
            }
            side
        };
        pair_distances(center(left).view(), center(right).view(), self.distance)
    }

    fn check_range(&self, distances: &[f64]) -> Result<(), MetricsError> {
        let range = self.range();
        // Opposite unit embeddings of rounded length may be a little more than the range apart.
        let limit = range * (1.0 + 1e-4);
        match distances.iter().position(|d| !(0.0..=limit).contains(d)) {
            None => Ok(()),
            Some(index) => Err(match distances.get(index).copied() {
                Some(distance) if distance.is_finite() => MetricsError::OutOfRange {
                    index,
                    distance,
                    range,
                },
                _ => MetricsError::NotFinite {
                    what: "distance",
                    index,
                },
            }),
        }
    }

    fn report(&self, distances: Distances, same: &[bool]) -> Result<LfwReport, MetricsError> {
        match &distances {
            Distances::Shared(all) => self.check_range(all)?,
            Distances::PerFold(folds) => folds.iter().try_for_each(|all| self.check_range(all))?,
        }
        let grid = thresholds(self.range(), ACCURACY_GRID);
        let far_grid = thresholds(self.range(), FAR_GRID);
        let folds: Vec<Fold> = self
            .folds
            .ranges()
            .par_iter()
            .enumerate()
            .map(|(index, held_out)| {
                let all = distances.of(index);
                let pairs = || all.iter().copied().zip(same.iter().copied()).enumerate();
                let test = |&(at, _): &(usize, (f64, bool))| held_out.contains(&at);
                let train = pairs().filter(|pair| !test(pair)).map(|(_, pair)| pair);
                let test: Vec<(f64, bool)> = pairs().filter(test).map(|(_, pair)| pair).collect();
                Fold::new(self, &grid, &far_grid, train, test)
            })
            .collect();
        let per_fold: Vec<f64> = folds.iter().map(|fold| fold.accuracy).collect();
        let accuracy = MeanStd::new(&per_fold).ok_or_else(|| MetricsError::Folds {
            found: "none".to_owned(),
            expected: "at least 2".to_owned(),
        })?;
        let roc = averaged_roc(&grid, &folds);
        // Each pair counts with the distance it has where it is held out.
        let held_out: Cow<'_, [f64]> = match &distances {
            Distances::Shared(all) => Cow::Borrowed(all),
            Distances::PerFold(_) => folds
                .iter()
                .flat_map(|fold| fold.test.iter().map(|&(distance, _)| distance))
                .collect(),
        };
        Ok(LfwReport {
            accuracy: LfwAccuracy {
                mean: accuracy.mean,
                std: accuracy.std,
                sem: accuracy.sem,
                thresholds: folds.iter().map(|fold| fold.threshold).collect(),
                per_fold,
            },
            val: (0..self.fars.len())
                .filter_map(|at| self.val(&folds, at))
                .collect(),
            auc: roc.as_ref().map(RocCurve::area),
            eer: roc.as_ref().and_then(RocCurve::equal_error_rate),
            roc,
            exact: VerificationReport::new(&Scores::new(&held_out, same)?, &DEFAULT_FARS)?,
        })
    }

    fn val(&self, folds: &[Fold], at: usize) -> Option<LfwVal> {
        let far = *self.fars.get(at)?;
        let results: Vec<FoldVal> = folds
            .iter()
            .filter_map(|fold| fold.val.get(at).copied())
            .collect();
        let mean = |pick: fn(&FoldVal) -> Option<f64>| {
            MeanStd::new(&results.iter().filter_map(pick).collect::<Vec<_>>())
        };
        let (val, shown) = (mean(|result| result.val), mean(|result| result.far));
        Some(LfwVal {
            far,
            mean: val.map(|v| v.mean),
            std: val.map(|v| v.std),
            folds: val.map_or(0, |v| v.count),
            far_mean: shown.map(|v| v.mean),
            far_folds: shown.map_or(0, |v| v.count),
            thresholds: results.iter().map(|result| result.threshold).collect(),
            below_resolution: results.iter().any(|result| result.below_resolution),
        })
    }
}

/// What one fold contributes.
struct Fold {
    threshold: f64,
    accuracy: f64,
    counts: GridCounts,
    val: Vec<FoldVal>,
    test: Vec<(f64, bool)>,
}

#[derive(Clone, Copy)]
struct FoldVal {
    threshold: Option<f64>,
    val: Option<f64>,
    far: Option<f64>,
    below_resolution: bool,
}

impl Fold {
    fn new(
        protocol: &LfwProtocol,
        grid: &[f64],
        far_grid: &[f64],
        train: impl Iterator<Item = (f64, bool)> + Clone,
        test: Vec<(f64, bool)>,
    ) -> Fold {
        let best = GridCounts::new(grid, train.clone()).best();
        let counts = GridCounts::new(grid, test.iter().copied());
        let far_counts = GridCounts::new(far_grid, train);
        let val = protocol
            .fars
            .iter()
            .map(|&target| {
                let threshold = far_counts.threshold_at_far(far_grid, target);
                let rate = |wanted: bool| {
                    let threshold = threshold?;
                    let of = test.iter().filter(|&&(_, same)| same == wanted);
                    let accepted = of.clone().filter(|&&(d, _)| d < threshold).count();
                    let total = of.count();
                    (total > 0).then(|| accepted as f64 / total as f64)
                };
                FoldVal {
                    threshold,
                    val: rate(true),
                    far: rate(false),
                    below_resolution: allowed(target, far_counts.impostor) == 0,
                }
            })
            .collect();
        Fold {
            threshold: grid.get(best).copied().unwrap_or(0.0),
            accuracy: counts.accuracy(best),
            counts,
            val,
            test,
        }
    }
}

/// The mean of the folds' ROCs, threshold by threshold, closed at (1, 1).
fn averaged_roc(grid: &[f64], folds: &[Fold]) -> Option<RocCurve> {
    let mean = |at: usize, total: fn(&GridCounts) -> u64, accepts: fn(&GridCounts) -> &[u64]| {
        let rates: Vec<f64> = folds
            .iter()
            .map(|fold| &fold.counts)
            .filter(|counts| total(counts) > 0)
            .filter_map(|counts| Some(*accepts(counts).get(at)? as f64 / total(counts) as f64))
            .collect();
        MeanStd::new(&rates).map(|m| m.mean)
    };
    let mut points = grid
        .iter()
        .enumerate()
        .map(|(at, &threshold)| {
            Some(RocPoint {
                threshold: Some(threshold),
                far: mean(at, |c| c.impostor, |c| &c.false_accepts)?,
                val: mean(at, |c| c.genuine, |c| &c.true_accepts)?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    if points.last().is_some_and(|p| p.far < 1.0 || p.val < 1.0) {
        // No threshold of the grid accepts all; one beyond every distance does.
        let largest = folds
            .iter()
            .flat_map(|fold| fold.test.iter().map(|&(distance, _)| distance))
            .fold(0.0, f64::max);
        points.push(RocPoint {
            threshold: Some(largest.next_up()),
            far: 1.0,
            val: 1.0,
        });
    }
    Some(RocCurve {
        genuine: folds.iter().map(|fold| fold.counts.genuine as usize).sum(),
        impostor: folds.iter().map(|fold| fold.counts.impostor as usize).sum(),
        points,
    })
}

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{ArrayView2, Axis};

use super::brackets::{first_plan, plan_to_keep_all};
use super::histogram::Histogram;
use super::pairs::Pairs;
use super::pass::{PassResult, Plan, pass};
use super::report::AllPairsReport;
use super::sample::Sample;
use super::splits::{AllPairsSplits, check_splits};
use crate::MetricsError;
use crate::distance::DistanceKind;
use crate::verification::far::{DEFAULT_FARS, check_far};

/// Bytes for distances that are kept, unless told otherwise.
const MEMORY: usize = 128 << 20;
/// Impostor pairs up to which all distances are kept.
const FEW: u64 = 1 << 22;
/// Pairs for each pair of the sample, and the sample's smallest and largest size.
const PER_SAMPLED: u64 = 32;
const SAMPLE: (usize, usize) = (1 << 16, 1 << 23);

type Listener = Arc<dyn Fn(&AllPairsProgress) + Send + Sync>;

/// Verification over all pairs, by the number of embeddings that the paper's hold-out set has (§4.1, §5.1):
/// exact VAL at FAR and equal error rate, and no list of pairs.
///
/// [`Scores::all_pairs`](crate::Scores::all_pairs) needs 4 bytes a pair, 20 GB for 100,000 embeddings; this
/// needs a fixed amount, and gives the same numbers. The distances are computed once, tile after tile on
/// all threads, and counted; only those near the thresholds are kept. What comes out depends neither on the
/// number of threads nor on the memory given.
///
/// Memory: [`with_memory`](Self::with_memory), and some 1.5 MiB a thread, beside the embeddings.
///
/// ```
/// use facenet_metrics::{AllPairsProtocol, DistanceKind};
/// use ndarray::array;
///
/// let embeddings = array![[1.0, 0.0], [0.8, 0.6], [0.0, -1.0], [-0.6, -0.8]];
/// let report = AllPairsProtocol::new(DistanceKind::SquaredEuclidean)
///     .with_fars([0.25])
///     .evaluate(embeddings.view(), &[7, 7, 9, 9])?;
/// assert_eq!((report.genuine, report.impostor), (2, 4));
/// assert_eq!((report.val[0].true_accepts, report.val[0].false_accepts), (2, 1));
/// assert_eq!(report.auc.and_then(|auc| auc.exact()), Some(1.0));
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone)]
pub struct AllPairsProtocol {
    distance: DistanceKind,
    fars: Vec<f64>,
    memory: usize,
    roc: bool,
    listener: Option<Listener>,
}

/// How far an evaluation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllPairsProgress {
    /// The split, counted from 0; 0 without splits.
    pub split: usize,
    /// The pass over all pairs, counted from 1. A second one is rare
    /// ([`AllPairsReport::passes`](super::AllPairsReport::passes)).
    pub pass: usize,
    /// Pairs that the pass has seen.
    pub done: u64,
    /// Pairs of the pass.
    pub pairs: u64,
}

impl fmt::Debug for AllPairsProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllPairsProtocol")
            .field("distance", &self.distance)
            .field("fars", &self.fars)
            .field("memory", &self.memory)
            .field("roc", &self.roc)
            .finish_non_exhaustive()
    }
}

impl AllPairsProtocol {
    /// The protocol with one distance, and VAL at FAR 1e-1 to 1e-6 ([`DEFAULT_FARS`]).
    pub fn new(distance: DistanceKind) -> AllPairsProtocol {
        AllPairsProtocol {
            distance,
            fars: DEFAULT_FARS.to_vec(),
            memory: MEMORY,
            roc: false,
            listener: None,
        }
    }

    /// Reports VAL at these false accept rates.
    pub fn with_fars(mut self, fars: impl Into<Vec<f64>>) -> AllPairsProtocol {
        self.fars = fars.into();
        self
    }

    /// Sets the bytes for distances that are kept, 128 MiB unless set. With too few, distances are computed
    /// more than once; what comes out is the same.
    pub fn with_memory(mut self, bytes: usize) -> AllPairsProtocol {
        self.memory = bytes;
        self
    }

    /// Reports the ROC too, as points for a figure.
    pub fn with_roc(mut self, roc: bool) -> AllPairsProtocol {
        self.roc = roc;
        self
    }

    /// Tells a listener how far the evaluation is, some hundred times, from any thread but from one at a
    /// time.
    pub fn with_progress(
        mut self,
        listener: impl Fn(&AllPairsProgress) + Send + Sync + 'static,
    ) -> AllPairsProtocol {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Evaluates the `N (N − 1) / 2` pairs of the rows of `embeddings`.
    ///
    /// # Shapes
    ///
    /// `embeddings` is `[N, dimensions]`, and `labels` has `N` identities.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where there is not one label for each embedding,
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a distance,
    /// [`MetricsError::Setting`] for a FAR that is not between 0 and 1.
    pub fn evaluate(
        &self,
        embeddings: ArrayView2<'_, f32>,
        labels: &[u32],
    ) -> Result<AllPairsReport, MetricsError> {
        self.report(&Pairs::all(embeddings, labels, self.distance)?, 0)
    }

    /// Evaluates every probe against every gallery embedding.
    ///
    /// # Shapes
    ///
    /// `probe` is `[P, dimensions]` with `P` labels, `gallery` is `[G, dimensions]` with `G` labels.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate), and [`MetricsError::Length`] where the dimensions differ.
    pub fn evaluate_probe_gallery(
        &self,
        probe: ArrayView2<'_, f32>,
        probe_labels: &[u32],
        gallery: ArrayView2<'_, f32>,
        gallery_labels: &[u32],
    ) -> Result<AllPairsReport, MetricsError> {
        let (probe, gallery) = ((probe, probe_labels), (gallery, gallery_labels));
        self.report(&Pairs::probe_gallery(probe, gallery, self.distance)?, 0)
    }

    /// Evaluates splits one by one, and gives their mean with its standard error, as the paper does with
    /// five (§4.1).
    ///
    /// `splits` has the rows of each split, as [`identity_splits`](super::identity_splits) gives them.
    /// Memory: the embeddings of a split once more.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate), and [`MetricsError::Setting`] for splits that share an identity, or
    /// name a row that is not there or is named already.
    pub fn evaluate_splits(
        &self,
        embeddings: ArrayView2<'_, f32>,
        labels: &[u32],
        splits: &[Vec<usize>],
    ) -> Result<AllPairsSplits, MetricsError> {
        MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
        check_splits(labels, splits)?;
        let reports = splits
            .iter()
            .enumerate()
            .map(|(split, rows)| {
                let part = embeddings.select(Axis(0), rows);
                let labels: Vec<u32> = rows.iter().map(|&row| labels[row]).collect();
                self.report(&Pairs::all(part.view(), &labels, self.distance)?, split)
            })
            .collect::<Result<Vec<_>, _>>()?;
        AllPairsSplits::new(reports)
    }

    fn report(&self, pairs: &Pairs<'_>, split: usize) -> Result<AllPairsReport, MetricsError> {
        self.fars.iter().try_for_each(|&far| check_far(far))?;
        let totals = pairs.totals();
        let [genuine, impostor] = totals;
        let mut report = AllPairsReport {
            genuine,
            impostor,
            auc: None,
            eer: None,
            val: Vec::new(),
            roc: None,
            passes: 0,
        };
        if genuine == 0 || impostor == 0 {
            return Ok(report);
        }
        let room = self.memory / (2 * size_of::<f32>());
        let plan = if impostor <= FEW.min(room as u64) {
            plan_to_keep_all(room)
        } else {
            let most = (self.memory / 16).clamp(SAMPLE.0, SAMPLE.1);
            let size = (impostor / PER_SAMPLED).clamp(SAMPLE.0 as u64, most as u64);
            let sample = Sample::new(pairs, genuine, size as usize)?;
            first_plan(&sample, &self.fars, totals, room)
        };
        let total = genuine + impostor;
        let found = self.pass(pairs, &plan, total, split, 1);
        let mut histogram = Histogram::new(totals, &plan, found);
        report.passes = 1;
        loop {
            match histogram.answers(&self.fars, room) {
                Ok(answers) => {
                    report.auc = Some(answers.auc);
                    report.eer = Some(answers.eer);
                    report.val = answers.val;
                    report.roc = self.roc.then(|| histogram.roc());
                    return Ok(report);
                }
                Err(next) => {
                    report.passes += 1;
                    let found = self.pass(pairs, &next.plan, total, split, report.passes);
                    histogram.learn(&next, found);
                }
            }
        }
    }

    fn pass(
        &self,
        pairs: &Pairs<'_>,
        plan: &Plan,
        total: u64,
        split: usize,
        number: usize,
    ) -> PassResult {
        let done = Mutex::new(0);
        pass(pairs, plan, &|more| {
            if let Some(listener) = &self.listener {
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                *done += more;
                listener(&AllPairsProgress {
                    split,
                    pass: number,
                    done: *done,
                    pairs: total,
                });
            }
        })
    }
}

//! What a forward pass gives.

use burn::tensor::{Int, Tensor, Transaction};

/// The loss of a batch and the statistics that tell what it means.
#[derive(Debug, Clone)]
pub struct TripletOutput {
    /// The loss, `[1]`; in f32, or in f64 for f64 embeddings. 0 where the rule selects no triplet, NaN where a
    /// distance is not finite.
    pub loss: Tensor<1>,
    /// Counts and mean distances.
    pub stats: TripletStats,
}

/// Statistics of a batch, kept on the device until [`read`](Self::read) asks for them.
#[derive(Debug, Clone)]
pub struct TripletStats {
    /// The anchors, in f32 or f64.
    pub(crate) embeddings: Tensor<2>,
    /// One row per anchor: positives, negatives, and selected, active and violating triplets. Counts per anchor fit
    /// into the 32-bit integers of a GPU where their sum over the batch does not.
    pub(crate) counts: Tensor<2, Int>,
    /// One row per anchor: sums of d_ap and of d_an.
    pub(crate) sums: Tensor<2>,
}

/// Statistics of a batch.
///
/// All counts and means are over ordered triplets and ordered pairs, each pair counted from both of its ends.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TripletSummary {
    /// Embeddings in the batch.
    pub anchors: u64,
    /// Anchors with at least one positive and at least one negative.
    pub valid_anchors: u64,
    /// Triplets (a, p, n) with p of the identity of a and n of another.
    pub valid_triplets: u64,
    /// Valid triplets that the mining rule took.
    pub selected_triplets: u64,
    /// Selected triplets with a cost above 0.
    pub active_triplets: u64,
    /// Triplets with d_an < d_ap + α, selected or not, over the positives that the rule looks at: the farthest of each
    /// anchor for batch-hard, all of them for the others. 0 says that every valid triplet keeps the margin.
    pub violating_triplets: u64,
    /// Mean distance of the positive pairs of the batch; `None` where it has none.
    pub mean_d_ap: Option<f64>,
    /// Mean distance of the negative pairs of the batch; `None` where it has none.
    pub mean_d_an: Option<f64>,
    /// Mean of ‖x − mean of x‖² over the batch: 0 for collapsed embeddings, 1 at most for those of unit length.
    pub embedding_variance: f64,
    /// Embedding variance over the mean of ‖x‖², in [0, 1] whatever the embeddings' length; 0 where all are 0.
    pub spread: f64,
}

/// What the statistics say about a batch, where the loss alone may read 0 for three reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchState {
    /// No anchor has both a positive and a negative: the sampler's business.
    NoTriplets,
    /// All embeddings are nearly the same, [`TripletSummary::spread`] below
    /// [`COLLAPSE_SPREAD`](TripletSummary::COLLAPSE_SPREAD): the training has failed.
    Collapsed,
    /// Every valid triplet keeps the margin: the batch is learnt.
    Separated,
    /// Some triplets violate the margin, whether the rule selects them or not.
    Violating,
}

impl TripletStats {
    /// Reads the statistics back; waits once for the device.
    ///
    /// # Panics
    /// Where the device failed, as Burn's `into_data` does.
    pub fn read(&self) -> TripletSummary {
        let shape = self.embeddings.dims();
        let transaction = Transaction::default()
            .register(self.counts.clone())
            .register(self.sums.clone());
        // A tensor without elements is not read.
        let data = match shape[0] {
            0 => transaction.execute(),
            _ => transaction.register(self.embeddings.clone()).execute(),
        };
        let counts: Vec<u64> = data[0].iter::<i64>().map(|n| n as u64).collect();
        let sums: Vec<f64> = data[1].iter::<f64>().collect();
        let (counts, _) = counts.as_chunks::<COUNTS>();
        let (sums, _) = sums.as_chunks::<SUMS>();

        let count = |of: fn(&[u64; COUNTS]) -> u64| counts.iter().map(of).sum::<u64>();
        let sum = |column: usize| sums.iter().map(|row| row[column]).sum::<f64>();
        let mean = |sum: f64, n: u64| (n > 0).then(|| sum / n as f64);
        let values: Vec<f64> = data
            .get(2)
            .map_or_else(Vec::new, |data| data.iter::<f64>().collect());
        let (variance, square) = moments(&values, shape[1]);
        TripletSummary {
            anchors: shape[0] as u64,
            valid_anchors: count(|row| u64::from(row[0] > 0 && row[1] > 0)),
            valid_triplets: count(|row| row[0] * row[1]),
            selected_triplets: count(|row| row[2]),
            active_triplets: count(|row| row[3]),
            violating_triplets: count(|row| row[4]),
            mean_d_ap: mean(sum(0), count(|row| row[0])),
            mean_d_an: mean(sum(1), count(|row| row[1])),
            embedding_variance: variance,
            spread: if square == 0.0 {
                0.0
            } else {
                variance / square
            },
        }
    }
}

/// Means of ‖x − mean of x‖² and of ‖x‖² over rows of `dim` values; 0 where there are none.
fn moments(values: &[f64], dim: usize) -> (f64, f64) {
    let rows = (values.len() / dim).max(1) as f64;
    let mut center = vec![0.0; dim];
    for row in values.chunks_exact(dim) {
        center.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    center.iter_mut().for_each(|sum| *sum /= rows);
    let (mut variance, mut square) = (0.0, 0.0);
    for row in values.chunks_exact(dim) {
        for (x, center) in row.iter().zip(&center) {
            variance += (x - center) * (x - center);
            square += x * x;
        }
    }
    (variance / rows, square / rows)
}

/// Columns of [`TripletStats::counts`].
pub(crate) const COUNTS: usize = 5;
/// Columns of [`TripletStats::sums`].
pub(crate) const SUMS: usize = 2;

impl TripletSummary {
    /// The spread below which a batch counts as collapsed.
    ///
    /// For embeddings of unit length it is a mean squared distance of 2·10⁻⁴ between two of them, a thousandth of
    /// FaceNet's margin.
    pub const COLLAPSE_SPREAD: f64 = 1e-4;

    /// What the statistics say about the batch.
    pub fn state(&self) -> BatchState {
        if self.valid_triplets == 0 {
            BatchState::NoTriplets
        } else if self.spread < Self::COLLAPSE_SPREAD {
            BatchState::Collapsed
        } else if self.violating_triplets == 0 {
            BatchState::Separated
        } else {
            BatchState::Violating
        }
    }
}

//! The loss composed of Burn's tensor operations: right on every backend, and the oracle of faster ones.
//!
//! Nothing here is recorded for differentiation. The loss is a scalar, so its gradient for the embeddings, one
//! `[batch, dim]` tensor, is made beside it: first W = dL/dD for the matrix of distances D, triplet by triplet, then
//! the distance's own derivative. All that a graph keeps of a forward pass is that one tensor.
//!
//! Triplets are never listed. One positive of each anchor is taken at a time, and with it a `[batch, batch]` matrix
//! holds the anchor's triplets with all negatives: for B embeddings of dimension D and at most K images of an
//! identity, the time is O(B²·(D + K)) and the memory O(B²) beside a temporary of bounded size. The device is waited
//! for once in the forward pass, to learn K; batch-hard needs no K and does not wait.

use burn::tensor::{Bool, FloatDType, Int, Tensor};

use crate::distance::accumulator;
use crate::mining::{Pairs, any, count};
use crate::output::{COUNTS, SUMS, TripletStats};
use crate::{Reduction, TripletLossConfig};

/// What any implementation of the loss gives.
pub(crate) struct Evaluation {
    /// `[1]`.
    pub(crate) loss: Tensor<1>,
    /// dL/dx, `[batch, dim]`, where it was asked for.
    pub(crate) gradient: Option<Tensor<2>>,
    pub(crate) stats: TripletStats,
}

/// Evaluates the loss for embeddings and labels without a graph.
pub(crate) fn evaluate(
    config: &TripletLossConfig,
    embeddings: Tensor<2>,
    labels: Tensor<1, Int>,
    with_gradient: bool,
) -> Evaluation {
    let TripletLossConfig {
        distance,
        mining,
        margin,
        reduction,
    } = config;
    let x = accumulator(embeddings);
    let [batch, _] = x.dims();
    if batch == 0 {
        return empty(x, with_gradient);
    }
    let float = FloatDType::from(x.dtype());

    let pairs = Pairs::new(distance.pairwise(x.clone()), labels);
    let mut weights = pairs.distances.zeros_like();
    let mut costs = weights.clone().slice_dim(1, 0..1);
    let mut selected = pairs.positives.zeros_like();
    let mut active = selected.clone();
    let mut violating = selected.clone();

    for positive in mining.positives(&pairs) {
        let threshold = positive.distance.clone() + margin.alpha();
        let excess = threshold - pairs.distances.clone();
        let violators = excess
            .clone()
            .greater_elem(0.0)
            .bool_and(pairs.negative.clone())
            .bool_and(any(&positive.mask));
        let triplets = mining.negatives(&pairs, &positive, &violators);
        let others = triplets.clone().bool_not();

        let (cost, slope) = margin.cost_and_slope(excess);
        let cost = cost.mask_fill(others.clone(), 0.0);
        let slope = slope.mask_fill(others, 0.0);

        selected = selected + count(&triplets);
        active = active + count(&cost.clone().greater_elem(0.0));
        violating = violating + count(&violators);
        costs = costs + cost.sum_dim(1);
        let pull = positive.mask.float().cast(float) * slope.clone().sum_dim(1);
        weights = weights + pull - slope;
    }

    let valid = (pairs.positives.clone() * pairs.negatives.clone()).clamp_max(1);
    // Counts per anchor are exact integers; their sum may pass 2³¹, so it is a float, as a divisor has to be anyway.
    let total = |counts: &Tensor<2, Int>| counts.clone().float().cast(float).sum().clamp_min(1.0);
    let divisor = match reduction {
        Reduction::MeanActive => total(&active),
        Reduction::MeanSelected => total(&selected),
        Reduction::MeanAnchors => total(&valid),
        Reduction::Sum => Tensor::ones([1], (&x.device(), x.dtype())),
    };
    let finite = pairs.distances.clone().is_finite().all();
    let loss = (costs.sum() / divisor.clone()).mask_fill(finite.bool_not(), f32::NAN);
    let gradient = with_gradient.then(|| {
        let weights = weights / divisor.unsqueeze_dim::<2>(1);
        distance.gradient(x.clone(), pairs.distances.clone(), weights)
    });
    let counts = vec![
        pairs.positives.clone(),
        pairs.negatives.clone(),
        selected,
        active,
        violating,
    ];
    let stats = TripletStats {
        batch,
        counts: Tensor::cat(counts, 1),
        sums: sums(&pairs, x),
    };
    Evaluation {
        loss,
        gradient,
        stats,
    }
}

fn sums(pairs: &Pairs, x: Tensor<2>) -> Tensor<2> {
    let row_sum = |mask: &Tensor<2, Bool>| {
        pairs
            .distances
            .clone()
            .mask_fill(mask.clone().bool_not(), 0.0)
            .sum_dim(1)
    };
    let square = |x: Tensor<2>| (x.clone() * x).sum_dim(1);
    let centred = x.clone() - x.clone().mean_dim(0);
    let columns = vec![
        row_sum(&pairs.positive),
        row_sum(&pairs.negative),
        square(centred),
        square(x),
    ];
    Tensor::cat(columns, 1)
}

/// Nothing in, nothing out: tensors without elements are not sent through kernels.
fn empty(x: Tensor<2>, with_gradient: bool) -> Evaluation {
    let options = (&x.device(), x.dtype());
    Evaluation {
        loss: Tensor::zeros([1], options),
        gradient: with_gradient.then(|| x.clone()),
        stats: TripletStats {
            batch: 0,
            counts: Tensor::zeros([1, COUNTS], &x.device()),
            sums: Tensor::zeros([1, SUMS], options),
        },
    }
}

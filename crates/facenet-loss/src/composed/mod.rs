//! The loss composed of Burn's tensor operations: right on every backend, and the oracle of faster ones.
//!
//! Nothing here is recorded for differentiation. The loss is a scalar, so its gradient for the embeddings is made
//! beside it: first W = dL/dD for the matrix of distances D, triplet by triplet, then the distance's own derivative.
//!
//! Triplets are never listed. One positive of each anchor is taken at a time, and with it an `[anchors, candidates]`
//! matrix holds the anchor's triplets with all negatives: for B embeddings of dimension D and at most K images of an
//! identity, the time is O(B²·(D + K)) and the memory O(B²) beside a temporary of bounded size. The device is waited
//! for once in the forward pass, to learn K; rules that look at one positive need no K and do not wait.

mod geometry;
mod mask;
mod negative;
mod pairs;
mod positive;

use burn::tensor::activation::{sigmoid, softplus};
use burn::tensor::{Bool, FloatDType, Int, Tensor};

pub(crate) use geometry::distances;

use crate::batch::{Batch, Candidates};
use crate::output::{COUNTS, SUMS, TripletStats};
use crate::route::{EmbeddingGradient, LossAndGradient};
use crate::{Margin, Reduction, Route, TripletLossConfig};
use pairs::Pairs;
use positive::Positive;

/// Evaluates the loss for f32 or f64 embeddings.
pub(crate) fn evaluate(
    config: &TripletLossConfig,
    batch: &Batch,
    with_gradient: bool,
) -> LossAndGradient {
    let TripletLossConfig {
        distance,
        mining,
        margin,
        reduction,
    } = config;
    let (x, y) = (batch.anchors.clone(), batch.candidates());
    let [anchors, dim] = x.dims();
    if anchors == 0 || y.dims()[0] == 0 {
        return empty(batch, with_gradient);
    }
    let float = FloatDType::from(x.dtype());
    let plan = mining.plan();

    let pairs = Pairs::new(distances(*distance, x.clone(), y.clone()), batch);
    let mut weights = pairs.distances.zeros_like();
    let mut costs = weights.clone().slice_dim(1, 0..1);
    let mut selected = pairs.positives.zeros_like();
    let mut active = selected.clone();
    let mut violating = selected.clone();

    for positive in positive::positives(&plan, &pairs) {
        let excess = excess(&positive, &pairs, margin);
        let violators = violators(&excess, &positive, &pairs);
        let triplets = negative::negatives(&plan, &pairs, &positive, &violators, *distance, dim);
        let others = triplets.clone().bool_not();

        let (cost, slope) = cost_and_slope(margin, excess);
        let cost = cost.mask_fill(others.clone(), 0.0);
        let slope = slope.mask_fill(others, 0.0);

        selected = selected + mask::count(&triplets);
        active = active + mask::count(&cost.clone().greater_elem(0.0));
        violating = violating + mask::count(&violators);
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
        let distances = pairs.distances.clone();
        let (of_x, of_y) = geometry::gradient(*distance, x.clone(), y, distances, weights);
        EmbeddingGradient::new(of_x, of_y, matches!(batch.candidates, Candidates::Anchors))
    });
    let counts = vec![
        pairs.positives.clone(),
        pairs.negatives.clone(),
        selected,
        active,
        violating,
    ];
    let sums = [&pairs.positive, &pairs.negative].map(|mask| row_sum(mask, &pairs.distances));
    LossAndGradient {
        loss,
        gradient,
        stats: TripletStats {
            embeddings: x,
            counts: Tensor::cat(counts, 1),
            sums: Tensor::cat(sums.to_vec(), 1),
        },
    }
}

/// The selected triplets as indices of anchor, positive and negative, in no order; waits for the device.
pub(crate) fn list(config: &TripletLossConfig, route: Route, batch: &Batch) -> Vec<[u32; 3]> {
    let [_, dim] = batch.anchors.dims();
    let plan = config.mining.plan();
    let distances = crate::route::distances(config.distance, route, batch);
    let pairs = Pairs::new(distances, batch);
    let [_, candidates] = pairs.distances.dims();
    let mut list = Vec::new();
    for positive in positive::positives(&plan, &pairs) {
        let violators = violators(
            &excess(&positive, &pairs, &config.margin),
            &positive,
            &pairs,
        );
        let distance = config.distance;
        let triplets = negative::negatives(&plan, &pairs, &positive, &violators, distance, dim);
        let positives = places(positive.mask);
        let mut of_anchor = positives.chunks_exact(2).peekable();
        for place in places(triplets).chunks_exact(2) {
            // Both lists are in the order of the anchors, and an anchor with a triplet has a positive.
            while of_anchor
                .next_if(|positive| positive[0] < place[0])
                .is_some()
            {}
            if let Some(positive) = of_anchor.peek() {
                debug_assert!((place[1] as usize) < candidates);
                list.push([place[0], positive[1], place[1]]);
            }
        }
    }
    list
}

/// Row and column of each marked element, one after the other.
fn places(mask: Tensor<2, Bool>) -> Vec<u32> {
    let places = mask.argwhere().into_data();
    places.iter::<u32>().collect()
}

/// d_ap + α − d_an for each negative of each anchor's positive.
fn excess(positive: &Positive, pairs: &Pairs, margin: &Margin) -> Tensor<2> {
    positive.distance.clone() + margin.alpha() - pairs.distances.clone()
}

/// Marks the negatives with d_an < d_ap + α.
fn violators(excess: &Tensor<2>, positive: &Positive, pairs: &Pairs) -> Tensor<2, Bool> {
    excess
        .clone()
        .greater_elem(0.0)
        .bool_and(pairs.negative.clone())
        .bool_and(mask::any(&positive.mask))
}

/// Cost and its derivative, elementwise, for x = d_ap − d_an + α.
fn cost_and_slope(margin: &Margin, x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    match margin {
        Margin::Hinge(_) => {
            let slope = x.zeros_like().mask_fill(x.clone().greater_elem(0.0), 1.0);
            (x.clamp_min(0.0), slope)
        }
        Margin::Soft | Margin::SoftPlus(_) => (softplus(x.clone(), 1.0), sigmoid(x)),
    }
}

fn row_sum(mask: &Tensor<2, Bool>, distances: &Tensor<2>) -> Tensor<2> {
    distances
        .clone()
        .mask_fill(mask.clone().bool_not(), 0.0)
        .sum_dim(1)
}

/// Nothing in, nothing out: tensors without elements are not sent through kernels.
fn empty(batch: &Batch, with_gradient: bool) -> LossAndGradient {
    let x = batch.anchors.clone();
    let options = (&x.device(), x.dtype());
    let [anchors, _] = x.dims();
    let candidates = match batch.candidates {
        Candidates::Anchors => None,
        Candidates::Rows { .. } => Some(batch.candidates().zeros_like()),
    };
    LossAndGradient {
        loss: Tensor::zeros([1], options),
        gradient: with_gradient.then(|| EmbeddingGradient {
            anchors: x.zeros_like(),
            candidates,
        }),
        stats: TripletStats {
            counts: Tensor::zeros([anchors.max(1), COUNTS], &x.device()),
            sums: Tensor::zeros([anchors.max(1), SUMS], options),
            embeddings: x,
        },
    }
}

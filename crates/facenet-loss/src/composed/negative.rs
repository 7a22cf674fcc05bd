//! The negatives that a rule takes for one positive of each anchor.

use burn::tensor::{Bool, Tensor};

use super::{Pairs, Positive, mask};
use crate::Distance;
use crate::mining::{Choice, Eligible, Plan, draw};

/// Marks the negatives in the anchors' rows, `[anchors, candidates]`.
///
/// `violating` marks those with d_an < d_ap + α; `distance` and `dim` are what distance-weighted mining asks for.
pub(crate) fn negatives(
    plan: &Plan,
    pairs: &Pairs,
    positive: &Positive,
    violating: &Tensor<2, Bool>,
    distance: Distance,
    dim: usize,
) -> Tensor<2, Bool> {
    let distances = &pairs.distances;
    let negative = pairs.negative.clone();
    let farther = || {
        let of_positive = positive.distance.clone().expand(distances.shape());
        negative
            .clone()
            .bool_and(distances.clone().greater(of_positive))
    };
    let eligible = match plan.eligible {
        Eligible::Every => negative.clone(),
        Eligible::Farther => farther(),
        Eligible::Band => farther().bool_and(violating.clone()),
        Eligible::Violating => violating.clone(),
    };
    let draws = |seed| {
        let [anchors, _] = distances.dims();
        let draws = (0..anchors).map(|anchor| draw(seed, anchor as u32, positive.rank as u32));
        draws.collect::<Vec<f32>>()
    };
    let taken = match plan.choice {
        Choice::All => eligible,
        Choice::Nearest => mask::nearest(eligible, distances),
        Choice::Farthest => mask::farthest(eligible, distances),
        Choice::NearestElseFarthest => {
            let none = mask::any(&eligible).bool_not();
            let farthest = mask::farthest(negative, distances).bool_and(none);
            mask::nearest(eligible, distances).bool_or(farthest)
        }
        Choice::Random(seed) => mask::drawn(eligible.int(), draws(seed)),
        Choice::Weighted(seed) => mask::drawn(pairs.weights(distance, dim), draws(seed)),
    };
    taken.bool_and(mask::any(&positive.mask))
}

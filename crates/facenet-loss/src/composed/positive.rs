//! The positives that a rule looks at, one for each anchor at a time.

use burn::tensor::{Bool, Tensor};

use super::{Pairs, mask};
use crate::mining::{Choice, Plan, Positives};

/// At most one positive for each anchor.
pub(crate) struct Positive {
    /// Marks the positive in the anchor's row, `[anchors, candidates]`; an anchor without one has an empty row.
    pub(crate) mask: Tensor<2, Bool>,
    /// d(a, p), `[anchors, 1]`; 0 where there is no positive.
    pub(crate) distance: Tensor<2>,
    /// The positive's rank among the positives of its anchor, by index.
    pub(crate) rank: usize,
}

impl Positive {
    fn new(mask: Tensor<2, Bool>, rank: usize, pairs: &Pairs) -> Self {
        Self {
            distance: marked(&mask, &pairs.distances),
            mask,
            rank,
        }
    }
}

/// The distance of the one element that each row marks, 0 for an empty row.
fn marked(mask: &Tensor<2, Bool>, distances: &Tensor<2>) -> Tensor<2> {
    let others = mask.clone().bool_not();
    distances.clone().mask_fill(others, 0.0).sum_dim(1)
}

/// The positives that the rule looks at.
pub(crate) fn positives<'a>(
    plan: &Plan,
    pairs: &'a Pairs,
) -> Box<dyn Iterator<Item = Positive> + 'a> {
    let (positive, distances) = (&pairs.positive, &pairs.distances);
    let one = match plan.positives {
        Positives::Nearest => mask::nearest(positive.clone(), distances),
        Positives::Farthest => mask::farthest(positive.clone(), distances),
        Positives::FarthestNearer => {
            let negative = match plan.choice {
                Choice::Farthest => mask::farthest(pairs.negative.clone(), distances),
                _ => mask::nearest(pairs.negative.clone(), distances),
            };
            let limit = marked(&negative, distances).expand(distances.shape());
            let nearer = distances
                .clone()
                .lower(limit)
                .bool_and(mask::any(&negative));
            mask::farthest(positive.clone().bool_and(nearer), distances)
        }
        Positives::All => {
            let position = positive.clone().int().cumsum(1);
            return Box::new((0..pairs.most_positives()).map(move |rank| {
                let here = position.clone().equal_elem(rank as i64 + 1);
                Positive::new(pairs.positive.clone().bool_and(here), rank, pairs)
            }));
        }
    };
    Box::new(std::iter::once(Positive::new(one, 0, pairs)))
}

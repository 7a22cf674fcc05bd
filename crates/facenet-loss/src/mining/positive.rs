//! The positives that a rule looks at, one for each anchor at a time.

use burn::tensor::{Bool, Tensor};

use super::{Mining, Pairs, mask};

/// At most one positive for each anchor.
pub(crate) struct Positive {
    /// Marks the positive in the anchor's row, `[batch, batch]`; an anchor without one has an empty row.
    pub(crate) mask: Tensor<2, Bool>,
    /// d(a, p), `[batch, 1]`; 0 where there is no positive.
    pub(crate) distance: Tensor<2>,
    /// The positive's rank among the positives of its anchor, by index.
    pub(crate) rank: usize,
}

impl Positive {
    fn new(mask: Tensor<2, Bool>, rank: usize, pairs: &Pairs) -> Self {
        let others = mask.clone().bool_not();
        let distance = pairs.distances.clone().mask_fill(others, 0.0).sum_dim(1);
        Self {
            mask,
            distance,
            rank,
        }
    }
}

impl Mining {
    /// The positives that the rule looks at: the farthest for batch-hard, all of them by rank for the others.
    pub(crate) fn positives<'a>(
        &self,
        pairs: &'a Pairs,
    ) -> Box<dyn Iterator<Item = Positive> + 'a> {
        if *self == Self::BatchHard {
            let farthest = mask::farthest(pairs.positive.clone(), &pairs.distances);
            return Box::new(std::iter::once(Positive::new(farthest, 0, pairs)));
        }
        let position = pairs.positive.clone().int().cumsum(1);
        Box::new((0..pairs.most_positives()).map(move |rank| {
            let here = position.clone().equal_elem(rank as i64 + 1);
            Positive::new(pairs.positive.clone().bool_and(here), rank, pairs)
        }))
    }
}

//! The negatives that a rule selects for one positive of each anchor.

use burn::tensor::{Bool, Tensor};

use super::{Mining, Pairs, Positive, mask};

impl Mining {
    /// Marks the selected negatives in the anchors' rows, `[batch, batch]`.
    ///
    /// `violating` marks the negatives with d_an < d_ap + α.
    pub(crate) fn negatives(
        &self,
        pairs: &Pairs,
        positive: &Positive,
        violating: &Tensor<2, Bool>,
    ) -> Tensor<2, Bool> {
        let distances = &pairs.distances;
        let negative = pairs.negative.clone();
        let farther = || {
            let nearer_positive = positive.distance.clone().expand(distances.shape());
            negative
                .clone()
                .bool_and(distances.clone().greater(nearer_positive))
        };
        let selected = match self {
            Self::BatchAll => negative,
            Self::BatchHard | Self::HardestNegative => mask::nearest(negative, distances),
            Self::SemiHardBand(pick) => pick.from(
                farther().bool_and(violating.clone()),
                distances,
                positive.rank,
            ),
            Self::Violators(pick) => pick.from(violating.clone(), distances, positive.rank),
            Self::NearestFarther => {
                let farther = farther();
                let fallback = mask::any(&farther).bool_not();
                let farthest = mask::farthest(negative, distances).bool_and(fallback);
                mask::nearest(farther, distances).bool_or(farthest)
            }
        };
        selected.bool_and(mask::any(&positive.mask))
    }
}

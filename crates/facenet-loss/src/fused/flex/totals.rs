//! From anchors to the loss.

use super::miner::Mined;
use crate::Reduction;
use crate::output::{COUNTS, SUMS};

impl Mined {
    /// A row of [`TripletStats`](crate::TripletStats)' counts.
    pub(super) fn counts(&self) -> [i64; COUNTS] {
        [
            self.positives,
            self.negatives,
            self.selected,
            self.active,
            self.violating,
        ]
        .map(|count| count as i64)
    }

    /// A row of its sums.
    pub(super) fn sums(&self) -> [f32; SUMS] {
        [self.d_ap as f32, self.d_an as f32]
    }
}

/// Sums over all anchors, in their order.
pub(super) struct Totals {
    cost: f64,
    divisor: f64,
}

impl Totals {
    pub(super) fn new(mined: &[Mined], reduction: Reduction) -> Self {
        let count = |of: fn(&Mined) -> u64| mined.iter().map(of).sum::<u64>();
        let divisor = match reduction {
            Reduction::MeanActive => count(|mined| mined.active),
            Reduction::MeanSelected => count(|mined| mined.selected),
            Reduction::MeanAnchors => {
                count(|mined| u64::from(mined.positives > 0 && mined.negatives > 0))
            }
            Reduction::Sum => 1,
        };
        let cost = match mined.iter().all(|mined| mined.finite) {
            true => mined.iter().map(|mined| mined.cost).sum(),
            false => f64::NAN,
        };
        Self {
            cost,
            divisor: divisor.max(1) as f64,
        }
    }

    pub(super) fn loss(&self) -> f32 {
        (self.cost / self.divisor) as f32
    }

    /// From half the gradient of the summed cost to that of the loss.
    pub(super) fn factor(&self) -> f32 {
        (2.0 / self.divisor) as f32
    }
}

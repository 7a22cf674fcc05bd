//! What a forward pass costs, counted while it runs.

use std::cell::Cell;
use std::ops::Sub;

/// Parameters that were used and multiply-adds that were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) parameters: usize,
    pub(crate) multiply_adds: usize,
}

thread_local! {
    static SPENT: Cell<Cost> = const { Cell::new(Cost { parameters: 0, multiply_adds: 0 }) };
}

/// A layer ran: `weights` and a bias for each of `outputs` channels at each of `positions`.
///
/// A batch normalization after the layer is part of it: at inference it is that bias, and it takes
/// part with its `parameters`.
pub(crate) fn spend(parameters: usize, weights: usize, outputs: usize, positions: usize) {
    SPENT.with(|spent| {
        let before = spent.get();
        spent.set(Cost {
            parameters: before.parameters + parameters,
            multiply_adds: before.multiply_adds + (weights + outputs) * positions,
        });
    });
}

/// What this thread has spent so far.
pub(crate) fn spent() -> Cost {
    SPENT.get()
}

impl Sub for Cost {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            parameters: self.parameters - before.parameters,
            multiply_adds: self.multiply_adds - before.multiply_adds,
        }
    }
}

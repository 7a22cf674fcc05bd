//! An anchor with one of its positives: which negatives fit, and what it cost.

use cubecl::prelude::*;

use crate::mining::Eligible;

/// A pair that a group of units looks at.
#[derive(CubeType)]
pub(super) struct Pair {
    /// The positive's place in the chunk.
    pub(super) place: usize,
    /// Whether there is a positive: groups are left over in the last round.
    pub(super) busy: bool,
    pub(super) d_ap: f32,
    /// d_ap + α.
    pub(super) threshold: f32,
}

/// What a unit found in its triplets.
#[derive(CubeType)]
pub(super) struct Found {
    pub(super) selected: u32,
    pub(super) active: u32,
    pub(super) violating: u32,
    /// The summed cost of the selected triplets.
    pub(super) cost: f32,
}

/// Whether a negative at distance d is one that the rule may take; `excess` is d_ap + α − d.
#[cube]
pub(super) fn eligible(d: f32, d_ap: f32, excess: f32, #[comptime] which: Eligible) -> bool {
    match comptime!(which) {
        Eligible::Every => true.runtime(),
        Eligible::Farther => d > d_ap,
        Eligible::Band => d > d_ap && excess > 0.0f32,
        Eligible::Violating => excess > 0.0f32,
    }
}

//! The positives of an anchor, a chunk of them in shared memory at a time.

use cubecl::prelude::*;

use super::super::reduce::{beats, sum_before};
use super::row::{Row, Scratch, extreme_of_cube, extreme_of_row, is_positive};
use crate::mining::{Choice, Plan, Positives};

/// The positives of a chunk, one for each unit at most.
#[derive(CubeType)]
pub(super) struct Chunk {
    /// Which candidate it is.
    pub(super) candidates: Shared<[u32]>,
    /// Its distance d_ap.
    pub(super) distances: Shared<[f32]>,
    /// The summed slopes of its triplets.
    pub(super) pulls: Shared<[f32]>,
    /// The negative that it takes, where it takes one.
    pub(super) negatives: Shared<[u32]>,
}

#[cube]
impl Chunk {
    pub(super) fn new(#[comptime] units: usize) -> Self {
        Chunk {
            candidates: Shared::<[u32]>::new_slice(units),
            distances: Shared::<[f32]>::new_slice(units),
            pulls: Shared::<[f32]>::new_slice(units),
            negatives: Shared::<[u32]>::new_slice(units),
        }
    }
}

/// The columns whose positives a unit numbers: ranks go by index, so they are neighbors.
#[derive(CubeType)]
pub(super) struct Ranks {
    start: usize,
    end: usize,
    /// How many positives there are in the columns before.
    before: u32,
    /// How many positives the anchor has.
    pub(super) all: u32,
}

/// Numbers the positives of the anchor.
#[cube]
pub(super) fn rank_positives<I: Int>(
    labels: &[I],
    row: &Row<I>,
    scratch: &mut Scratch,
    #[comptime] units: usize,
) -> Ranks {
    let unit = UNIT_POS as usize;
    let part = row.columns.div_ceil(units);
    let start = min(unit * part, row.columns);
    let end = min(start + part, row.columns);
    let mut positives = 0u32;
    for j in start..end {
        if is_positive::<I>(labels, row, j) {
            positives += 1u32;
        }
    }
    scratch.indices[unit] = positives;
    let (before, all) = sum_before(&scratch.indices, &mut scratch.parts, units);
    sync_cube();
    Ranks {
        start,
        end,
        before,
        all,
    }
}

/// How many positives the rule looks at: all of them, or the one that is found here and put into the chunk. All units
/// know it.
#[cube]
pub(super) fn find_positives<I: Int>(
    distances: &[f32],
    labels: &[I],
    row: &Row<I>,
    ranks: &Ranks,
    chunk: &mut Chunk,
    scratch: &mut Scratch,
    #[comptime] plan: Plan,
    #[comptime] units: usize,
) -> usize {
    if comptime!(plan.positives == Positives::All) {
        if UNIT_POS == 0 {
            chunk.candidates[0] = ranks.all;
        }
        let all = workgroup_uniform_load(&chunk.candidates[0]);
        sync_cube();
        all as usize
    } else {
        only_positive::<I>(distances, labels, row, chunk, scratch, plan, units)
    }
}

/// Puts the positive of a rule that looks at one into the first place; how many there are, 0 or 1. All units know it.
#[cube]
fn only_positive<I: Int>(
    distances: &[f32],
    labels: &[I],
    row: &Row<I>,
    chunk: &mut Chunk,
    scratch: &mut Scratch,
    #[comptime] plan: Plan,
    #[comptime] units: usize,
) -> usize {
    let none = row.columns as u32;
    let found = if comptime!(plan.positives == Positives::FarthestNearer) {
        let negative = extreme_of_row::<I>(
            distances,
            labels,
            row,
            scratch,
            false,
            comptime!(plan.choice != Choice::Farthest),
            units,
        );
        let mut best = 0.0f32;
        let mut best_index = none;
        if negative < none {
            let limit = distances[row.start + negative as usize];
            let mut j = UNIT_POS as usize;
            while j < row.columns {
                let d = distances[row.start + j];
                if is_positive::<I>(labels, row, j)
                    && d < limit
                    && beats(d, j as u32, best, best_index, none, false)
                {
                    best = d;
                    best_index = j as u32;
                }
                j += units;
            }
        }
        extreme_of_cube(best, best_index, none, scratch, false, units)
    } else {
        extreme_of_row::<I>(
            distances,
            labels,
            row,
            scratch,
            true,
            comptime!(plan.positives == Positives::Nearest),
            units,
        )
    };
    let mut count = 0usize;
    if found < none {
        count = 1usize;
        if UNIT_POS == 0 {
            chunk.candidates[0] = found;
            chunk.distances[0] = distances[row.start + found as usize];
        }
    }
    count
}

/// Fills the chunk: positives from rank `skipped` on where the rule looks at all of them, and nothing mined for any yet.
#[cube]
pub(super) fn fill_chunk<I: Int>(
    distances: &[f32],
    labels: &[I],
    row: &Row<I>,
    ranks: &Ranks,
    skipped: usize,
    chunk: &mut Chunk,
    #[comptime] plan: Plan,
    #[comptime] units: usize,
) {
    let unit = UNIT_POS as usize;
    if comptime!(plan.positives == Positives::All) {
        let mut rank = ranks.before as usize;
        for j in ranks.start..ranks.end {
            if is_positive::<I>(labels, row, j) {
                if rank >= skipped && rank < skipped + units {
                    chunk.candidates[rank - skipped] = j as u32;
                    chunk.distances[rank - skipped] = distances[row.start + j];
                }
                rank += 1usize;
            }
        }
    }
    chunk.pulls[unit] = 0.0f32;
    chunk.negatives[unit] = row.columns as u32;
    sync_cube();
}

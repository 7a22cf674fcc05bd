//! An anchor's row of distances.

use cubecl::prelude::*;

use super::super::reduce::{beats, extreme};

/// The row of an anchor in the matrix of distances.
#[derive(CubeType)]
pub(super) struct Row<I: Int> {
    /// Where it begins in the matrix.
    pub(super) start: usize,
    /// How many candidates it has; as an index, no candidate.
    pub(super) columns: usize,
    /// The anchor's identity.
    pub(super) label: I,
    /// The candidate that is the anchor itself; `columns` or more where none is.
    pub(super) own: usize,
}

/// What units of a cube tell each other, one of each for a unit.
#[derive(CubeType)]
pub(super) struct Scratch {
    pub(super) values: Shared<[f32]>,
    pub(super) indices: Shared<[u32]>,
    pub(super) parts: Shared<[u32]>,
}

#[cube]
impl Scratch {
    pub(super) fn new(#[comptime] units: usize) -> Self {
        Scratch {
            values: Shared::<[f32]>::new_slice(units),
            indices: Shared::<[u32]>::new_slice(units),
            parts: Shared::<[u32]>::new_slice(units),
        }
    }
}

/// A unit's part of the sums over a row.
#[derive(CubeType)]
pub(super) struct RowSums {
    /// Summed distances of the positives, and of the negatives.
    pub(super) d_positive: f32,
    pub(super) d_negative: f32,
    pub(super) negatives: u32,
    /// How many distances are not finite.
    pub(super) broken: u32,
}

/// Whether a candidate is a positive of the anchor.
#[cube]
pub(super) fn is_positive<I: Int>(labels: &[I], row: &Row<I>, candidate: usize) -> bool {
    labels[candidate] == row.label && candidate != row.own
}

/// Sums over the row, for this unit's columns.
#[cube]
pub(super) fn row_sums<I: Int>(
    distances: &[f32],
    labels: &[I],
    row: &Row<I>,
    #[comptime] units: usize,
) -> RowSums {
    let mut d_positive = 0.0f32;
    let mut d_negative = 0.0f32;
    let mut negatives = 0u32;
    let mut broken = 0u32;
    let mut j = UNIT_POS as usize;
    while j < row.columns {
        let d = distances[row.start + j];
        if !finite(d) {
            broken += 1u32;
        }
        if labels[j] != row.label {
            d_negative += d;
            negatives += 1u32;
        } else if j != row.own {
            d_positive += d;
        }
        j += units;
    }
    RowSums {
        d_positive,
        d_negative,
        negatives,
        broken,
    }
}

/// By the bits: a compiler may take for granted that numbers are finite.
#[cube]
fn finite(value: f32) -> bool {
    u32::reinterpret(value) & 0x7f80_0000u32 != 0x7f80_0000u32
}

/// The nearest or farthest of the anchor's positives or negatives; `columns` where it has none. All units know it.
#[cube]
pub(super) fn extreme_of_row<I: Int>(
    distances: &[f32],
    labels: &[I],
    row: &Row<I>,
    scratch: &mut Scratch,
    #[comptime] positive: bool,
    #[comptime] nearest: bool,
    #[comptime] units: usize,
) -> u32 {
    let none = row.columns as u32;
    let mut best = 0.0f32;
    let mut best_index = none;
    let mut j = UNIT_POS as usize;
    while j < row.columns {
        let same = labels[j] == row.label;
        let fits = if comptime!(positive) {
            same && j != row.own
        } else {
            !same
        };
        let d = distances[row.start + j];
        if fits && beats(d, j as u32, best, best_index, none, nearest) {
            best = d;
            best_index = j as u32;
        }
        j += units;
    }
    extreme_of_cube(best, best_index, none, scratch, nearest, units)
}

/// The nearest or farthest of what the units found. All units know it.
#[cube]
pub(super) fn extreme_of_cube(
    distance: f32,
    index: u32,
    none: u32,
    scratch: &mut Scratch,
    #[comptime] nearest: bool,
    #[comptime] units: usize,
) -> u32 {
    extreme(
        distance,
        index,
        none,
        &mut scratch.values,
        &mut scratch.indices,
        nearest,
        units,
    );
    let found = workgroup_uniform_load(&scratch.indices[0]);
    sync_cube();
    found
}

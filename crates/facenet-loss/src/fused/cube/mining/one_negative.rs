//! Rules that take one negative: the nearest or the farthest eligible one.

use cubecl::prelude::*;

use super::super::reduce::{beats, extreme};
use super::cost::{cost_of, slope_of};
use super::pair::{Found, Pair, eligible};
use super::positives::Chunk;
use super::row::{Row, Scratch};
use super::rule::Rule;
use crate::mining::Choice;

/// The nearest eligible negative of the pair, or the farthest one where the rule says so; `otherwise` where none is
/// eligible. The group's first unit knows it.
#[cube]
pub(super) fn nearest_or_farthest<I: Int>(
    distances: &[f32],
    labels: &[I],
    row: &Row<I>,
    pair: &Pair,
    otherwise: u32,
    found: &mut Found,
    scratch: &mut Scratch,
    #[comptime] rule: Rule,
    #[comptime] group: usize,
) -> u32 {
    let unit = UNIT_POS as usize;
    let lane = unit % group;
    let none = row.columns as u32;
    let nearest = comptime!(rule.plan.choice != Choice::Farthest);
    let mut best = 0.0f32;
    let mut best_index = none;
    if pair.busy {
        let mut j = lane;
        while j < row.columns {
            if labels[j] != row.label {
                let d = distances[row.start + j];
                let excess = pair.threshold - d;
                if excess > 0.0f32 {
                    found.violating += 1u32;
                }
                if eligible(d, pair.d_ap, excess, rule.plan.eligible)
                    && beats(d, j as u32, best, best_index, none, nearest)
                {
                    best = d;
                    best_index = j as u32;
                }
            }
            j += group;
        }
    }
    extreme(
        best,
        best_index,
        none,
        &mut scratch.values,
        &mut scratch.indices,
        nearest,
        group,
    );
    let mut taken = none;
    if pair.busy && lane == 0 {
        taken = scratch.indices[unit];
        if taken == none {
            taken = otherwise;
        }
    }
    taken
}

/// Makes a triplet of the pair and the negative that was taken, where one was.
#[cube]
pub(super) fn take_one<I: Int>(
    distances: &[f32],
    row: &Row<I>,
    pair: &Pair,
    taken: u32,
    chunk: &mut Chunk,
    found: &mut Found,
    #[comptime] rule: Rule,
) {
    if taken < row.columns as u32 {
        let excess = pair.threshold - distances[row.start + taken as usize];
        let cost = cost_of(excess, rule.soft);
        found.selected += 1u32;
        if cost > 0.0f32 {
            found.active += 1u32;
        }
        found.cost += cost;
        chunk.negatives[pair.place] = taken;
        chunk.pulls[pair.place] = slope_of(excess, rule.soft);
    }
}

//! Rules that take all eligible negatives.

use cubecl::prelude::*;

use super::super::reduce::add_up;
use super::cost::{cost_of, slope_of};
use super::pair::{Found, Pair, eligible};
use super::positives::Chunk;
use super::row::{Row, Scratch};
use super::rule::Rule;

/// Takes every eligible negative of the pair; the slopes of its triplets go to the positive.
#[cube]
pub(super) fn take_all<I: Int>(
    distances: &[f32],
    labels: &[I],
    row: &Row<I>,
    pair: &Pair,
    chunk: &mut Chunk,
    found: &mut Found,
    scratch: &mut Scratch,
    #[comptime] rule: Rule,
    #[comptime] group: usize,
) {
    let unit = UNIT_POS as usize;
    let lane = unit % group;
    let mut slopes = 0.0f32;
    if pair.busy {
        let mut j = lane;
        while j < row.columns {
            if labels[j] != row.label {
                let d = distances[row.start + j];
                let excess = pair.threshold - d;
                if excess > 0.0f32 {
                    found.violating += 1u32;
                }
                if eligible(d, pair.d_ap, excess, rule.plan.eligible) {
                    found.selected += 1u32;
                    let cost = cost_of(excess, rule.soft);
                    if cost > 0.0f32 {
                        found.active += 1u32;
                    }
                    found.cost += cost;
                    slopes += slope_of(excess, rule.soft);
                }
            }
            j += group;
        }
    }
    scratch.values[unit] = slopes;
    add_up(&mut scratch.values, 1usize, group, group);
    if pair.busy && lane == 0 {
        chunk.pulls[pair.place] = scratch.values[unit];
    }
}

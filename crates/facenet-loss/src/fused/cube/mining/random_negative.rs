//! Rules that take a random negative: each with the same probability, or weighted by its distance.

use cubecl::prelude::*;

use super::super::random::draw;
use super::super::reduce::{extreme, sum_before};
use super::pair::{Found, Pair, eligible};
use super::row::{Row, Scratch};
use super::rule::{Parameters, Rule};
use crate::mining::Choice;

/// The negative in whose share the number lies that is drawn for the anchor and the positive's rank; the unit that looked
/// at it knows it, the others find none.
///
/// `highest` is the [`highest_level`] of the anchor.
#[cube]
pub(super) fn drawn_negative<I: Int>(
    distances: &[f32],
    labels: &[I],
    tables: &[u32],
    row: &Row<I>,
    pair: &Pair,
    anchor: usize,
    rank: usize,
    highest: u32,
    parameters: &Parameters,
    found: &mut Found,
    scratch: &mut Scratch,
    #[comptime] rule: Rule,
    #[comptime] group: usize,
) -> u32 {
    let unit = UNIT_POS as usize;
    let lane = unit % group;
    let none = row.columns as u32;
    // Shares in the order of the index, so a unit has neighboring columns.
    let part = row.columns.div_ceil(group);
    let from = min(lane * part, row.columns);
    let to = min(from + part, row.columns);
    let mut shares = 0u32;
    if pair.busy {
        for j in from..to {
            if labels[j] != row.label {
                let d = distances[row.start + j];
                let excess = pair.threshold - d;
                if excess > 0.0f32 {
                    found.violating += 1u32;
                }
                if eligible(d, pair.d_ap, excess, rule.plan.eligible) {
                    shares += share(d, highest, tables, parameters, rule.plan.choice);
                }
            }
        }
    }
    scratch.indices[unit] = shares;
    let (below, whole) = sum_before(&scratch.indices, &mut scratch.parts, group);
    let q = draw(
        parameters.seed_low,
        parameters.seed_high,
        anchor as u32,
        rank as u32,
    );
    let number = u32::cast_from((q * f32::cast_from(whole)).floor());
    let mut taken = none;
    if pair.busy && below <= number && number < below + shares {
        let mut end = below;
        for j in from..to {
            if taken == none && labels[j] != row.label {
                let d = distances[row.start + j];
                if eligible(d, pair.d_ap, pair.threshold - d, rule.plan.eligible) {
                    end += share(d, highest, tables, parameters, rule.plan.choice);
                    if number < end {
                        taken = j as u32;
                    }
                }
            }
        }
    }
    taken
}

/// The share of a negative in a draw.
#[cube]
fn share(
    d: f32,
    highest: u32,
    tables: &[u32],
    parameters: &Parameters,
    #[comptime] choice: Choice,
) -> u32 {
    if comptime!(matches!(choice, Choice::Weighted(_))) {
        let level = level(d, tables, parameters);
        let mut part = 0u32;
        if level > 0u32 {
            let steps = (highest - level) as usize;
            if steps < parameters.parts {
                part = tables[parameters.bins + steps];
            }
        }
        part
    } else {
        1u32.runtime()
    }
}

/// The level of a distance's bin; 0 where the distance is too far.
#[cube]
fn level(d: f32, tables: &[u32], parameters: &Parameters) -> u32 {
    let bin = d * parameters.bin_scale;
    let mut level = 0u32;
    if bin < f32::cast_from(parameters.bins) {
        level = tables[u32::cast_from(bin) as usize];
    }
    level
}

/// The highest [`level`] of the anchor's negatives. All units know it.
#[cube]
pub(super) fn highest_level<I: Int>(
    distances: &[f32],
    labels: &[I],
    tables: &[u32],
    row: &Row<I>,
    parameters: &Parameters,
    scratch: &mut Scratch,
    #[comptime] units: usize,
) -> u32 {
    let none = 0xffff_ffffu32;
    let mut highest = 0u32;
    let mut j = UNIT_POS as usize;
    while j < row.columns {
        if labels[j] != row.label {
            highest = max(highest, level(distances[row.start + j], tables, parameters));
        }
        j += units;
    }
    // Of equals the lowest index is found, so levels are counted down.
    extreme(
        0.0f32,
        none - highest,
        none,
        &mut scratch.values,
        &mut scratch.indices,
        true,
        units,
    );
    let found = scratch.indices[0];
    sync_cube();
    none - found
}

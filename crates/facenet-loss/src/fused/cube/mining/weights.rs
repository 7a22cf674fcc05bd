//! The anchor's row of W.

use cubecl::prelude::*;

use super::cost::{slope_of, squared_slope};
use super::pair::eligible;
use super::positives::Chunk;
use super::row::Row;
use super::rule::{Parameters, Rule, Scale};
use crate::mining::Choice;

/// Writes dL/d(squared distances) for this unit's columns, from the `here` positives of a chunk; adds it to what earlier
/// chunks wrote unless this is the first.
#[cube]
pub(super) fn write_weights<I: Int>(
    distances: &[f32],
    labels: &[I],
    weights: &mut [f32],
    row: &Row<I>,
    chunk: &Chunk,
    here: usize,
    add: bool,
    scale: &Scale,
    parameters: &Parameters,
    #[comptime] rule: Rule,
    #[comptime] units: usize,
) {
    let mut j = UNIT_POS as usize;
    while j < row.columns {
        let d = distances[row.start + j];
        let mut weight = 0.0f32;
        if comptime!(rule.plan.choice == Choice::All) {
            if labels[j] != row.label {
                for place in 0..here {
                    let d_ap = chunk.distances[place];
                    let excess = d_ap + parameters.alpha - d;
                    if eligible(d, d_ap, excess, rule.plan.eligible) {
                        weight -= slope_of(excess, rule.soft);
                    }
                }
            } else {
                for place in 0..here {
                    if chunk.candidates[place] == j as u32 {
                        weight = chunk.pulls[place];
                    }
                }
            }
        } else {
            for place in 0..here {
                if chunk.candidates[place] == j as u32 {
                    weight += chunk.pulls[place];
                }
                if chunk.negatives[place] == j as u32 {
                    weight -= chunk.pulls[place];
                }
            }
        }
        weight *= squared_slope(d, scale);
        if add {
            weight += weights[row.start + j];
        }
        weights[row.start + j] = weight;
        j += units;
    }
}

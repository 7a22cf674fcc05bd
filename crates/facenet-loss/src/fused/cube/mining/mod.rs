//! Mining, costs, and W: everything that is found out about one anchor's row of distances.
//!
//! The kernel is made of parts: [`row`] has the sums over the row, [`positives`] numbers the positives and takes a chunk of
//! them at a time, [`all_negatives`], [`one_negative`] and [`random_negative`] find the negatives of each, [`cost`] is what
//! their triplets cost, [`weights`] writes the row of W, and [`statistics`] the rest.

mod all_negatives;
mod cost;
mod one_negative;
mod pair;
mod positives;
mod random_negative;
mod row;
mod rule;
mod statistics;
mod weights;

use cubecl::prelude::*;

use crate::mining::{Choice, Positives};
use all_negatives::take_all;
use one_negative::{nearest_or_farthest, take_one};
use pair::{Found, Pair};
use positives::{Chunk, fill_chunk, find_positives, rank_positives};
use random_negative::{drawn_negative, highest_level};
use row::{Row, Scratch, extreme_of_row, row_sums};
pub(super) use rule::{Parameters, ParametersLaunch, Rule, Scale, ScaleLaunch};
use statistics::write_statistics;
use weights::write_weights;

/// Mines a row of distances to `columns` candidates and writes what it costs. A cube for each of `rows` rows, the first
/// of which belongs to anchor `first`; anchor 0 is candidate `own`, if that is below `columns`.
///
/// - tables: of distance-weighted mining, the level of each bin, 1 for the lowest, and then the weights
/// - weights, `[rows, columns]`: dL/d(squared distances), not divided by anything yet; where `with_weights` says so
/// - counts `[anchors, 5]` and sums `[anchors, 2]`: as [`TripletStats`](crate::TripletStats) has them
/// - costs, `[anchors, 2]`: the summed cost, and how many distances are not finite
///
/// Positives are taken in the order of their index, up to `units` of them into shared memory at a time. A group of
/// units looks at one positive and all negatives; then each unit adds up what all those positives mean for its columns
/// of W.
#[cube(launch)]
pub(super) fn mine<I: Int>(
    distances: &[f32],
    labels: &[I],
    other_labels: &[I],
    tables: &[u32],
    weights: &mut [f32],
    counts: &mut [i32],
    sums: &mut [f32],
    costs: &mut [f32],
    first: usize,
    own: usize,
    rows: usize,
    columns: usize,
    with_weights: u32,
    scale: &Scale,
    parameters: &Parameters,
    #[comptime] rule: Rule,
    #[comptime] units: usize,
    #[define(I)] _label: ElemType,
) {
    if CUBE_POS >= rows {
        terminate!();
    }
    let anchor = first + CUBE_POS;
    let row = Row::<I> {
        start: CUBE_POS * columns,
        columns,
        label: labels[anchor],
        own: own + anchor,
    };
    let none = columns as u32;

    // Units of a group; one that has the only positive to itself is as large as the cube.
    let group = comptime!(match rule.plan.positives {
        Positives::All => 32,
        _ => units,
    });
    let groups = comptime!(units / group);

    let mut chunk = Chunk::new(units);
    let mut scratch = Scratch::new(units);
    let row_sums = row_sums::<I>(distances, other_labels, &row, units);
    let ranks = rank_positives::<I>(other_labels, &row, &mut scratch, units);

    // The farthest of all negatives, for those who find none farther than their positive.
    let mut farthest = none;
    if comptime!(rule.plan.choice == Choice::NearestElseFarthest) {
        farthest = extreme_of_row::<I>(
            distances,
            other_labels,
            &row,
            &mut scratch,
            false,
            false,
            units,
        );
    }
    let mut highest = 0u32;
    if comptime!(matches!(rule.plan.choice, Choice::Weighted(_))) {
        highest = highest_level::<I>(
            distances,
            other_labels,
            tables,
            &row,
            parameters,
            &mut scratch,
            units,
        );
    }

    let positives = find_positives::<I>(
        distances,
        other_labels,
        &row,
        &ranks,
        &mut chunk,
        &mut scratch,
        rule.plan,
        units,
    );
    let mut found = Found {
        selected: 0u32,
        active: 0u32,
        violating: 0u32,
        cost: 0.0f32,
    };
    let chunks = max(positives.div_ceil(units), 1usize);
    for number in 0..chunks {
        let skipped = number * units;
        let here = min(positives - skipped, units);
        fill_chunk::<I>(
            distances,
            other_labels,
            &row,
            &ranks,
            skipped,
            &mut chunk,
            rule.plan,
            units,
        );
        for round in 0..here.div_ceil(groups) {
            let place = round * groups + UNIT_POS as usize / group;
            let busy = place < here;
            let mut d_ap = 0.0f32;
            if busy {
                d_ap = chunk.distances[place];
            }
            let pair = Pair {
                place,
                busy,
                d_ap,
                threshold: d_ap + parameters.alpha,
            };
            match comptime!(rule.plan.choice) {
                Choice::All => take_all::<I>(
                    distances,
                    other_labels,
                    &row,
                    &pair,
                    &mut chunk,
                    &mut found,
                    &mut scratch,
                    rule,
                    group,
                ),
                Choice::Random(_) | Choice::Weighted(_) => {
                    let taken = drawn_negative::<I>(
                        distances,
                        other_labels,
                        tables,
                        &row,
                        &pair,
                        anchor,
                        skipped + place,
                        highest,
                        parameters,
                        &mut found,
                        &mut scratch,
                        rule,
                        group,
                    );
                    take_one::<I>(distances, &row, &pair, taken, &mut chunk, &mut found, rule);
                }
                Choice::Nearest | Choice::Farthest | Choice::NearestElseFarthest => {
                    let taken = nearest_or_farthest::<I>(
                        distances,
                        other_labels,
                        &row,
                        &pair,
                        farthest,
                        &mut found,
                        &mut scratch,
                        rule,
                        group,
                    );
                    take_one::<I>(distances, &row, &pair, taken, &mut chunk, &mut found, rule);
                }
            }
            sync_cube();
        }
        if with_weights != 0 {
            write_weights::<I>(
                distances,
                other_labels,
                weights,
                &row,
                &chunk,
                here,
                number > 0,
                scale,
                parameters,
                rule,
                units,
            );
        }
        sync_cube();
    }
    write_statistics(
        counts, sums, costs, anchor, ranks.all, &row_sums, &found, units,
    );
}

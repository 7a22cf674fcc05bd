//! Mining, costs, and W: everything that is found out about one anchor's row of distances.

use cubecl::prelude::*;

use super::group::{add_up, beats, extreme, sum_before};
use super::random::draw;
use crate::mining::{Choice, Eligible, Plan, Positives};

/// The part of a configuration that shapes the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Rule {
    /// With seeds of 0: they do not shape it.
    pub(super) plan: Plan,
    /// Soft-plus in place of a hinge.
    pub(super) soft: bool,
}

/// How to turn a distance d into others.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Scale {
    /// d is a plain euclidean distance, not a squared one.
    plain: u32,
    /// d over the squared euclidean distance, if it is a squared one.
    part: f32,
}

/// The numbers of a configuration.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Numbers {
    alpha: f32,
    seed_low: u32,
    seed_high: u32,
    /// Of [`Weighting`](crate::mining::Weighting): bins for each unit of the distance, how many bins there are, and how
    /// many weights.
    bin_scale: f32,
    bins: usize,
    parts: usize,
}

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
pub(super) fn triplets<I: Int>(
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
    numbers: &Numbers,
    #[comptime] rule: Rule,
    #[comptime] units: usize,
    #[define(I)] _label: ElemType,
) {
    let row = CUBE_POS;
    if row >= rows {
        terminate!();
    }
    let unit = UNIT_POS as usize;
    let anchor = first + row;
    let base = row * columns;
    let label = labels[anchor];
    let own = own + anchor;
    let none = columns as u32;

    // Units of a group; one that has the only positive to itself is as large as the cube.
    let group = comptime!(match rule.plan.positives {
        Positives::All => 32,
        _ => units,
    });
    let groups = comptime!(units / group);
    let lane = unit % group;

    // The positives of a chunk: where they are, their distance, the summed slopes of their triplets, and the negative
    // of those that take one.
    let mut places = Shared::<[u32]>::new_slice(units);
    let mut reaches = Shared::<[f32]>::new_slice(units);
    let mut pulls = Shared::<[f32]>::new_slice(units);
    let mut picks = Shared::<[u32]>::new_slice(units);
    // What units tell each other.
    let mut values = Shared::<[f32]>::new_slice(units);
    let mut indices = Shared::<[u32]>::new_slice(units);
    let mut parts = Shared::<[u32]>::new_slice(units);

    let mut d_positive = 0.0f32;
    let mut d_negative = 0.0f32;
    let mut negatives = 0u32;
    let mut broken = 0u32;
    let mut j = unit;
    while j < columns {
        let d = distances[base + j];
        if !finite(d) {
            broken += 1u32;
        }
        if other_labels[j] != label {
            d_negative += d;
            negatives += 1u32;
        } else if j != own {
            d_positive += d;
        }
        j += units;
    }

    // Ranks go by index, so a unit has neighboring columns to number.
    let part = columns.div_ceil(units);
    let start = min(unit * part, columns);
    let end = min(start + part, columns);
    let mut positives = 0u32;
    for j in start..end {
        if other_labels[j] == label && j != own {
            positives += 1u32;
        }
    }
    indices[unit] = positives;
    let (before, all_positives) = sum_before(&indices, &mut parts, units);

    sync_cube();

    // The farthest of all negatives, for those who find none farther than their positive.
    let mut farthest = none;
    if comptime!(rule.plan.choice == Choice::NearestElseFarthest) {
        farthest = extreme_of_row(
            distances,
            other_labels,
            label,
            base,
            own,
            columns,
            false,
            false,
            &mut values,
            &mut indices,
            units,
        );
    }
    let mut most = 0u32;
    if comptime!(matches!(rule.plan.choice, Choice::Weighted(_))) {
        most = highest_level(
            distances,
            other_labels,
            label,
            base,
            columns,
            tables,
            numbers,
            &mut values,
            &mut indices,
            units,
        );
    }

    // How many positives are looked at.
    let looked_at = if comptime!(rule.plan.positives == Positives::All) {
        if unit == 0 {
            places[0] = all_positives;
        }
        let looked_at = workgroup_uniform_load(&places[0]);
        sync_cube();
        looked_at as usize
    } else {
        only_positive::<I>(
            distances,
            other_labels,
            label,
            base,
            own,
            columns,
            &mut values,
            &mut indices,
            &mut places,
            &mut reaches,
            rule.plan,
            units,
        )
    };

    let mut selected = 0u32;
    let mut active = 0u32;
    let mut violating = 0u32;
    let mut total = 0.0f32;
    let chunks = max(looked_at.div_ceil(units), 1usize);
    for chunk in 0..chunks {
        let skipped = chunk * units;
        let here = min(looked_at - skipped, units);
        if comptime!(rule.plan.positives == Positives::All) {
            let mut rank = before as usize;
            for j in start..end {
                if other_labels[j] == label && j != own {
                    if rank >= skipped && rank < skipped + units {
                        places[rank - skipped] = j as u32;
                        reaches[rank - skipped] = distances[base + j];
                    }
                    rank += 1usize;
                }
            }
        }
        pulls[unit] = 0.0f32;
        picks[unit] = none;
        sync_cube();

        for round in 0..here.div_ceil(groups) {
            let place = round * groups + unit / group;
            let busy = place < here;
            let mut reach = 0.0f32;
            if busy {
                reach = reaches[place];
            }
            let threshold = reach + numbers.alpha;
            // The negative that this unit takes for the group, where the rule takes one.
            let mut taken = none;

            if comptime!(rule.plan.choice == Choice::All) {
                let mut slopes = 0.0f32;
                if busy {
                    let mut j = lane;
                    while j < columns {
                        if other_labels[j] != label {
                            let d = distances[base + j];
                            let excess = threshold - d;
                            if excess > 0.0f32 {
                                violating += 1u32;
                            }
                            if eligible(d, reach, excess, rule.plan.eligible) {
                                selected += 1u32;
                                let cost = cost_of(excess, rule.soft);
                                if cost > 0.0f32 {
                                    active += 1u32;
                                }
                                total += cost;
                                slopes += slope_of(excess, rule.soft);
                            }
                        }
                        j += group;
                    }
                }
                values[unit] = slopes;
                add_up(&mut values, 1usize, units, group);
                if busy && lane == 0 {
                    pulls[place] = values[unit];
                }
            } else if comptime!(matches!(
                rule.plan.choice,
                Choice::Random(_) | Choice::Weighted(_)
            )) {
                // Shares in the order of the index, so a unit has neighboring columns.
                let part = columns.div_ceil(group);
                let from = min(lane * part, columns);
                let to = min(from + part, columns);
                let mut shares = 0u32;
                if busy {
                    for j in from..to {
                        if other_labels[j] != label {
                            let d = distances[base + j];
                            let excess = threshold - d;
                            if excess > 0.0f32 {
                                violating += 1u32;
                            }
                            if eligible(d, reach, excess, rule.plan.eligible) {
                                shares += share(d, most, tables, numbers, rule.plan.choice);
                            }
                        }
                    }
                }
                indices[unit] = shares;
                let (below, whole) = sum_before(&indices, &mut parts, group);
                let q = draw(
                    numbers.seed_low,
                    numbers.seed_high,
                    anchor as u32,
                    (skipped + place) as u32,
                );
                let number = u32::cast_from((q * f32::cast_from(whole)).floor());
                if busy && below <= number && number < below + shares {
                    let mut end = below;
                    for j in from..to {
                        if taken == none && other_labels[j] != label {
                            let d = distances[base + j];
                            if eligible(d, reach, threshold - d, rule.plan.eligible) {
                                end += share(d, most, tables, numbers, rule.plan.choice);
                                if number < end {
                                    taken = j as u32;
                                }
                            }
                        }
                    }
                }
            } else {
                let nearest = comptime!(rule.plan.choice != Choice::Farthest);
                let mut best = 0.0f32;
                let mut best_index = none;
                if busy {
                    let mut j = lane;
                    while j < columns {
                        if other_labels[j] != label {
                            let d = distances[base + j];
                            let excess = threshold - d;
                            if excess > 0.0f32 {
                                violating += 1u32;
                            }
                            if eligible(d, reach, excess, rule.plan.eligible)
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
                    &mut values,
                    &mut indices,
                    nearest,
                    group,
                );
                if busy && lane == 0 {
                    taken = indices[unit];
                    if taken == none {
                        taken = farthest;
                    }
                }
            }

            if taken < none {
                let excess = threshold - distances[base + taken as usize];
                let cost = cost_of(excess, rule.soft);
                selected += 1u32;
                if cost > 0.0f32 {
                    active += 1u32;
                }
                total += cost;
                picks[place] = taken;
                pulls[place] = slope_of(excess, rule.soft);
            }
            sync_cube();
        }

        if with_weights != 0 {
            let mut j = unit;
            while j < columns {
                let d = distances[base + j];
                let mut weight = 0.0f32;
                if comptime!(rule.plan.choice == Choice::All) {
                    if other_labels[j] != label {
                        for place in 0..here {
                            let reach = reaches[place];
                            let excess = reach + numbers.alpha - d;
                            if eligible(d, reach, excess, rule.plan.eligible) {
                                weight -= slope_of(excess, rule.soft);
                            }
                        }
                    } else {
                        for place in 0..here {
                            if places[place] == j as u32 {
                                weight = pulls[place];
                            }
                        }
                    }
                } else {
                    for place in 0..here {
                        if places[place] == j as u32 {
                            weight += pulls[place];
                        }
                        if picks[place] == j as u32 {
                            weight -= pulls[place];
                        }
                    }
                }
                weight *= squared_slope(d, scale);
                if chunk > 0 {
                    weight += weights[base + j];
                }
                weights[base + j] = weight;
                j += units;
            }
        }
        sync_cube();
    }

    let mut floats = Shared::<[f32]>::new_slice(3 * units);
    let mut integers = Shared::<[u32]>::new_slice(5 * units);
    floats[unit] = d_positive;
    floats[units + unit] = d_negative;
    floats[2 * units + unit] = total;
    integers[unit] = negatives;
    integers[units + unit] = selected;
    integers[2 * units + unit] = active;
    integers[3 * units + unit] = violating;
    integers[4 * units + unit] = broken;
    add_up(&mut floats, 3usize, units, units);
    add_up(&mut integers, 5usize, units, units);
    if unit == 0 {
        counts[anchor * 5] = i32::cast_from(all_positives);
        #[unroll]
        for column in 0..4usize {
            counts[anchor * 5 + 1 + column] = i32::cast_from(integers[column * units]);
        }
        sums[anchor * 2] = floats[0];
        sums[anchor * 2 + 1] = floats[units];
        costs[anchor * 2] = floats[2 * units];
        costs[anchor * 2 + 1] = f32::cast_from(integers[4 * units]);
    }
}

/// The nearest or farthest of the anchor's positives or negatives; `columns` where it has none. All units know it.
#[cube]
fn extreme_of_row<I: Int>(
    distances: &[f32],
    other_labels: &[I],
    label: I,
    base: usize,
    own: usize,
    columns: usize,
    #[comptime] positive: bool,
    #[comptime] nearest: bool,
    values: &mut Shared<[f32]>,
    indices: &mut Shared<[u32]>,
    #[comptime] units: usize,
) -> u32 {
    let none = columns as u32;
    let mut best = 0.0f32;
    let mut best_index = none;
    let mut j = UNIT_POS as usize;
    while j < columns {
        let same = other_labels[j] == label;
        let fits = if comptime!(positive) {
            same && j != own
        } else {
            !same
        };
        let d = distances[base + j];
        if fits && beats(d, j as u32, best, best_index, none, nearest) {
            best = d;
            best_index = j as u32;
        }
        j += units;
    }
    extreme(best, best_index, none, values, indices, nearest, units);
    let found = workgroup_uniform_load(&indices[0]);
    sync_cube();
    found
}

/// Puts the positive of a rule that looks at one into the first place; how many there are, 0 or 1. All units know it.
#[cube]
fn only_positive<I: Int>(
    distances: &[f32],
    other_labels: &[I],
    label: I,
    base: usize,
    own: usize,
    columns: usize,
    values: &mut Shared<[f32]>,
    indices: &mut Shared<[u32]>,
    places: &mut Shared<[u32]>,
    reaches: &mut Shared<[f32]>,
    #[comptime] plan: Plan,
    #[comptime] units: usize,
) -> usize {
    let none = columns as u32;
    let found = if comptime!(plan.positives == Positives::FarthestNearer) {
        let negative = extreme_of_row(
            distances,
            other_labels,
            label,
            base,
            own,
            columns,
            false,
            comptime!(plan.choice != Choice::Farthest),
            values,
            indices,
            units,
        );
        let mut best = 0.0f32;
        let mut best_index = none;
        if negative < none {
            let limit = distances[base + negative as usize];
            let mut j = UNIT_POS as usize;
            while j < columns {
                let d = distances[base + j];
                if other_labels[j] == label
                    && j != own
                    && d < limit
                    && beats(d, j as u32, best, best_index, none, false)
                {
                    best = d;
                    best_index = j as u32;
                }
                j += units;
            }
        }
        extreme(best, best_index, none, values, indices, false, units);
        let found = workgroup_uniform_load(&indices[0]);
        sync_cube();
        found
    } else {
        extreme_of_row(
            distances,
            other_labels,
            label,
            base,
            own,
            columns,
            true,
            comptime!(plan.positives == Positives::Nearest),
            values,
            indices,
            units,
        )
    };
    let mut count = 0usize;
    if found < none {
        count = 1usize;
        if UNIT_POS == 0 {
            places[0] = found;
            reaches[0] = distances[base + found as usize];
        }
    }
    count
}

#[cube]
fn eligible(d: f32, reach: f32, excess: f32, #[comptime] which: Eligible) -> bool {
    match comptime!(which) {
        Eligible::Every => true.runtime(),
        Eligible::Farther => d > reach,
        Eligible::Band => d > reach && excess > 0.0f32,
        Eligible::Violating => excess > 0.0f32,
    }
}

/// max(0, x) or ln(1 + exp(x)).
#[cube]
fn cost_of(excess: f32, #[comptime] soft: bool) -> f32 {
    let hinge = max(excess, 0.0f32);
    if comptime!(soft) {
        hinge + (-excess.abs()).exp().log1p()
    } else {
        hinge
    }
}

/// The derivative of [`cost_of`].
#[cube]
fn slope_of(excess: f32, #[comptime] soft: bool) -> f32 {
    if comptime!(soft) {
        // Of the exponential that cannot overflow.
        let small = (-excess.abs()).exp();
        select(excess > 0.0f32, 1.0f32, small) / (1.0f32 + small)
    } else {
        select(excess > 0.0f32, 1.0f32, 0.0f32)
    }
}

/// d(distance)/d(squared euclidean distance); 0 for equal rows.
#[cube]
fn squared_slope(d: f32, scale: &Scale) -> f32 {
    let mut slope = scale.part;
    if scale.plain != 0 {
        slope = 0.0f32;
        if d > 0.0f32 {
            slope = 0.5f32 / d;
        }
    }
    slope
}

/// The share of a negative in a draw.
#[cube]
fn share(d: f32, most: u32, tables: &[u32], numbers: &Numbers, #[comptime] choice: Choice) -> u32 {
    if comptime!(matches!(choice, Choice::Weighted(_))) {
        let level = level(d, tables, numbers);
        let mut part = 0u32;
        if level > 0u32 {
            let steps = (most - level) as usize;
            if steps < numbers.parts {
                part = tables[numbers.bins + steps];
            }
        }
        part
    } else {
        1u32.runtime()
    }
}

/// The level of a distance's bin; 0 where the distance is too far.
#[cube]
fn level(d: f32, tables: &[u32], numbers: &Numbers) -> u32 {
    let bin = d * numbers.bin_scale;
    let mut level = 0u32;
    if bin < f32::cast_from(numbers.bins) {
        level = tables[u32::cast_from(bin) as usize];
    }
    level
}

/// The highest [`level`] of the anchor's negatives. All units know it.
#[cube]
fn highest_level<I: Int>(
    distances: &[f32],
    other_labels: &[I],
    label: I,
    base: usize,
    columns: usize,
    tables: &[u32],
    numbers: &Numbers,
    values: &mut Shared<[f32]>,
    indices: &mut Shared<[u32]>,
    #[comptime] units: usize,
) -> u32 {
    let none = 0xffff_ffffu32;
    let mut highest = 0u32;
    let mut j = UNIT_POS as usize;
    while j < columns {
        if other_labels[j] != label {
            highest = max(highest, level(distances[base + j], tables, numbers));
        }
        j += units;
    }
    // Of equals the lowest index is found, so levels are counted down.
    extreme(0.0f32, none - highest, none, values, indices, true, units);
    let found = indices[0];
    sync_cube();
    none - found
}

/// By the bits: a compiler may take for granted that numbers are finite.
#[cube]
fn finite(value: f32) -> bool {
    u32::reinterpret(value) & 0x7f80_0000u32 != 0x7f80_0000u32
}

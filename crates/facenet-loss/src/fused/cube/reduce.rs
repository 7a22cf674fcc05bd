//! What the units of a cube find out together, in a fixed order and without plane operations.
//!
//! Everything goes in two steps with a barrier each: some units go through a part of what there is, then one goes
//! through what they found.

use cubecl::prelude::*;

/// Units of a cube that goes through a row of `length` values: a power of two, and no more than WebGPU guarantees.
pub(super) fn units_for(length: usize) -> usize {
    length.next_power_of_two().clamp(32, 256)
}

/// Units that take part in the first step among `size`, a power of two.
fn finders(size: usize) -> usize {
    1 << (size.ilog2() / 2)
}

/// Adds up `count` rows of values, a value from each of the cube's `units`, each group of `size` for itself; a sum is
/// where the group's first value was then.
#[cube]
pub(super) fn add_up<T: Numeric>(
    values: &mut Shared<[T]>,
    #[comptime] count: usize,
    #[comptime] units: usize,
    #[comptime] size: usize,
) {
    let unit = UNIT_POS as usize;
    let lane = unit % size;
    let finders = comptime!(finders(size));
    sync_cube();
    if lane < finders {
        #[unroll]
        for row in 0..count {
            let place = row * units + unit;
            let mut sum = values[place];
            #[unroll]
            for other in 1..comptime!(size / finders) {
                sum += values[place + other * finders];
            }
            values[place] = sum;
        }
    }
    sync_cube();
    if lane == 0 {
        #[unroll]
        for row in 0..count {
            let place = row * units + unit;
            let mut sum = values[place];
            #[unroll]
            for other in 1..finders {
                sum += values[place + other];
            }
            values[place] = sum;
        }
    }
    sync_cube();
}

/// Sums of `values` over the units before this one and over all, in its group of `size`.
#[cube]
pub(super) fn sum_before(
    values: &Shared<[u32]>,
    parts: &mut Shared<[u32]>,
    #[comptime] size: usize,
) -> (u32, u32) {
    let unit = UNIT_POS as usize;
    let lane = unit % size;
    let group = unit - lane;
    let finders = comptime!(finders(size));
    let share = comptime!(size / finders);
    sync_cube();
    if lane < finders {
        let mut sum = 0u32;
        #[unroll]
        for other in 0..share {
            sum += values[group + lane * share + other];
        }
        parts[unit] = sum;
    }
    sync_cube();
    let mut before = 0u32;
    let mut all = 0u32;
    #[unroll]
    for part in 0..finders {
        let sum = parts[group + part];
        before += select(part < lane / share, sum, 0u32);
        all += sum;
    }
    #[unroll]
    for other in 0..share {
        let value = values[unit - lane % share + other];
        before += select(other < lane % share, value, 0u32);
    }
    (before, all)
}

/// Whether a candidate, `none` or more where there is none, is nearer (or farther) than another; the lower index wins
/// among equals.
#[cube]
pub(super) fn beats(
    distance: f32,
    index: u32,
    other_distance: f32,
    other_index: u32,
    none: u32,
    #[comptime] nearest: bool,
) -> bool {
    let closer = if comptime!(nearest) {
        distance < other_distance
    } else {
        distance > other_distance
    };
    let first = distance == other_distance && index < other_index;
    index < none && (other_index >= none || closer || first)
}

/// Of what the units of each group of `size` give, the nearest (or the farthest) is with the group's first unit then.
#[cube]
pub(super) fn extreme(
    distance: f32,
    index: u32,
    none: u32,
    distances: &mut Shared<[f32]>,
    indices: &mut Shared<[u32]>,
    #[comptime] nearest: bool,
    #[comptime] size: usize,
) {
    let unit = UNIT_POS as usize;
    let lane = unit % size;
    let finders = comptime!(finders(size));
    distances[unit] = distance;
    indices[unit] = index;
    sync_cube();
    if lane < finders {
        best_of(
            distances,
            indices,
            none,
            nearest,
            comptime!(size / finders),
            finders,
        );
    }
    sync_cube();
    if lane == 0 {
        best_of(distances, indices, none, nearest, finders, 1usize);
    }
    sync_cube();
}

/// The best of `count` values, this unit's and those `gap` apart behind it, goes to its place.
#[cube]
fn best_of(
    distances: &mut Shared<[f32]>,
    indices: &mut Shared<[u32]>,
    none: u32,
    #[comptime] nearest: bool,
    #[comptime] count: usize,
    #[comptime] gap: usize,
) {
    let unit = UNIT_POS as usize;
    let mut best = distances[unit];
    let mut best_index = indices[unit];
    #[unroll]
    for other in 1..count {
        let distance = distances[unit + other * gap];
        let index = indices[unit + other * gap];
        if beats(distance, index, best, best_index, none, nearest) {
            best = distance;
            best_index = index;
        }
    }
    distances[unit] = best;
    indices[unit] = best_index;
}

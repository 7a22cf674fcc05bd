//! The statistics of an anchor.

use cubecl::prelude::*;

use super::super::reduce::add_up;
use super::pair::Found;
use super::row::RowSums;

/// Adds up what all units found and writes the anchor's row of counts, sums and costs.
#[cube]
pub(super) fn write_statistics(
    counts: &mut [i32],
    sums: &mut [f32],
    costs: &mut [f32],
    anchor: usize,
    positives: u32,
    row_sums: &RowSums,
    found: &Found,
    #[comptime] units: usize,
) {
    let unit = UNIT_POS as usize;
    let mut floats = Shared::<[f32]>::new_slice(3 * units);
    let mut integers = Shared::<[u32]>::new_slice(5 * units);
    floats[unit] = row_sums.d_positive;
    floats[units + unit] = row_sums.d_negative;
    floats[2 * units + unit] = found.cost;
    integers[unit] = row_sums.negatives;
    integers[units + unit] = found.selected;
    integers[2 * units + unit] = found.active;
    integers[3 * units + unit] = found.violating;
    integers[4 * units + unit] = row_sums.broken;
    add_up(&mut floats, 3usize, units, units);
    add_up(&mut integers, 5usize, units, units);
    if unit == 0 {
        counts[anchor * 5] = i32::cast_from(positives);
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

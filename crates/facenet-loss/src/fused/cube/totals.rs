//! The loss of all anchors.

use cubecl::prelude::*;

use super::reduce::add_up;
use crate::Reduction;

/// Loss `[1]` and divisor `[1]` from the counts `[anchors, 5]` and costs `[anchors, 2]` of all anchors. One cube.
#[cube(launch)]
pub(super) fn totals(
    counts: &[i32],
    costs: &[f32],
    loss: &mut [f32],
    divisor: &mut [f32],
    anchors: usize,
    #[comptime] reduction: Reduction,
    #[comptime] units: usize,
) {
    let unit = UNIT_POS as usize;
    let mut cost = 0.0f32;
    let mut broken = 0.0f32;
    let mut count = 0.0f32;
    let mut anchor = unit;
    while anchor < anchors {
        cost += costs[anchor * 2];
        broken += costs[anchor * 2 + 1];
        let counted = anchor * 5;
        count += match comptime!(reduction) {
            Reduction::MeanActive => f32::cast_from(counts[counted + 3]),
            Reduction::MeanSelected => f32::cast_from(counts[counted + 2]),
            Reduction::MeanAnchors => {
                let valid = counts[counted] > 0i32 && counts[counted + 1] > 0i32;
                select(valid, 1.0f32, 0.0f32)
            }
            Reduction::Sum => 0.0f32.runtime(),
        };
        anchor += units;
    }
    let mut values = Shared::<[f32]>::new_slice(3 * units);
    values[unit] = cost;
    values[units + unit] = broken;
    values[2 * units + unit] = count;
    add_up(&mut values, 3usize, units, units);
    if unit == 0 {
        let count = max(values[2 * units], 1.0f32);
        let mut sum = values[0] / count;
        if values[units] > 0.0f32 {
            // NaN by its bits, with one of them unknown to the compiler: some take no constant NaN.
            sum = f32::reinterpret(0x7fc0_0000u32 | u32::cast_from(values[units]));
        }
        loss[0] = sum;
        divisor[0] = count;
    }
}

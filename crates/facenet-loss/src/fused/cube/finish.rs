//! What is left to do where a gradient is not made at once.

use cubecl::prelude::*;

use super::reduce::add_up;

/// Divides a gradient, `[rows, dim]`, by the divisor. With `directions` and `lengths` of
/// [`unit_rows`](super::unit_rows::unit_rows) it was one for the directions u = x/‖x‖ and becomes one for x: the part
/// that is orthogonal to u, over ‖x‖; 0 for rows of zeros. A cube for each row.
#[cube(launch)]
pub(super) fn finish(
    gradient: &mut [f32],
    divisor: &[f32],
    directions: &[f32],
    lengths: &[f32],
    rows: usize,
    dim: usize,
    #[comptime] from_directions: bool,
    #[comptime] units: usize,
) {
    let row = CUBE_POS;
    if row >= rows {
        terminate!();
    }
    let unit = UNIT_POS as usize;
    let mut radial = 0.0f32;
    let mut scale = 1.0f32 / divisor[0];
    if comptime!(from_directions) {
        let mut values = Shared::<[f32]>::new_slice(units);
        let mut k = unit;
        while k < dim {
            radial += gradient[row * dim + k] * directions[row * dim + k];
            k += units;
        }
        values[unit] = radial;
        add_up(&mut values, 1usize, units, units);
        radial = values[0];
        let length = lengths[row];
        scale = select(length > 0.0f32, scale / length, 0.0f32);
    }
    let mut k = unit;
    while k < dim {
        let mut value = gradient[row * dim + k];
        if comptime!(from_directions) {
            value -= radial * directions[row * dim + k];
        }
        gradient[row * dim + k] = value * scale;
        k += units;
    }
}

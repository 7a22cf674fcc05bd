//! Embeddings as directions.

use cubecl::prelude::*;

use super::reduce::{add_up, extreme};

/// Directions `[rows, dim]` and lengths `[rows]` of the rows of x; a row of zeros is its own direction and has the
/// length 0. A cube for each row.
///
/// Squares of very long or very short rows leave the range of f32; those of scaled rows do not.
#[cube(launch)]
pub(super) fn unit_rows(
    x: &[f32],
    directions: &mut [f32],
    lengths: &mut [f32],
    rows: usize,
    dim: usize,
    #[comptime] units: usize,
) {
    let row = CUBE_POS;
    if row >= rows {
        terminate!();
    }
    let unit = UNIT_POS as usize;
    let mut values = Shared::<[f32]>::new_slice(units);
    let mut indices = Shared::<[u32]>::new_slice(units);

    let mut largest = 0.0f32;
    let mut k = unit;
    while k < dim {
        let size = x[row * dim + k].abs();
        if size > largest {
            largest = size;
        }
        k += units;
    }
    extreme(largest, 0u32, 1u32, &mut values, &mut indices, false, units);
    let mut scale = values[0];
    let zero = scale == 0.0f32;
    if zero {
        scale = 1.0f32;
    }
    sync_cube();

    let mut squares = 0.0f32;
    let mut k = unit;
    while k < dim {
        let scaled = x[row * dim + k] / scale;
        squares += scaled * scaled;
        k += units;
    }
    values[unit] = squares;
    add_up(&mut values, 1usize, units, units);
    let mut length = values[0].sqrt();
    if length == 0.0f32 {
        length = 1.0f32;
    }

    let mut k = unit;
    while k < dim {
        directions[row * dim + k] = x[row * dim + k] / scale / length;
        k += units;
    }
    if unit == 0 {
        lengths[row] = select(zero, 0.0f32, length * scale);
    }
}

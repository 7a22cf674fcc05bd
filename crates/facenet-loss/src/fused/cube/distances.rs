//! Distances of all rows of x to all rows of y.

use cubecl::prelude::*;

use super::tile::{EACH, SIDE, STEP, TILE, WIDTH, element};
use crate::Distance;

/// Distances of `rows` rows of x, from row `first` on, to all rows of y: `[rows, columns]`.
///
/// A cube makes a tile of [`TILE`] × [`TILE`], a unit [`EACH`] × [`EACH`] of it. For the cosine distance x and y are
/// unit rows. Every element is summed up in the same order from differences: those of equal rows are 0, and those of
/// i and j are those of j and i.
#[cube(launch)]
pub(super) fn distances(
    x: &[f32],
    y: &[f32],
    out: &mut [f32],
    first: usize,
    rows: usize,
    columns: usize,
    dim: usize,
    #[comptime] distance: Distance,
) {
    let unit = UNIT_POS as usize;
    let across = unit % SIDE;
    let down = unit / SIDE;
    let first_row = CUBE_POS_Y as usize * TILE;
    let first_column = CUBE_POS_X as usize * TILE;
    let mut xs = Shared::<[f32]>::new_slice(STEP * WIDTH);
    let mut ys = Shared::<[f32]>::new_slice(STEP * WIDTH);
    let mut sums = Array::<f32>::new(EACH * EACH);
    #[unroll]
    for place in 0..EACH * EACH {
        sums[place] = 0.0f32;
    }

    for step in 0..dim.div_ceil(STEP) {
        let k = step * STEP + across;
        #[unroll]
        for part in 0..EACH {
            let line = down + part * SIDE;
            xs[across * WIDTH + line] = element(x, first, first_row + line, rows, k, dim);
            ys[across * WIDTH + line] = element(y, 0, first_column + line, columns, k, dim);
        }
        sync_cube();
        for k in 0..STEP {
            #[unroll]
            for i in 0..EACH {
                let of_x = xs[k * WIDTH + down + i * SIDE];
                #[unroll]
                for j in 0..EACH {
                    let difference = of_x - ys[k * WIDTH + across + j * SIDE];
                    sums[i * EACH + j] += difference * difference;
                }
            }
        }
        sync_cube();
    }

    #[unroll]
    for i in 0..EACH {
        #[unroll]
        for j in 0..EACH {
            let row = first_row + down + i * SIDE;
            let column = first_column + across + j * SIDE;
            if row < rows && column < columns {
                let sum = sums[i * EACH + j];
                out[row * columns + column] = match comptime!(distance) {
                    Distance::SquaredEuclidean => sum,
                    Distance::Euclidean => sum.sqrt(),
                    Distance::Cosine => sum * 0.5f32,
                };
            }
        }
    }
}

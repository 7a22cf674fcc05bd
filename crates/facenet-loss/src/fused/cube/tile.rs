//! Tiles of matrices in shared memory.

use cubecl::prelude::*;

/// Rows and columns of a tile of the output.
pub(super) const TILE: usize = 64;
/// How much of the dimension that is summed over is in shared memory at a time.
pub(super) const STEP: usize = 16;
/// Units along each side of a tile.
pub(super) const SIDE: usize = 16;
/// Units of a cube.
pub(super) const UNITS: usize = SIDE * SIDE;
/// Elements of the output along each side of a tile that a unit holds.
pub(super) const EACH: usize = TILE / SIDE;
/// A row of a tile in shared memory: one more than it holds, so that a column lies in as many banks as a row.
pub(super) const WIDTH: usize = TILE + 1;

/// An element of a matrix in row order, 0 beyond its last row or column.
#[cube]
pub(super) fn element(
    matrix: &[f32],
    first: usize,
    row: usize,
    rows: usize,
    column: usize,
    columns: usize,
) -> f32 {
    let mut value = 0.0f32;
    if row < rows && column < columns {
        value = matrix[(first + row) * columns + column];
    }
    value
}

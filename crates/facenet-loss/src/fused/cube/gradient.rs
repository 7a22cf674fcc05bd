//! From W to the gradient of the embeddings.

use cubecl::prelude::*;

use super::tile::{EACH, SIDE, STEP, TILE, WIDTH, element};

/// Whose gradient, if W is `[anchors, candidates]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Side {
    /// That of the anchors: W.
    Anchors,
    /// That of the candidates: Wᵀ.
    Candidates,
    /// That of anchors that are each other's candidates: W + Wᵀ.
    Both,
}

/// What part of the two sides takes part, and what is done with the result.
#[derive(CubeLaunch, CubeType)]
pub(super) struct Part {
    /// The first row whose gradient is made, and how many.
    first: usize,
    rows: usize,
    /// The first row on the other side, and how many.
    other_first: usize,
    other_rows: usize,
    /// Columns of W.
    columns: usize,
    dim: usize,
    /// Add to what is in the output.
    add: u32,
    /// Divide by the divisor.
    divide: u32,
}

/// The gradient for x: in row i Σ_j 2 w_ij (x_i − y_j), where w is W, its transpose or both. As with distances,
/// differences keep the digits of what is close to each other.
///
/// A cube makes a tile of [`TILE`] × [`TILE`], a unit [`EACH`] × [`EACH`] of it.
#[cube(launch)]
pub(super) fn gradient(
    x: &[f32],
    y: &[f32],
    weights: &[f32],
    divisor: &[f32],
    out: &mut [f32],
    part: &Part,
    #[comptime] side: Side,
) {
    let unit = UNIT_POS as usize;
    let across = unit % SIDE;
    let down = unit / SIDE;
    let first_row = CUBE_POS_Y as usize * TILE;
    let first_column = CUBE_POS_X as usize * TILE;
    let mut ws = Shared::<[f32]>::new_slice(STEP * WIDTH);
    let mut ys = Shared::<[f32]>::new_slice(STEP * WIDTH);
    let mut xs = Array::<f32>::new(EACH * EACH);
    let mut sums = Array::<f32>::new(EACH * EACH);
    #[unroll]
    for i in 0..EACH {
        #[unroll]
        for j in 0..EACH {
            let row = first_row + down + i * SIDE;
            let column = first_column + across + j * SIDE;
            xs[i * EACH + j] = element(x, part.first, row, part.rows, column, part.dim);
            sums[i * EACH + j] = 0.0f32;
        }
    }

    for step in 0..part.other_rows.div_ceil(STEP) {
        let first_other = step * STEP;
        // Neighboring units read neighboring elements of each matrix.
        let line = unit % TILE;
        #[unroll]
        for quarter in 0..EACH {
            let other = unit / TILE + quarter * (STEP / EACH);
            ys[other * WIDTH + line] = element(
                y,
                part.other_first,
                first_other + other,
                part.other_rows,
                first_column + line,
                part.dim,
            );
            if comptime!(side != Side::Anchors) {
                let mut weight = 0.0f32;
                if first_other + other < part.other_rows && first_row + line < part.rows {
                    weight = weights[(first_other + other) * part.columns + first_row + line];
                }
                ws[other * WIDTH + line] = weight;
            }
        }
        if comptime!(side == Side::Both) {
            sync_cube();
        }
        if comptime!(side != Side::Candidates) {
            #[unroll]
            for quarter in 0..EACH {
                let line = down + quarter * SIDE;
                let mut weight = 0.0f32;
                if first_other + across < part.other_rows && first_row + line < part.rows {
                    weight = weights[(first_row + line) * part.columns + first_other + across];
                }
                if comptime!(side == Side::Both) {
                    weight += ws[across * WIDTH + line];
                }
                ws[across * WIDTH + line] = weight;
            }
        }
        sync_cube();
        for other in 0..STEP {
            #[unroll]
            for i in 0..EACH {
                let weight = ws[other * WIDTH + down + i * SIDE];
                #[unroll]
                for j in 0..EACH {
                    let difference = xs[i * EACH + j] - ys[other * WIDTH + across + j * SIDE];
                    sums[i * EACH + j] += weight * difference;
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
            if row < part.rows && column < part.dim {
                let place = (part.first + row) * part.dim + column;
                let mut value = 2.0f32 * sums[i * EACH + j];
                if part.add != 0 {
                    value += out[place];
                }
                if part.divide != 0 {
                    value /= divisor[0];
                }
                out[place] = value;
            }
        }
    }
}

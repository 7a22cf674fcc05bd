//! The gradient with respect to the weight.

use rayon::prelude::*;

use super::super::geometry::Geometry;
use super::super::scratch::{Scratch, at_least, with_scratch};
use super::columns::{gather, maps_of, unroll};
use super::product::{View, ViewMut, product};
use super::tiles::{Tile, tiles};

/// Height of a block of columns: with a tile's width it fits a core's own cache.
const COLUMN_BLOCK: usize = 288;
/// Pieces that keep a machine of common size busy.
const PIECES: usize = 16;
/// A partial sum over fewer positions costs more than it saves.
const FEWEST_POSITIONS: usize = 512;
/// Output channels that are added up together: a cache line of them.
const LINE: usize = 16;

/// `dW = Σ dY · X̃ᵀ` over the batch: input `[N, C, H, W]` and output gradient `[N, O, H', W']`, both contiguous, give
/// `[O, C, kh, kw]`.
///
/// A piece of work is a block of input channels and a part of the positions. The sums of the parts are added in order.
pub(in super::super) fn weight_grad(
    geometry: &Geometry,
    input: &[f32],
    output_grad: &[f32],
) -> Vec<f32> {
    let outputs = geometry.channels_out;
    let column = geometry.column();
    let taps = geometry.taps();
    let tiles = tiles(geometry.batch, geometry.positions());

    let block = (COLUMN_BLOCK / taps).clamp(1, geometry.channels_in);
    let blocks = geometry.channels_in.div_ceil(block);
    let parts = (PIECES / blocks)
        .min(geometry.batch * geometry.positions() / FEWEST_POSITIONS)
        .clamp(1, tiles.len());

    // A partial sum is held transposed, `[K, O]`: the product then rearranges the gradient, the smaller factor.
    let mut sums = vec![0.0; parts * column * outputs];
    let mut pieces = Vec::with_capacity(parts * blocks);
    for (part, sum) in sums.chunks_mut(column * outputs).enumerate() {
        let tiles = &tiles[part * tiles.len() / parts..(part + 1) * tiles.len() / parts];
        for (index, sum) in sum.chunks_mut(block * taps * outputs).enumerate() {
            let first = index * block;
            pieces.push((tiles, first..(first + block).min(geometry.channels_in), sum));
        }
    }
    pieces.into_par_iter().for_each(|(tiles, channels, sum)| {
        with_scratch(|scratch| {
            for (index, tile) in tiles.iter().enumerate() {
                let channels = channels.clone();
                add_tile(
                    geometry,
                    input,
                    output_grad,
                    tile,
                    channels,
                    sum,
                    index > 0,
                    scratch,
                );
            }
        });
    });

    let mut grad = vec![0.0; outputs * column];
    grad.par_chunks_mut(LINE * column)
        .enumerate()
        .for_each(|(line, grad)| {
            let rows = grad.len() / column;
            for sum in sums.chunks(column * outputs) {
                for (k, sum) in sum.chunks(outputs).enumerate() {
                    for (row, value) in sum[line * LINE..][..rows].iter().enumerate() {
                        grad[row * column + k] += *value;
                    }
                }
            }
        });
    grad
}

#[allow(clippy::too_many_arguments)]
fn add_tile(
    geometry: &Geometry,
    input: &[f32],
    output_grad: &[f32],
    tile: &Tile,
    channels: std::ops::Range<usize>,
    sum: &mut [f32],
    accumulate: bool,
    scratch: &mut Scratch,
) {
    let positions = geometry.positions();
    let outputs = geometry.channels_out;
    let inputs = geometry.channels_in;
    let height = channels.len() * geometry.taps();
    let width = tile.columns().next_multiple_of(8);
    let single = tile.images == 1;
    let maps = maps_of(output_grad, outputs, positions, tile, &mut scratch.rows);
    let columns = if single && geometry.is_pointwise() {
        let first = (tile.image * inputs + channels.start) * positions + tile.start;
        View::rows(&input[first..], positions)
    } else {
        let columns = at_least(&mut scratch.columns, height * width);
        if geometry.is_pointwise() {
            gather(input, inputs, positions, tile, channels, columns, width);
        } else {
            unroll(geometry, input, tile, channels, columns, width);
        }
        View::rows(columns, width)
    };
    let target = ViewMut::rows(sum, outputs);
    product(
        [height, outputs, tile.columns()],
        target,
        columns,
        maps.transposed(),
        accumulate,
    );
}

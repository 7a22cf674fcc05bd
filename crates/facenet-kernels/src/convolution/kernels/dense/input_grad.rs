//! The gradient with respect to the input.

use rayon::prelude::*;

use super::super::epilogue::Epilogue;
use super::super::geometry::Geometry;
use super::super::scratch::{Scratch, at_least, with_scratch};
use super::columns::{maps_of, roll};
use super::forward::forward;
use super::product::{View, ViewMut, product};
use super::tiles::{Tile, tiles};

/// Height of a block of columns: with a tile's width it fits a core's own cache.
const COLUMN_BLOCK: usize = 288;
/// Input channels whose kernels are turned together: a cache line of them, where kernels are single numbers.
const LINE: usize = 16;

/// `dX`: weight `[O, C, kh, kw]` and output gradient `[N, O, H', W']`, both contiguous, give `[N, C, H, W]`.
///
/// With stride 1 this is a convolution of the gradient with the turned kernel; otherwise `col2im(Wᵀ · dY)`.
pub(in super::super) fn input_grad(
    geometry: &Geometry,
    weight: &[f32],
    output_grad: &[f32],
) -> Vec<f32> {
    match geometry.transposed() {
        Some(transposed) => {
            let weight = turned(geometry, weight);
            forward(&transposed, output_grad, &weight, &Epilogue::default())
        }
        None => rolled(geometry, weight, output_grad),
    }
}

/// The weight with its channels exchanged and its kernels turned by 180°: `[C, O, kh, kw]`.
fn turned(geometry: &Geometry, weight: &[f32]) -> Vec<f32> {
    let taps = geometry.taps();
    let row = geometry.channels_out * taps;
    let mut turned = vec![0.0; weight.len()];
    // A line of rows at a time, which one reads and writes in cache lines.
    turned
        .par_chunks_mut(LINE * row)
        .enumerate()
        .for_each(|(line, rows)| {
            let first = line * LINE * taps;
            for (output, kernels) in weight.chunks(geometry.column()).enumerate() {
                let kernels = &kernels[first..];
                if taps == 1 {
                    for (row, value) in rows.chunks_exact_mut(row).zip(kernels) {
                        row[output] = *value;
                    }
                    continue;
                }
                for (row, kernel) in rows.chunks_exact_mut(row).zip(kernels.chunks_exact(taps)) {
                    let target = &mut row[output * taps..][..taps];
                    for (target, value) in target.iter_mut().zip(kernel.iter().rev()) {
                        *target = *value;
                    }
                }
            }
        });
    turned
}

/// The general case: each task owns the images of its tiles, so that overlapping windows add up without races.
fn rolled(geometry: &Geometry, weight: &[f32], output_grad: &[f32]) -> Vec<f32> {
    let image_len = geometry.channels_in * geometry.pixels();
    let mut grad = vec![0.0; geometry.batch * image_len];
    let tiles = tiles(geometry.batch, geometry.positions());
    let owned = tiles
        .chunk_by(|a, b| a.image == b.image)
        .collect::<Vec<_>>();
    let images = owned.first().map_or(1, |tiles| tiles[0].images);
    grad.par_chunks_mut(images * image_len)
        .zip(owned)
        .for_each(|(grad, tiles)| {
            with_scratch(|scratch| {
                for tile in tiles {
                    add_tile(geometry, weight, output_grad, tile, grad, scratch);
                }
            });
        });
    grad
}

fn add_tile(
    geometry: &Geometry,
    weight: &[f32],
    output_grad: &[f32],
    tile: &Tile,
    grad: &mut [f32],
    scratch: &mut Scratch,
) {
    let positions = geometry.positions();
    let outputs = geometry.channels_out;
    let column = geometry.column();
    let width = tile.columns().next_multiple_of(8);
    let maps = maps_of(output_grad, outputs, positions, tile, &mut scratch.rows);
    let block = (COLUMN_BLOCK / geometry.taps()).clamp(1, geometry.channels_in);
    for channel in (0..geometry.channels_in).step_by(block) {
        let channels = channel..(channel + block).min(geometry.channels_in);
        let height = channels.len() * geometry.taps();
        let columns = at_least(&mut scratch.columns, height * width);
        let left = View::rows(&weight[channel * geometry.taps()..], column).transposed();
        let target = ViewMut::rows(columns, width);
        product([height, tile.columns(), outputs], target, left, maps, false);
        roll(geometry, columns, width, tile, channels, grad);
    }
}

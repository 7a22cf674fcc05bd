//! The forward product.

use rayon::prelude::*;

use super::columns::{gather, unroll};
use super::geometry::Geometry;
use super::product::{Shared, View, ViewMut, product};
use super::scratch::{Scratch, at_least, with_scratch};
use super::tiles::{Tile, tiles};

/// Height of a block of columns: with a tile's width it fits a core's own cache.
const COLUMN_BLOCK: usize = 288;
/// Pieces of work below which the output channels are split as well, and the fewest channels of a piece.
const PIECES: usize = 8;
const FEWEST_CHANNELS: usize = 32;

/// `Y = W · X̃`: input `[N, C, H, W]` and weight `[O, C, kh, kw]`, both contiguous, give `[N, O, H', W']`.
pub(in crate::convolution) fn forward(
    geometry: &Geometry,
    input: &[f32],
    weight: &[f32],
) -> Vec<f32> {
    let positions = geometry.positions();
    let outputs = geometry.channels_out;
    let mut output = vec![0.0; geometry.batch * outputs * positions];
    let shared = Shared::new(&mut output);

    let tiles = tiles(geometry.batch, positions);
    let parts = (PIECES / tiles.len()).min(outputs / FEWEST_CHANNELS).max(1);
    let part = outputs.div_ceil(parts);
    (0..tiles.len() * parts).into_par_iter().for_each(|piece| {
        let first = (piece % parts * part).min(outputs);
        let last = (first + part).min(outputs);
        if first < last {
            let rows = Rows { first, last };
            with_scratch(|scratch| {
                run(
                    geometry,
                    input,
                    weight,
                    &tiles[piece / parts],
                    rows,
                    &shared,
                    scratch,
                );
            });
        }
    });
    output
}

/// The output channels of a piece of work.
struct Rows {
    first: usize,
    last: usize,
}

fn run(
    geometry: &Geometry,
    input: &[f32],
    weight: &[f32],
    tile: &Tile,
    rows: Rows,
    output: &Shared<'_>,
    scratch: &mut Scratch,
) {
    let positions = geometry.positions();
    let column = geometry.column();
    let count = rows.last - rows.first;
    let place = |image: usize| {
        ((tile.image + image) * geometry.channels_out + rows.first) * positions + tile.start
    };
    let weight = &weight[rows.first * column..rows.last * column];

    if tile.images == 1 && geometry.is_pointwise() {
        let pixels = &input[tile.image * column * positions + tile.start..];
        // SAFETY: tiles are disjoint, and so are the channels of one tile's pieces.
        let target = unsafe { output.rows(place(0), positions) };
        let right = View::rows(pixels, positions);
        product(
            [count, tile.len, column],
            target,
            View::rows(weight, column),
            right,
            false,
        );
        return;
    }

    // Padding the width to whole vectors keeps the product from copying its operand once more.
    let width = tile.columns().next_multiple_of(8);
    let block = (COLUMN_BLOCK / geometry.taps()).clamp(1, geometry.channels_in);
    let single = tile.images == 1;
    let maps = at_least(&mut scratch.rows, if single { 0 } else { count * width });
    for channel in (0..geometry.channels_in).step_by(block) {
        let channels = channel..(channel + block).min(geometry.channels_in);
        let height = channels.len() * geometry.taps();
        let columns = at_least(&mut scratch.columns, height * width);
        if geometry.is_pointwise() {
            gather(
                input,
                geometry.channels_in,
                positions,
                tile,
                channels,
                columns,
                width,
            );
        } else {
            unroll(geometry, input, tile, channels, columns, width);
        }
        let left = View::rows(&weight[channel * geometry.taps()..], column);
        let right = View::rows(columns, width);
        if single {
            // SAFETY: tiles are disjoint, and so are the channels of one tile's pieces.
            let target = unsafe { output.rows(place(0), positions) };
            product([count, tile.len, height], target, left, right, channel > 0);
        } else {
            let target = ViewMut::rows(maps, width);
            product([count, width, height], target, left, right, channel > 0);
        }
    }
    if !single {
        for image in 0..tile.images {
            // SAFETY: tiles are disjoint, and so are the channels of one tile's pieces.
            let target = unsafe { output.slice(place(image), count * positions) };
            for (target, map) in target.chunks_mut(positions).zip(maps.chunks(width)) {
                target.copy_from_slice(&map[image * positions..][..positions]);
            }
        }
    }
}

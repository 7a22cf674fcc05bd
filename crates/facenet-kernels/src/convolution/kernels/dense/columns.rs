//! Between images and column matrices.

use std::ops::Range;

use super::super::geometry::Geometry;
use super::super::scratch::at_least;
use super::product::View;
use super::tiles::Tile;

/// The part of one output row that a tile covers.
struct Segment {
    row: usize,
    columns: Range<usize>,
}

/// The output rows of `start..start + len`.
fn segments(width: usize, start: usize, len: usize) -> impl Iterator<Item = Segment> {
    let end = start + len;
    (start / width..end.div_ceil(width)).map(move |row| Segment {
        row,
        columns: start.saturating_sub(row * width)..(end - row * width).min(width),
    })
}

/// The input line under output line `position` for a kernel element at `tap`, or `None` in the padding.
fn input_line(
    position: usize,
    tap: usize,
    stride: usize,
    padding: usize,
    size: usize,
) -> Option<usize> {
    (position * stride + tap)
        .checked_sub(padding)
        .filter(|&line| line < size)
}

/// The output columns for which a kernel element at `tap` meets the input.
fn inside(geometry: &Geometry, tap: usize) -> Range<usize> {
    let stride = geometry.stride[1];
    let first = geometry.padding[1].saturating_sub(tap).div_ceil(stride);
    let past = (geometry.size_in[1] + geometry.padding[1])
        .saturating_sub(tap)
        .div_ceil(stride);
    first..past
}

/// Writes the columns of `channels` for a tile: row `(c, i, j)` of `columns` holds, for each position of the tile, the
/// input under kernel element `(i, j)`, zero in the padding. Rows are `stride` elements apart.
pub(super) fn unroll(
    geometry: &Geometry,
    input: &[f32],
    tile: &Tile,
    channels: Range<usize>,
    columns: &mut [f32],
    stride: usize,
) {
    let [_, width_in] = geometry.size_in;
    let [_, width_out] = geometry.size_out;
    let [_, kernel_width] = geometry.kernel;
    let [stride_y, stride_x] = geometry.stride;
    let [padding_y, padding_x] = geometry.padding;
    let pixels = geometry.pixels();
    for (row, line) in columns.chunks_mut(stride).enumerate() {
        let channel = channels.start + row / geometry.taps();
        if channel >= channels.end {
            break;
        }
        let tap = row % geometry.taps();
        let (tap_y, tap_x) = (tap / kernel_width, tap % kernel_width);
        let inside = inside(geometry, tap_x);
        let mut rest = &mut line[..tile.columns()];
        for image in tile.image..tile.image + tile.images {
            let plane = &input[(image * geometry.channels_in + channel) * pixels..][..pixels];
            for segment in segments(width_out, tile.start, tile.len) {
                let (target, after) = rest.split_at_mut(segment.columns.len());
                rest = after;
                let Some(y) =
                    input_line(segment.row, tap_y, stride_y, padding_y, geometry.size_in[0])
                else {
                    target.fill(0.0);
                    continue;
                };
                let first = inside
                    .start
                    .clamp(segment.columns.start, segment.columns.end);
                let past = inside.end.clamp(first, segment.columns.end);
                let (left, middle) = target.split_at_mut(first - segment.columns.start);
                let (middle, right) = middle.split_at_mut(past - first);
                left.fill(0.0);
                right.fill(0.0);
                if middle.is_empty() {
                    continue;
                }
                let source = &plane[y * width_in..][..width_in];
                let source = &source[first * stride_x + tap_x - padding_x..];
                if stride_x == 1 {
                    middle.copy_from_slice(&source[..middle.len()]);
                } else {
                    for (target, value) in middle.iter_mut().zip(source.iter().step_by(stride_x)) {
                        *target = *value;
                    }
                }
            }
        }
    }
}

/// The reverse of [`unroll`]: adds the columns of `channels` for a tile to the image gradient `output`, which begins at
/// the first image of the tile.
pub(super) fn roll(
    geometry: &Geometry,
    columns: &[f32],
    stride: usize,
    tile: &Tile,
    channels: Range<usize>,
    output: &mut [f32],
) {
    let [_, width_in] = geometry.size_in;
    let [_, width_out] = geometry.size_out;
    let [_, kernel_width] = geometry.kernel;
    let [stride_y, stride_x] = geometry.stride;
    let [padding_y, padding_x] = geometry.padding;
    let pixels = geometry.pixels();
    for (row, line) in columns.chunks(stride).enumerate() {
        let channel = channels.start + row / geometry.taps();
        if channel >= channels.end {
            break;
        }
        let tap = row % geometry.taps();
        let (tap_y, tap_x) = (tap / kernel_width, tap % kernel_width);
        let inside = inside(geometry, tap_x);
        let mut rest = &line[..tile.columns()];
        for image in 0..tile.images {
            let plane = &mut output[(image * geometry.channels_in + channel) * pixels..][..pixels];
            for segment in segments(width_out, tile.start, tile.len) {
                let (values, after) = rest.split_at(segment.columns.len());
                rest = after;
                let Some(y) =
                    input_line(segment.row, tap_y, stride_y, padding_y, geometry.size_in[0])
                else {
                    continue;
                };
                let first = inside
                    .start
                    .clamp(segment.columns.start, segment.columns.end);
                let past = inside.end.clamp(first, segment.columns.end);
                if first == past {
                    continue;
                }
                let values = &values[first - segment.columns.start..past - segment.columns.start];
                let target = &mut plane[y * width_in..][..width_in];
                let target = &mut target[first * stride_x + tap_x - padding_x..];
                if stride_x == 1 {
                    for (target, value) in target.iter_mut().zip(values) {
                        *target += *value;
                    }
                } else {
                    for (target, value) in target.iter_mut().step_by(stride_x).zip(values) {
                        *target += *value;
                    }
                }
            }
        }
    }
}

/// The maps of a tile as a matrix of `channels` rows: where they lie, or side by side in `rows` where they lie in several
/// images.
pub(super) fn maps_of<'a>(
    maps: &'a [f32],
    channels: usize,
    positions: usize,
    tile: &Tile,
    rows: &'a mut Vec<f32>,
) -> View<'a> {
    if tile.images == 1 {
        let first = tile.image * channels * positions + tile.start;
        return View::rows(&maps[first..], positions);
    }
    let width = tile.columns().next_multiple_of(8);
    let rows = at_least(rows, channels * width);
    gather(maps, channels, positions, tile, 0..channels, rows, width);
    View::rows(rows, width)
}

/// Brings the maps of `channels` of a tile's images side by side: `[N, C, P]` to rows of `images · P`, `stride` apart.
pub(super) fn gather(
    maps: &[f32],
    all_channels: usize,
    positions: usize,
    tile: &Tile,
    channels: Range<usize>,
    rows: &mut [f32],
    stride: usize,
) {
    for (row, channel) in rows.chunks_mut(stride).zip(channels) {
        for (image, target) in row[..tile.columns()].chunks_mut(tile.len).enumerate() {
            let from = ((tile.image + image) * all_channels + channel) * positions + tile.start;
            target.copy_from_slice(&maps[from..from + tile.len]);
        }
    }
}

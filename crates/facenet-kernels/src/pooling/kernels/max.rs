//! Max pooling.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::strided;
use super::windows::{SIDE, Windows};
use crate::cpu::written;
use crate::simd::vectorized;

/// The tap of a place where no window begins.
const NONE: u32 = u32::MAX;

/// The greater of two values with its tap, without a branch: the first of equals stays, and the last NaN wins, as in Burn.
#[inline(always)]
fn greater((first, first_tap): (f32, u32), (second, second_tap): (f32, u32)) -> (f32, u32) {
    let replaces = (second > first) | second.is_nan();
    let value = if replaces { second } else { first };
    let tap = if replaces { second_tap } else { first_tap };
    (value, tap)
}

/// The greatest value of each window, and its place in the window as `3 · row + column`.
///
/// The padding repeats the edges of the map. Every repeated value lies in the window that sees it, so it changes no
/// maximum; where its place is a repeated one, [`max_pool_grad`] finds the original.
pub(in crate::pooling) fn max_pool(windows: &Windows, x: &[f32]) -> (Vec<f32>, Vec<u8>) {
    let [batch, channels, ..] = windows.input;
    let maps = batch * channels;
    assert_eq!(
        x.len(),
        maps * windows.pixels(),
        "the input has the elements of its shape"
    );
    let positions = windows.positions();
    let write = |taps: &mut [MaybeUninit<u8>]| {
        let write = |output: &mut [MaybeUninit<f32>]| {
            output
                .par_chunks_mut(positions)
                .zip(taps.par_chunks_mut(positions))
                .zip(x.par_chunks(windows.pixels()))
                .with_min_len(windows.maps_per_piece())
                .for_each_init(
                    || Forward::new(windows),
                    |forward, ((output, taps), x)| {
                        vectorized(
                            #[inline(always)]
                            || forward.map(windows, x, output, taps),
                        );
                    },
                );
        };
        // SAFETY: the maps are all of the output, and `Forward::map` writes a map's every row.
        unsafe { written(maps * positions, write) }.0
    };
    // SAFETY: as above.
    let (taps, output) = unsafe { written(maps * positions, write) };
    (output, taps)
}

/// The buffers of a piece of work.
struct Forward {
    padded: Vec<f32>,
    /// Maxima of three neighbors in a row, and which of them it was.
    row: Line,
    window: Line,
}

struct Line {
    values: Vec<f32>,
    taps: Vec<u32>,
}

impl Line {
    fn new(len: usize) -> Self {
        Self {
            values: vec![0.0; len],
            taps: vec![0; len],
        }
    }
}

impl Forward {
    fn new(windows: &Windows) -> Self {
        Self {
            padded: vec![0.0; windows.buffer()],
            row: Line::new(windows.buffer()),
            window: Line::new(windows.buffer()),
        }
    }

    #[inline(always)]
    fn map(
        &mut self,
        windows: &Windows,
        x: &[f32],
        output: &mut [MaybeUninit<f32>],
        taps: &mut [MaybeUninit<u8>],
    ) {
        for (line, x) in windows.lines().zip(x.chunks_exact(windows.input[3])) {
            self.padded[line].copy_from_slice(x);
        }
        windows.extend_edges(&mut self.padded[..windows.len()]);
        let Line {
            values,
            taps: row_taps,
        } = &mut self.row;
        greatest_in_row(&self.padded, &mut values[..windows.span()], row_taps);
        for stretch in windows.stretches() {
            greatest_row(
                &values[stretch.start..],
                &row_taps[stretch.start..],
                windows.width(),
                &mut self.window.values[stretch.clone()],
                &mut self.window.taps[stretch],
            );
        }
        let (columns, step) = windows.row();
        let targets = output
            .chunks_exact_mut(columns)
            .zip(taps.chunks_exact_mut(columns));
        for (start, (output, taps)) in windows.rows().zip(targets) {
            strided::gather(
                output,
                &self.window.values[start..],
                step,
                |output, value| {
                    output.write(value);
                },
            );
            strided::gather(taps, &self.window.taps[start..], step, |target, tap| {
                target.write(tap as u8);
            });
        }
    }
}

/// For each element of `values`, the greatest of that element of `map` and its two successors.
#[inline(always)]
fn greatest_in_row(map: &[f32], values: &mut [f32], taps: &mut [u32]) {
    let count = values.len();
    let taps = &mut taps[..count];
    let line = |column: usize| &map[column..][..count];
    let (first, second, third) = (line(0), line(1), line(2));
    for q in 0..count {
        let pair = greater((first[q], 0), (second[q], 1));
        (values[q], taps[q]) = greater(pair, (third[q], 2));
    }
}

/// For each element of `values`, the greatest of what [`greatest_in_row`] found there and `width` and `2 · width` elements
/// later.
#[inline(always)]
fn greatest_row(
    row_values: &[f32],
    row_taps: &[u32],
    width: usize,
    values: &mut [f32],
    taps: &mut [u32],
) {
    let count = values.len();
    let taps = &mut taps[..count];
    let line = |row: usize| &row_values[row * width..][..count];
    let (top, middle, bottom) = (line(0), line(1), line(2));
    let line = |row: usize| &row_taps[row * width..][..count];
    let (top_tap, middle_tap, bottom_tap) = (line(0), line(1), line(2));
    for q in 0..count {
        let pair = greater((top[q], top_tap[q]), (middle[q], middle_tap[q] + 3));
        (values[q], taps[q]) = greater(pair, (bottom[q], bottom_tap[q] + 6));
    }
}

/// The gradient of the input: each window's gradient goes where its greatest value was.
pub(in crate::pooling) fn max_pool_grad(
    windows: &Windows,
    taps: &[u8],
    output_grad: &[f32],
) -> Vec<f32> {
    let [batch, channels, ..] = windows.input;
    let maps = batch * channels;
    let positions = windows.positions();
    assert_eq!(
        taps.len(),
        maps * positions,
        "there is a tap for each output"
    );
    assert_eq!(
        output_grad.len(),
        maps * positions,
        "there is a gradient for each output"
    );
    let write = |grad: &mut [MaybeUninit<f32>]| {
        grad.par_chunks_mut(windows.pixels())
            .zip(taps.par_chunks(positions))
            .zip(output_grad.par_chunks(positions))
            .with_min_len(windows.maps_per_piece())
            .for_each_init(
                || Backward::new(windows),
                |backward, ((grad, taps), output_grad)| {
                    vectorized(
                        #[inline(always)]
                        || backward.map(windows, taps, output_grad, grad),
                    );
                },
            );
    };
    // SAFETY: the maps are all of the gradient, and `Backward::map` writes a map's every line.
    unsafe { written(maps * windows.pixels(), write) }.0
}

/// The buffers of a piece of work. The first two begin `reach − 1` elements before the padded map, and only the places
/// where windows begin are ever written.
struct Backward {
    grads: Vec<f32>,
    taps: Vec<u32>,
    padded: Vec<f32>,
}

impl Backward {
    fn new(windows: &Windows) -> Self {
        let len = windows.reach() - 1 + windows.span();
        Self {
            grads: vec![0.0; len],
            taps: vec![NONE; len],
            padded: vec![0.0; windows.span()],
        }
    }

    #[inline(always)]
    fn map(
        &mut self,
        windows: &Windows,
        taps: &[u8],
        output_grad: &[f32],
        grad: &mut [MaybeUninit<f32>],
    ) {
        let margin = windows.reach() - 1;
        let (columns, step) = windows.row();
        let sources = output_grad
            .chunks_exact(columns)
            .zip(taps.chunks_exact(columns));
        for (start, (grads, taps)) in windows.rows().zip(sources) {
            let place = margin + start;
            strided::scatter(&mut self.grads[place..], grads.iter(), step, |grad| *grad);
            strided::scatter(&mut self.taps[place..], taps.iter(), step, |tap| {
                u32::from(*tap)
            });
        }

        let width = windows.width();
        gather(&self.grads, &self.taps, width, &mut self.padded);
        windows.fold_edges(&mut self.padded[..windows.len()]);
        for (line, grad) in windows.lines().zip(grad.chunks_exact_mut(windows.input[3])) {
            for (grad, value) in grad.iter_mut().zip(&self.padded[line]) {
                grad.write(*value);
            }
        }
    }
}

/// Adds, for each element of the padded map, the gradients of the windows that chose it. Looking at the nine windows that
/// see an element is a few vector operations; following each window to its choice is not.
#[inline(always)]
fn gather(grads: &[f32], taps: &[u32], width: usize, target: &mut [f32]) {
    let count = target.len();
    let margin = grads.len() - count;
    target.fill(0.0);
    for row in 0..SIDE {
        let place = |column: usize| margin - (row * width + column);
        // Names instead of indices: the compiler then sees that the lengths agree.
        let line = |column: usize| &grads[place(column)..][..count];
        let (left, middle, right) = (line(0), line(1), line(2));
        let line = |column: usize| &taps[place(column)..][..count];
        let (left_tap, middle_tap, right_tap) = (line(0), line(1), line(2));
        let first = (row * SIDE) as u32;
        for q in 0..count {
            target[q] += chosen(left[q], left_tap[q], first)
                + chosen(middle[q], middle_tap[q], first + 1)
                + chosen(right[q], right_tap[q], first + 2);
        }
    }
}

/// The gradient of a window that chose `wanted`.
#[inline(always)]
fn chosen(grad: f32, tap: u32, wanted: u32) -> f32 {
    if tap == wanted { grad } else { 0.0 }
}

//! L2 pooling.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use super::strided;
use super::windows::{BLOCK, Windows};
use crate::cpu::written;
use crate::simd::vectorized;

/// The least sum of squares, which bounds the gradient.
const FLOOR: f32 = 1e-12;

/// The root of the sum of squares of each window, zeros outside the map.
pub(in crate::pooling) fn l2_pool(windows: &Windows, x: &[f32]) -> Vec<f32> {
    let [batch, channels, ..] = windows.input;
    let maps = batch * channels;
    assert_eq!(
        x.len(),
        maps * windows.pixels(),
        "the input has the elements of its shape"
    );
    let write = |output: &mut [MaybeUninit<f32>]| {
        output
            .par_chunks_mut(windows.positions())
            .zip(x.par_chunks(windows.pixels()))
            .with_min_len(windows.maps_per_piece())
            .for_each_init(
                || Forward::new(windows),
                |forward, (output, x)| {
                    vectorized(
                        #[inline(always)]
                        || forward.map(windows, x, output),
                    )
                },
            );
    };
    // SAFETY: the maps are all of the output, and `Forward::map` writes a map's every row.
    unsafe { written(maps * windows.positions(), write) }.0
}

/// The buffers of a piece of work; the padding of `squares` stays zero.
struct Forward {
    squares: Vec<f32>,
    rows: Vec<f32>,
    roots: Vec<f32>,
}

impl Forward {
    fn new(windows: &Windows) -> Self {
        let zeros = || vec![0.0; windows.buffer()];
        Self {
            squares: zeros(),
            rows: zeros(),
            roots: zeros(),
        }
    }

    #[inline(always)]
    fn map(&mut self, windows: &Windows, x: &[f32], output: &mut [MaybeUninit<f32>]) {
        for (line, x) in windows.lines().zip(x.chunks_exact(windows.input[3])) {
            for (square, x) in self.squares[line].iter_mut().zip(x) {
                *square = x * x;
            }
        }
        let span = windows.span();
        add_three(&self.squares, 1, 0..span, &mut self.rows, |sum| sum);
        for stretch in windows.stretches() {
            // A comparison that keeps a NaN, which `max` would not.
            let root = |sum: f32| if sum < FLOOR { FLOOR } else { sum }.sqrt();
            add_three(&self.rows, windows.width(), stretch, &mut self.roots, root);
        }
        let (columns, step) = windows.row();
        for (start, output) in windows.rows().zip(output.chunks_exact_mut(columns)) {
            strided::gather(output, &self.roots[start..], step, |output, root| {
                output.write(root);
            });
        }
    }
}

/// For each element `q` of `stretch`, a function of the sum of elements `q`, `q + step` and `q + 2 · step` of `source`.
#[inline(always)]
fn add_three(
    source: &[f32],
    step: usize,
    stretch: Range<usize>,
    target: &mut [f32],
    result: impl Fn(f32) -> f32,
) {
    let count = stretch.len();
    let line = |index: usize| &source[stretch.start + index * step..][..count];
    let (first, second, third) = (line(0), line(1), line(2));
    let target = &mut target[stretch];
    for q in 0..count {
        target[q] = result(first[q] + second[q] + third[q]);
    }
}

/// The gradient of the input: `dx = x · Σ dy / y` over the windows that see it, without those at the floor.
pub(in crate::pooling) fn l2_pool_grad(
    windows: &Windows,
    x: &[f32],
    output: &[f32],
    output_grad: &[f32],
) -> Vec<f32> {
    let [batch, channels, ..] = windows.input;
    let maps = batch * channels;
    let positions = windows.positions();
    assert_eq!(
        x.len(),
        maps * windows.pixels(),
        "the input has the elements of its shape"
    );
    assert_eq!(
        output.len(),
        maps * positions,
        "the output has the elements of its shape"
    );
    assert_eq!(
        output_grad.len(),
        maps * positions,
        "there is a gradient for each output"
    );
    let write = |grad: &mut [MaybeUninit<f32>]| {
        grad.par_chunks_mut(windows.pixels())
            .zip(x.par_chunks(windows.pixels()))
            .zip(output.par_chunks(positions))
            .zip(output_grad.par_chunks(positions))
            .with_min_len(windows.maps_per_piece())
            .for_each_init(
                || Backward::new(windows),
                |backward, (((grad, x), output), output_grad)| {
                    vectorized(
                        #[inline(always)]
                        || backward.map(windows, x, output, output_grad, grad),
                    );
                },
            );
    };
    // SAFETY: the maps are all of the gradient, and `Backward::map` writes a map's every line.
    unsafe { written(maps * windows.pixels(), write) }.0
}

/// The buffers of a piece of work. `ratios` begins `reach − 1` elements before the padded map, and only the places where
/// windows begin are ever written.
struct Backward {
    ratios: Vec<f32>,
    rows: Vec<f32>,
    sums: Vec<f32>,
}

impl Backward {
    fn new(windows: &Windows) -> Self {
        let zeros = || vec![0.0; windows.reach() - 1 + windows.buffer()];
        Self {
            ratios: zeros(),
            rows: zeros(),
            sums: zeros(),
        }
    }

    #[inline(always)]
    fn map(
        &mut self,
        windows: &Windows,
        x: &[f32],
        output: &[f32],
        output_grad: &[f32],
        grad: &mut [MaybeUninit<f32>],
    ) {
        let floor = FLOOR.sqrt();
        let margin = windows.reach() - 1;
        let (columns, step) = windows.row();
        let sources = output
            .chunks_exact(columns)
            .zip(output_grad.chunks_exact(columns));
        for (start, (output, grads)) in windows.rows().zip(sources) {
            let pairs = output.iter().zip(grads);
            let ratio = |(root, grad): (&f32, &f32)| if *root <= floor { 0.0 } else { grad / root };
            strided::scatter(&mut self.ratios[margin + start..], pairs, step, ratio);
        }

        // The windows that see an element begin at it and before it, so the sums look back.
        let rows = 0..(margin + windows.span()).next_multiple_of(BLOCK);
        add_three(&self.ratios, 1, rows, &mut self.rows, |sum| sum);
        let sums = 0..windows.span();
        add_three(&self.rows, windows.width(), sums, &mut self.sums, |sum| sum);
        let lines = windows.lines().zip(x.chunks_exact(windows.input[3]));
        for ((line, x), grad) in lines.zip(grad.chunks_exact_mut(windows.input[3])) {
            for (grad, (x, sum)) in grad.iter_mut().zip(x.iter().zip(&self.sums[line])) {
                grad.write(x * sum);
            }
        }
    }
}

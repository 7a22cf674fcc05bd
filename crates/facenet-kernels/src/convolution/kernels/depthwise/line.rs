//! Lines of numbers, convolved.

use crate::simd::{LANES, Vector, Work, run};

/// Elements that are computed together.
pub(super) const BLOCK: usize = 4 * LANES;

/// `output[i] = Σ_t factors[t] · input[offsets[t] + i]`, for whole blocks.
pub(super) fn correlate(input: &[f32], offsets: &[usize], factors: &[f32], output: &mut [f32]) {
    let furthest = offsets
        .iter()
        .max()
        .map_or(0, |offset| offset + output.len());
    assert!(furthest <= input.len() && output.len().is_multiple_of(BLOCK));
    run(Correlation {
        input,
        offsets,
        factors,
        output,
    });
}

/// `sums[t] += Σ_i input[offsets[t] + i] · line[i]`, for whole blocks.
pub(super) fn add_products(input: &[f32], offsets: &[usize], line: &[f32], sums: &mut [f32]) {
    let furthest = offsets.iter().max().map_or(0, |offset| offset + line.len());
    assert!(furthest <= input.len() && line.len().is_multiple_of(BLOCK));
    for (offsets, sums) in offsets.chunks(PRODUCTS).zip(sums.chunks_mut(PRODUCTS)) {
        run(Products {
            input,
            offsets,
            line,
            sums,
        });
    }
}

struct Correlation<'a> {
    input: &'a [f32],
    offsets: &'a [usize],
    factors: &'a [f32],
    output: &'a mut [f32],
}

impl Work for Correlation<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        for (block, output) in self.output.chunks_exact_mut(BLOCK).enumerate() {
            // SAFETY: `correlate` has checked that a block at every offset lies inside the input.
            unsafe {
                let input = self.input.as_ptr().add(block * BLOCK);
                let mut sums = [V::splat(0.0); BLOCK / LANES];
                for (offset, factor) in self.offsets.iter().zip(self.factors) {
                    let factor = V::splat(*factor);
                    let input = input.add(*offset);
                    for (index, sum) in sums.iter_mut().enumerate() {
                        *sum = sum.plus_product(factor, V::load(input.add(index * LANES)));
                    }
                }
                for (index, sum) in sums.into_iter().enumerate() {
                    sum.store(output.as_mut_ptr().add(index * LANES));
                }
            }
        }
    }
}

/// Products that are summed together: enough to hide the latency of a sum.
const PRODUCTS: usize = 9;

struct Products<'a> {
    input: &'a [f32],
    offsets: &'a [usize],
    line: &'a [f32],
    sums: &'a mut [f32],
}

impl Work for Products<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        // A short group repeats its first product, which is not read.
        let mut offsets = [self.offsets[0]; PRODUCTS];
        offsets[..self.offsets.len()].copy_from_slice(self.offsets);
        let mut lanes = [[0.0; LANES]; PRODUCTS];
        // SAFETY: `add_products` has checked that the line at every offset lies inside the input.
        unsafe {
            let mut sums = [V::splat(0.0); PRODUCTS];
            for at in (0..self.line.len()).step_by(LANES) {
                let line = V::load(self.line.as_ptr().add(at));
                for (sum, offset) in sums.iter_mut().zip(&offsets) {
                    let input = V::load(self.input.as_ptr().add(*offset + at));
                    *sum = sum.plus_product(line, input);
                }
            }
            for (sum, lanes) in sums.iter().zip(&mut lanes) {
                sum.store(lanes.as_mut_ptr());
            }
        }
        for (sum, lanes) in self.sums.iter_mut().zip(&lanes) {
            *sum += lanes.iter().sum::<f32>();
        }
    }
}

//! Average pooling over whole maps.

use std::iter::once;
use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::cpu::{sums, written};
use crate::simd::vectorized;

/// Elements of a map below which several maps make one piece of work.
const PIECE: usize = 1 << 14;

/// The mean of each map of `pixels` elements.
pub(in crate::pooling) fn global_avg_pool(pixels: usize, x: &[f32]) -> Vec<f32> {
    let mean = |map: &[f32]| {
        let [sum] = vectorized(
            #[inline(always)]
            || sums(once((map, map)), |x, _| [x]),
        );
        (sum / pixels as f64) as f32
    };
    let maps = x
        .par_chunks_exact(pixels)
        .with_min_len(PIECE.div_ceil(pixels));
    maps.map(mean).collect()
}

/// The gradient of the input: an equal share for each element of a map.
pub(in crate::pooling) fn global_avg_pool_grad(pixels: usize, output_grad: &[f32]) -> Vec<f32> {
    let write = |grad: &mut [MaybeUninit<f32>]| {
        grad.par_chunks_mut(pixels)
            .zip(output_grad)
            .with_min_len(PIECE.div_ceil(pixels))
            .for_each(|(grad, mean)| {
                grad.fill(MaybeUninit::new(mean / pixels as f32));
            });
    };
    // SAFETY: the maps are all of the gradient, and each is filled.
    unsafe { written(output_grad.len() * pixels, write) }.0
}

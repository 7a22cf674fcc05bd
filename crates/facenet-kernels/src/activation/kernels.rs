//! The passes of PReLU.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::cpu::{Maps, Piece, written};
use crate::simd::vectorized;

/// `x` where it is not negative, `alpha · x` elsewhere.
pub(super) fn prelu(maps: &Maps, x: &[f32], alpha: &[f32]) -> Vec<f32> {
    assert_eq!(
        x.len(),
        maps.len(),
        "the input has the elements of its shape"
    );
    let write = |output: &mut [MaybeUninit<f32>]| {
        let pieces = maps.pieces(output).into_par_iter();
        pieces.for_each(|mut piece: Piece<'_, MaybeUninit<f32>>| {
            for channel in piece.channels.clone() {
                let slope = alpha[channel];
                let piece = &mut piece;
                vectorized(
                    #[inline(always)]
                    || {
                        for (image, output) in piece.maps_mut(channel, maps.pixels).enumerate() {
                            let x = maps.map(x, image, channel);
                            for (output, &x) in output.iter_mut().zip(x) {
                                output.write(if x < 0.0 { slope * x } else { x });
                            }
                        }
                    },
                );
            }
        });
    };
    // SAFETY: the pieces are all of the output, and each channel of a piece is written as a whole.
    unsafe { written(x.len(), write) }.0
}

/// Turns the gradient of the output into that of `x`, in place, and gives that of `alpha`.
pub(super) fn prelu_grad(maps: &Maps, x: &[f32], alpha: &[f32], grad: &mut [f32]) -> Vec<f32> {
    assert_eq!(
        x.len(),
        maps.len(),
        "the input has the elements of its shape"
    );
    assert_eq!(
        grad.len(),
        maps.len(),
        "the gradient has the elements of the output"
    );
    let pieces = maps.pieces(grad).into_par_iter();
    let slopes = pieces.map(|mut piece: Piece<'_, f32>| -> Vec<f32> {
        let channels = piece.channels.clone();
        let mut slope = |channel: usize| {
            let slope = alpha[channel];
            let piece = &mut piece;
            vectorized(
                #[inline(always)]
                || {
                    let mut sum = 0.0;
                    for (image, grad) in piece.maps_mut(channel, maps.pixels).enumerate() {
                        let x = maps.map(x, image, channel);
                        sum += f64::from(map_grad(x, slope, grad));
                    }
                    sum as f32
                },
            )
        };
        channels.map(&mut slope).collect()
    });
    slopes.collect::<Vec<_>>().concat()
}

/// Of one map. The sum goes over lanes, so that it is vectors too.
#[inline(always)]
fn map_grad(x: &[f32], slope: f32, grad: &mut [f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let mut lanes = grad.chunks_exact_mut(LANES);
    let mut values = x.chunks_exact(LANES);
    for (grad, x) in lanes.by_ref().zip(values.by_ref()) {
        for ((sum, grad), &x) in sums.iter_mut().zip(grad).zip(x) {
            *sum += element_grad(x, slope, grad);
        }
    }
    let rest = lanes.into_remainder().iter_mut().zip(values.remainder());
    for (sum, (grad, &x)) in sums.iter_mut().zip(rest) {
        *sum += element_grad(x, slope, grad);
    }
    sums.iter().sum()
}

/// What the element gives to the gradient of the slope.
#[inline(always)]
fn element_grad(x: f32, slope: f32, grad: &mut f32) -> f32 {
    let passed = *grad;
    *grad = if x < 0.0 { slope * passed } else { passed };
    if x < 0.0 { x * passed } else { 0.0 }
}

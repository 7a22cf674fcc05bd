//! The passes of batch normalization.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::channel::Channel;
use crate::cpu::{Maps, Piece, sums, written};
use crate::simd::vectorized;

/// The learnable parameters and the settings of a layer.
#[derive(Clone, Copy, Debug)]
pub(in crate::normalization) struct Layer<'a> {
    pub(in crate::normalization) gamma: &'a [f32],
    pub(in crate::normalization) beta: &'a [f32],
    pub(in crate::normalization) epsilon: f64,
    pub(in crate::normalization) relu: bool,
}

impl Layer<'_> {
    fn channel(&self, index: usize, mean: f32, variance: f32) -> Channel {
        let (gamma, beta) = (self.gamma[index], self.beta[index]);
        Channel::new(mean, variance, gamma, beta, self.epsilon)
    }
}

/// Mean and biased variance of every channel.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::normalization) struct Statistics {
    pub(in crate::normalization) mean: Vec<f32>,
    pub(in crate::normalization) variance: Vec<f32>,
}

/// Normalizes with the statistics of the batch, which are returned too.
pub(in crate::normalization) fn batch_norm_train(
    maps: &Maps,
    layer: &Layer<'_>,
    x: &[f32],
) -> (Vec<f32>, Statistics) {
    let (output, statistics) = forward(
        maps,
        layer,
        x,
        #[inline(always)]
        |channel| statistics(maps, x, channel),
    );
    let (mean, variance) = statistics.into_iter().unzip();
    (output, Statistics { mean, variance })
}

/// Normalizes with given statistics.
pub(in crate::normalization) fn batch_norm_given(
    maps: &Maps,
    layer: &Layer<'_>,
    x: &[f32],
    given: &Statistics,
) -> Vec<f32> {
    let statistics = |channel: usize| (given.mean[channel], given.variance[channel]);
    forward(maps, layer, x, statistics).0
}

/// Output, and the statistics that `statistics` gave for each channel.
fn forward(
    maps: &Maps,
    layer: &Layer<'_>,
    x: &[f32],
    statistics: impl Fn(usize) -> (f32, f32) + Sync,
) -> (Vec<f32>, Vec<(f32, f32)>) {
    assert_eq!(
        x.len(),
        maps.len(),
        "the input has the elements of its shape"
    );
    let write = |output: &mut [MaybeUninit<f32>]| {
        let pieces = maps.pieces(output).into_par_iter();
        let piece = |mut piece: Piece<'_, MaybeUninit<f32>>| -> Vec<(f32, f32)> {
            let channels = piece.channels.clone();
            let channel = |index| {
                vectorized(
                    #[inline(always)]
                    || {
                        let (mean, variance) = statistics(index);
                        let channel = layer.channel(index, mean, variance);
                        match layer.relu {
                            true => normalize::<true>(maps, channel, index, x, &mut piece),
                            false => normalize::<false>(maps, channel, index, x, &mut piece),
                        }
                        (mean, variance)
                    },
                )
            };
            channels.map(channel).collect()
        };
        pieces.map(piece).collect::<Vec<_>>().concat()
    };
    // SAFETY: the pieces are all of the output, and `normalize` writes each channel of a piece as a whole.
    unsafe { written(x.len(), write) }
}

/// Mean and biased variance of a channel, by two passes; the second finds the values in the cache, and corrects what
/// rounding did to the first.
#[inline(always)]
fn statistics(maps: &Maps, x: &[f32], channel: usize) -> (f32, f32) {
    let values = || (0..maps.batch).map(|image| maps.map(x, image, channel));
    let count = maps.values() as f64;
    let [sum] = sums(values().zip(values()), |x, _| [x]);
    let near = (sum / count) as f32;
    let [deviations, squares] = sums(values().zip(values()), |x, _| {
        let deviation = x - near;
        [deviation, deviation * deviation]
    });
    let correction = deviations / count;
    let mean = f64::from(near) + correction;
    let variance = squares / count - correction * correction;
    (mean as f32, variance as f32)
}

#[inline(always)]
fn normalize<const RELU: bool>(
    maps: &Maps,
    channel: Channel,
    index: usize,
    x: &[f32],
    output: &mut Piece<'_, MaybeUninit<f32>>,
) {
    for (image, output) in output.maps_mut(index, maps.pixels).enumerate() {
        let x = maps.map(x, image, index);
        for (output, x) in output.iter_mut().zip(x) {
            output.write(channel.output::<RELU>(*x));
        }
    }
}

/// The gradients of the parameters.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::normalization) struct ParameterGrads {
    pub(in crate::normalization) gamma: Vec<f32>,
    pub(in crate::normalization) beta: Vec<f32>,
}

/// Turns the gradient of the output into that of `x`, in place.
///
/// With `x̂ = (x − mean) / deviation`, `g` the gradient that passes the ReLU, and means over a channel:
///
/// ```text
/// dβ = Σ g    dγ = Σ g · x̂
/// dx = γ / deviation · (g − mean(g) − x̂ · mean(g · x̂))    for statistics of the batch
/// dx = γ / deviation · g                                   for given statistics
/// ```
pub(in crate::normalization) fn batch_norm_backward(
    maps: &Maps,
    layer: &Layer<'_>,
    x: &[f32],
    statistics: &Statistics,
    of_batch: bool,
    grad: &mut [f32],
) -> ParameterGrads {
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
    let piece = |mut piece: Piece<'_, f32>| -> Vec<(f32, f32)> {
        let channels = piece.channels.clone();
        let channel = |index| {
            let (mean, variance) = (statistics.mean[index], statistics.variance[index]);
            let channel = layer.channel(index, mean, variance);
            let piece = &mut piece;
            vectorized(
                #[inline(always)]
                || match layer.relu {
                    true => channel_grads::<true>(maps, channel, index, x, of_batch, piece),
                    false => channel_grads::<false>(maps, channel, index, x, of_batch, piece),
                },
            )
        };
        channels.map(channel).collect()
    };
    let pieces = maps.pieces(grad).into_par_iter();
    let grads = pieces.map(piece).collect::<Vec<_>>().concat();
    let (gamma, beta) = grads.into_iter().unzip();
    ParameterGrads { gamma, beta }
}

/// The gradients of `gamma` and `beta` of one channel; that of `x` replaces `grad`.
#[inline(always)]
fn channel_grads<const RELU: bool>(
    maps: &Maps,
    channel: Channel,
    index: usize,
    x: &[f32],
    of_batch: bool,
    grad: &mut Piece<'_, f32>,
) -> (f32, f32) {
    let values = || (0..maps.batch).map(|image| maps.map(x, image, index));
    let pairs = values().zip(grad.maps(index, maps.pixels));
    let [sum, projection] = sums(pairs, |x, grad| {
        let passed = channel.passed::<RELU>(x, grad);
        [passed, passed * (x - channel.mean)]
    });
    let inverse_deviation = f64::from(channel.inverse_deviation);
    let gamma = projection * inverse_deviation;

    let scale = channel.scale;
    if of_batch {
        let share = f64::from(scale) / maps.values() as f64;
        let offset = (share * sum) as f32;
        let slope = (share * gamma * inverse_deviation) as f32;
        for (x, grad) in values().zip(grad.maps_mut(index, maps.pixels)) {
            for (grad, x) in grad.iter_mut().zip(x) {
                let passed = channel.passed::<RELU>(*x, *grad);
                *grad = passed * scale - offset - (x - channel.mean) * slope;
            }
        }
    } else {
        for (x, grad) in values().zip(grad.maps_mut(index, maps.pixels)) {
            for (grad, x) in grad.iter_mut().zip(x) {
                *grad = channel.passed::<RELU>(*x, *grad) * scale;
            }
        }
    }
    (gamma as f32, sum as f32)
}

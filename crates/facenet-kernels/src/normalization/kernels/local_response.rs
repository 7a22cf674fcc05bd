//! The passes of local response normalization.

use std::mem::MaybeUninit;
use std::ops::Range;

use rayon::prelude::*;

use crate::cpu::{Maps, written};
use crate::simd::vectorized;

/// Channels of a piece of work; those around it are computed once more.
const GROUP: usize = 64;
/// Pixels that are taken through all channels of a piece at a time: few enough for a core's own cache.
const BLOCK: usize = 256;

/// The settings of a layer.
#[derive(Clone, Copy, Debug)]
pub(in crate::normalization) struct Response {
    /// Channels in a window.
    pub(in crate::normalization) size: usize,
    /// Factor of the mean square.
    pub(in crate::normalization) alpha: f32,
    /// Exponent.
    pub(in crate::normalization) beta: f32,
    /// Added to the mean square.
    pub(in crate::normalization) k: f32,
}

impl Response {
    /// Channels that `channel` sees.
    #[inline(always)]
    fn window(&self, channel: usize, channels: usize) -> Range<usize> {
        let (before, after) = ((self.size - 1) / 2, self.size / 2);
        channel.saturating_sub(before)..(channel + after + 1).min(channels)
    }

    /// Channels that see one of `range`.
    #[inline(always)]
    fn observed_by(&self, range: &Range<usize>, channels: usize) -> Range<usize> {
        let (before, after) = (self.size / 2, (self.size - 1) / 2);
        range.start.saturating_sub(before)..(range.end + after).min(channels)
    }
}

/// `y = x · d^−β` with `d = k + α / size · Σ x²` over a window of channels.
pub(in crate::normalization) fn local_response(
    maps: &Maps,
    response: &Response,
    x: &[f32],
) -> Vec<f32> {
    assert_eq!(
        x.len(),
        maps.len(),
        "the input has the elements of its shape"
    );
    let write = |output: &mut [MaybeUninit<f32>]| {
        each_piece(
            maps,
            output,
            #[inline(always)]
            |image, channels, output| {
                let x = image_of(maps, x, image);
                if response.beta == 0.75 {
                    write_outputs(maps, response, x, channels, output, by_roots);
                } else {
                    let power = |base: f32| base.powf(-response.beta);
                    write_outputs(maps, response, x, channels, output, power);
                }
            },
        );
    };
    // SAFETY: the pieces are all of the output, and `write_outputs` writes a piece as a whole.
    unsafe { written(x.len(), write) }.0
}

/// The gradient of the input.
///
/// ```text
/// dx[c] = dy[c] · d[c]^−β − 2 · α · β / size · x[c] · Σ dy[c'] · x[c'] · d[c']^(−β − 1)
/// ```
///
/// where the sum is over the channels `c'` whose windows hold `c`.
pub(in crate::normalization) fn local_response_grad(
    maps: &Maps,
    response: &Response,
    x: &[f32],
    output_grad: &[f32],
) -> Vec<f32> {
    assert_eq!(
        x.len(),
        maps.len(),
        "the input has the elements of its shape"
    );
    assert_eq!(
        output_grad.len(),
        maps.len(),
        "there is a gradient for each output"
    );
    let write = |grad: &mut [MaybeUninit<f32>]| {
        each_piece(
            maps,
            grad,
            #[inline(always)]
            |image, channels, grad| {
                let data = [x, output_grad].map(|data| image_of(maps, data, image));
                if response.beta == 0.75 {
                    write_grads(maps, response, data, channels, grad, by_roots);
                } else {
                    let power = |base: f32| base.powf(-response.beta);
                    write_grads(maps, response, data, channels, grad, power);
                }
            },
        );
    };
    // SAFETY: the pieces are all of the gradient, and `write_grads` writes a piece as a whole.
    unsafe { written(x.len(), write) }.0
}

/// `d^−0.75`, the exponent that everybody uses.
#[inline(always)]
fn by_roots(base: f32) -> f32 {
    let root = base.sqrt();
    1.0 / (root * root.sqrt())
}

fn image_of<'a>(maps: &Maps, data: &'a [f32], image: usize) -> &'a [f32] {
    let len = maps.channels * maps.pixels;
    &data[image * len..][..len]
}

/// Calls `work` with an image, a range of channels and the maps of these channels in `data`.
fn each_piece<E: Send>(
    maps: &Maps,
    data: &mut [E],
    work: impl Fn(usize, Range<usize>, &mut [E]) + Sync,
) {
    data.par_chunks_mut(maps.channels * maps.pixels)
        .enumerate()
        .flat_map(|(image, data)| {
            let pieces = data.par_chunks_mut(GROUP * maps.pixels).enumerate();
            pieces.map(move |(group, data)| (image, group, data))
        })
        .for_each(|(image, group, data)| {
            let first = group * GROUP;
            let channels = first..(first + GROUP).min(maps.channels);
            vectorized(
                #[inline(always)]
                || work(image, channels, data),
            );
        });
}

/// The blocks of a map's pixels.
fn blocks(maps: &Maps) -> impl Iterator<Item = Range<usize>> {
    let pixels = maps.pixels;
    let blocks = (0..pixels).step_by(BLOCK);
    blocks.map(move |first| first..(first + BLOCK).min(pixels))
}

#[inline(always)]
fn write_outputs(
    maps: &Maps,
    response: &Response,
    x: &[f32],
    channels: Range<usize>,
    output: &mut [MaybeUninit<f32>],
    power: impl Fn(f32) -> f32,
) {
    let mut base = [0.0; BLOCK];
    for (channel, output) in channels.zip(output.chunks_exact_mut(maps.pixels)) {
        for block in blocks(maps) {
            let base = &mut base[..block.len()];
            write_bases(maps, response, x, channel, &block, base);
            let x = &x[channel * maps.pixels..][block.clone()];
            for (output, (x, base)) in output[block].iter_mut().zip(x.iter().zip(base)) {
                output.write(x * power(*base));
            }
        }
    }
}

/// `d` of a channel in a block.
#[inline(always)]
fn write_bases(
    maps: &Maps,
    response: &Response,
    x: &[f32],
    channel: usize,
    block: &Range<usize>,
    base: &mut [f32],
) {
    base.fill(0.0);
    for other in response.window(channel, maps.channels) {
        let x = &x[other * maps.pixels..][block.clone()];
        for (base, x) in base.iter_mut().zip(x) {
            *base += x * x;
        }
    }
    let factor = response.alpha / response.size as f32;
    for base in base {
        *base = response.k + factor * *base;
    }
}

#[inline(always)]
fn write_grads(
    maps: &Maps,
    response: &Response,
    [x, output_grad]: [&[f32]; 2],
    channels: Range<usize>,
    grad: &mut [MaybeUninit<f32>],
    power: impl Fn(f32) -> f32,
) {
    let factor = 2.0 * response.alpha * response.beta / response.size as f32;
    let around = response.observed_by(&channels, maps.channels);
    let row = |channel: usize| (channel - around.start) * BLOCK;
    // The two terms of `dx` for each channel around, the second one before its sum.
    let mut direct = vec![0.0; around.len() * BLOCK];
    let mut shared = vec![0.0; around.len() * BLOCK];
    let mut sum = [0.0; BLOCK];
    for block in blocks(maps) {
        for channel in around.clone() {
            let direct = &mut direct[row(channel)..][..block.len()];
            let shared = &mut shared[row(channel)..][..block.len()];
            let place = channel * maps.pixels;
            write_bases(maps, response, x, channel, &block, shared);
            let (x, output_grad) = (
                &x[place..][block.clone()],
                &output_grad[place..][block.clone()],
            );
            write_terms(x, output_grad, direct, shared, &power);
        }
        for (channel, grad) in channels.clone().zip(grad.chunks_exact_mut(maps.pixels)) {
            let sum = &mut sum[..block.len()];
            sum.fill(0.0);
            for other in response.observed_by(&(channel..channel + 1), maps.channels) {
                for (sum, term) in sum.iter_mut().zip(&shared[row(other)..]) {
                    *sum += term;
                }
            }
            let x = &x[channel * maps.pixels..][block.clone()];
            let terms = direct[row(channel)..].iter().zip(x.iter().zip(sum));
            for (grad, (direct, (x, sum))) in grad[block.clone()].iter_mut().zip(terms) {
                grad.write(direct - factor * x * *sum);
            }
        }
    }
}

/// `dy · d^−β` and `dy · x · d^(−β − 1)`; the latter replaces `d`.
#[inline(always)]
fn write_terms(
    x: &[f32],
    output_grad: &[f32],
    direct: &mut [f32],
    shared: &mut [f32],
    power: impl Fn(f32) -> f32,
) {
    let count = x.len();
    let output_grad = &output_grad[..count];
    let (direct, shared) = (&mut direct[..count], &mut shared[..count]);
    for pixel in 0..count {
        let base = shared[pixel];
        let term = output_grad[pixel] * power(base);
        direct[pixel] = term;
        shared[pixel] = x[pixel] * term / base;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_observed_by_those_whose_windows_hold_it() {
        for size in 1..8 {
            let response = Response {
                size,
                alpha: 1.0,
                beta: 0.75,
                k: 1.0,
            };
            for channel in 0..9 {
                let observed_by = response.observed_by(&(channel..channel + 1), 9);
                for other in 0..9 {
                    let holds = response.window(other, 9).contains(&channel);
                    assert_eq!(
                        observed_by.contains(&other),
                        holds,
                        "{size} {channel} {other}"
                    );
                }
            }
        }
    }
}

//! What the tests of kernels share: numbers, and how far apart they are.
#![allow(
    unreachable_pub,
    dead_code,
    reason = "who includes the file uses what he needs"
)]

use burn::Tensor;
use burn::tensor::{Device, TensorData};

/// Numbers in [-1, 1) that depend on the seed alone.
pub fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..count)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
        })
        .collect()
}

/// [`numbers`] as a tensor.
pub fn tensor<const D: usize>(seed: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
    filled(&numbers(seed, shape.iter().product()), shape, device)
}

/// `values` as a tensor.
pub fn filled<const D: usize>(values: &[f32], shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// The elements of a tensor.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec::<f32>().expect("f32 values")
}

/// The largest difference, relative to the largest expected value but at least to `floor`; NaN equals NaN alone, an
/// infinity itself alone.
///
/// Where the terms of a sum cancel, the sum's rounding error follows the terms, not what is left of them: `floor` is the
/// size of a term.
pub fn difference(actual: &[f32], expected: &[f32], floor: f32) -> f32 {
    assert_eq!(actual.len(), expected.len());
    let scale = expected
        .iter()
        .fold(floor, |scale, value| scale.max(value.abs()));
    let pairs = actual.iter().zip(expected);
    let worst = pairs.fold(0.0f32, |worst, (a, b)| match (a.is_nan(), b.is_nan()) {
        (true, true) => worst,
        (false, false) if a == b => worst,
        (false, false) => worst.max((a - b).abs()),
        _ => f32::INFINITY,
    });
    worst / scale
}

/// Fails where a gradient is not the central difference of `loss` over `2 · step`, element by element.
pub fn assert_slopes(
    what: &str,
    gradient: &[f32],
    at: &[f32],
    step: f32,
    tolerance: f64,
    loss: impl Fn(&[f32]) -> f64,
) {
    assert_eq!(gradient.len(), at.len());
    for (index, expected) in gradient.iter().enumerate() {
        let (mut above, mut below) = (at.to_vec(), at.to_vec());
        above[index] += step;
        below[index] -= step;
        let slope = (loss(&above) - loss(&below)) / f64::from(above[index] - below[index]);
        assert!(
            (slope - f64::from(*expected)).abs() < tolerance,
            "{what}[{index}]: {slope} {expected}"
        );
    }
}

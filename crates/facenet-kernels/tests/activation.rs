//! PReLU against loops and against Burn's own.

mod common;

use burn::tensor::{Device, Tensor, activation};
use common::{filled, numbers, values};
use facenet_kernels::activation::prelu;
use facenet_testing::device;
use proptest::prelude::*;

/// Numbers of both signs in steps of an eighth, so that zero is among them.
fn steps(seed: u64, count: usize) -> Vec<f32> {
    let numbers = numbers(seed, count).into_iter();
    numbers.map(|value| (value * 8.0).round() / 8.0).collect()
}

fn tensor<const D: usize>(seed: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
    filled(&steps(seed, shape.iter().product()), shape, device)
}

fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-5 * (1.0 + b.abs()), "{a} and {b}");
    }
}

/// Output and both gradients, by one function and the other.
fn compare(shape: [usize; 4], device: &Device) {
    let run = |prelu: fn(Tensor<4>, Tensor<1>) -> Tensor<4>| {
        let x = tensor(1, shape, device).require_grad();
        let alpha = tensor(2, [shape[1]], device).require_grad();
        let weight = tensor::<4>(3, shape, device);
        let output = prelu(x.clone(), alpha.clone());
        let gradients = (output.clone() * weight).sum().backward();
        let grads = (x.grad(&gradients).unwrap(), alpha.grad(&gradients).unwrap());
        (values(output), values(grads.0), values(grads.1))
    };
    let (ours, stock) = (run(prelu), run(activation::prelu));
    assert_close(&ours.0, &stock.0);
    assert_close(&ours.1, &stock.1);
    assert_close(&ours.2, &stock.2);
}

#[test]
fn prelu_is_burns_forwards_and_backwards() {
    let Some(device) = device::device() else {
        return;
    };
    for shape in [
        [2, 3, 5, 4],
        [1, 1, 1, 1],
        [3, 70, 2, 3],
        [2, 64, 17, 9],
        [1, 200, 1, 1],
    ] {
        compare(shape, &device.clone().autodiff());
    }
}

#[test]
fn prelu_is_the_formula() {
    let Some(device) = device::device() else {
        return;
    };
    let shape = [2, 3, 7, 5];
    let output = values(prelu(tensor(1, shape, &device), tensor(2, [3], &device)));
    let (x, alpha) = (steps(1, 210), steps(2, 3));
    for (index, (output, x)) in output.iter().zip(x).enumerate() {
        let slope = if x < 0.0 { alpha[index / 35 % 3] } else { 1.0 };
        assert_eq!(*output, slope * x);
    }
}

#[test]
#[should_panic(expected = "the PReLU has a slope for each channel")]
fn prelu_wants_a_slope_for_each_channel() {
    let device = device::device().expect("the PReLU has a slope for each channel");
    let _ = prelu(tensor(1, [1, 3, 2, 2], &device), tensor(2, [2], &device));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn prelu_takes_maps_of_any_size(batch in 1..4usize, channels in 1..20usize, height in 1..9usize, width in 1..9usize) {
        if let Some(device) = device::device() {
            compare([batch, channels, height, width], &device.autodiff());
        }
    }
}

//! Pooling against loops, against Burn's own, and against finite differences.
//!
//! The device is Burn's default one, which the variable `BURN_DEVICE` chooses.

mod common;

use burn::Tensor;
use burn::tensor::DType;
use burn::tensor::module;
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use common::{assert_slopes, difference, filled, numbers, values};
use facenet_kernels::pooling::{global_avg_pool2d, l2_pool2d, max_pool2d};
use facenet_testing::device;
use proptest::prelude::*;

/// 3×3 windows.
#[derive(Clone, Copy, Debug)]
struct Case {
    input: [usize; 4],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Case {
    fn new(input: [usize; 4], stride: usize, padding: usize) -> Self {
        Self {
            input,
            stride: [stride; 2],
            padding: [padding; 2],
        }
    }

    fn output(&self) -> [usize; 4] {
        let size = |axis: usize| {
            (self.input[axis + 2] + 2 * self.padding[axis] - 3) / self.stride[axis] + 1
        };
        [self.input[0], self.input[1], size(0), size(1)]
    }

    /// Calls `visit` with each output's place, and the places of the inputs in its window, row by row.
    fn windows(&self, mut visit: impl FnMut(usize, &[usize])) {
        let [batch, channels, height, width] = self.input;
        let [_, _, rows, columns] = self.output();
        for map in 0..batch * channels {
            for row in 0..rows {
                for column in 0..columns {
                    let mut inputs = Vec::new();
                    for u in 0..3 {
                        for v in 0..3 {
                            let y = (row * self.stride[0] + u).checked_sub(self.padding[0]);
                            let x = (column * self.stride[1] + v).checked_sub(self.padding[1]);
                            if let (Some(y), Some(x)) = (y, x)
                                && y < height
                                && x < width
                            {
                                inputs.push((map * height + y) * width + x);
                            }
                        }
                    }
                    visit((map * rows + row) * columns + column, &inputs);
                }
            }
        }
    }
}

/// Few different numbers, half of them zero, as a ReLU leaves them: many windows have equal maxima.
fn ties(seed: u64, count: usize) -> Vec<f32> {
    let numbers = numbers(seed, count).into_iter();
    numbers
        .map(|value| (value * 4.0).floor().max(0.0))
        .collect()
}

fn assert_close(what: &str, actual: &[f32], expected: &[f32]) {
    let difference = difference(actual, expected, 1.0);
    assert!(difference <= 1e-5, "{what} differs by {difference:e}");
}

/// Output, and the gradient of `x` under random factors.
struct Results {
    output: Vec<f32>,
    x: Vec<f32>,
}

fn assert_equal(case: &Case, actual: &Results, expected: &Results) {
    assert_close(
        &format!("output of {case:?}"),
        &actual.output,
        &expected.output,
    );
    assert_close(&format!("x gradient of {case:?}"), &actual.x, &expected.x);
}

type Pooling = fn(Tensor<4>, &Case) -> Tensor<4>;

fn max(x: Tensor<4>, case: &Case) -> Tensor<4> {
    max_pool2d(x, [3, 3], case.stride, case.padding)
}

fn burns_max(x: Tensor<4>, case: &Case) -> Tensor<4> {
    let options = MaxPoolOptions::new([3, 3])
        .with_stride(case.stride)
        .with_padding(case.padding);
    module::max_pool2d(x, options)
}

fn l2(x: Tensor<4>, case: &Case) -> Tensor<4> {
    l2_pool2d(x, case.stride, case.padding)
}

fn burns_l2(x: Tensor<4>, case: &Case) -> Tensor<4> {
    let options = AvgPoolOptions::new([3, 3])
        .with_stride(case.stride)
        .with_padding(case.padding)
        .with_count_include_pad(true);
    let sum = module::avg_pool2d(x.square(), options).mul_scalar(9.0);
    sum.clamp_min(1e-12).sqrt()
}

fn run(case: &Case, x: &[f32], pooling: Pooling) -> Option<Results> {
    let device = device::device()?.autodiff();
    let x = filled(x, case.input, &device).require_grad();
    let output = pooling(x.clone(), case);
    assert_eq!(output.dims(), case.output());
    let factors = numbers(4, output.dims().iter().product());
    let factors = filled(&factors, output.dims(), &device);
    let grads = (output.clone() * factors).sum().backward();
    Some(Results {
        output: values(output.inner()),
        x: values(x.grad(&grads).expect("a gradient of x")),
    })
}

fn max_by_loops(case: &Case, x: &[f32]) -> Results {
    let factors = numbers(4, case.output().iter().product());
    let mut output = vec![0.0; factors.len()];
    let mut grad = vec![0.0; x.len()];
    case.windows(|place, inputs| {
        let mut best = inputs[0];
        for &input in inputs {
            if x[input] > x[best] || x[input].is_nan() {
                best = input;
            }
        }
        output[place] = x[best];
        grad[best] += factors[place];
    });
    Results { output, x: grad }
}

fn l2_by_loops(case: &Case, x: &[f32]) -> Results {
    let factors = numbers(4, case.output().iter().product());
    let mut output = vec![0.0; factors.len()];
    let mut grad = vec![0.0f64; x.len()];
    case.windows(|place, inputs| {
        let squares = inputs.iter().map(|&input| f64::from(x[input]).powi(2));
        let sum = squares.sum::<f64>();
        let root = sum.max(1e-12).sqrt();
        output[place] = root as f32;
        for &input in inputs.iter().filter(|_| sum > 1e-12) {
            grad[input] += f64::from(factors[place]) * f64::from(x[input]) / root;
        }
    });
    Results {
        output,
        x: grad.into_iter().map(|value| value as f32).collect(),
    }
}

/// Compares both poolings with loops and with Burn's.
fn compare(case: &Case, x: &[f32]) {
    let Some(ours) = run(case, x, max) else {
        return;
    };
    assert_equal(case, &ours, &max_by_loops(case, x));
    if let Some(burns) = run(case, x, burns_max) {
        assert_equal(case, &ours, &burns);
    }
    let Some(ours) = run(case, x, l2) else {
        return;
    };
    assert_equal(case, &ours, &l2_by_loops(case, x));
}

fn cases() -> impl Strategy<Value = Case> {
    (
        [1..4usize, 1..5, 1..16, 1..16],
        [1..4usize, 1..4],
        [0..2usize, 0..2],
    )
        .prop_map(|(input, stride, padding)| Case {
            input,
            stride,
            padding,
        })
        .prop_filter("a window fits the padded map", |case| {
            (0..2).all(|axis| case.input[axis + 2] + 2 * case.padding[axis] >= 3)
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn equals_the_definition(case in cases(), seed in 0..1000u64, tied: bool) {
        let count = case.input.iter().product();
        let x = if tied { ties(seed, count) } else { numbers(seed, count) };
        compare(&case, &x);
    }
}

#[test]
fn equals_the_definition_on_layers_of_networks() {
    for case in [
        Case::new([2, 64, 48, 48], 2, 1),
        Case::new([2, 64, 70, 58], 2, 0),
        Case::new([2, 192, 12, 12], 1, 1),
        Case::new([3, 320, 9, 8], 3, 0),
        Case::new([32, 640, 3, 3], 1, 1),
        Case::new([1, 1, 1, 1], 1, 1),
        Case::new([1, 1, 2, 3], 1, 1),
        Case::new([1, 1, 2, 3], 2, 1),
        Case::new([1, 2, 3, 3], 3, 0),
    ] {
        let count = case.input.iter().product();
        compare(&case, &numbers(1, count));
        compare(&case, &ties(2, count));
    }
}

#[test]
fn l2_pooling_equals_its_composition() {
    for case in [
        Case::new([2, 20, 12, 11], 1, 1),
        Case::new([2, 20, 12, 11], 3, 0),
        Case::new([2, 20, 12, 11], 2, 1),
    ] {
        let x = numbers(1, case.input.iter().product());
        let (Some(ours), Some(burns)) = (run(&case, &x, l2), run(&case, &x, burns_l2)) else {
            return;
        };
        assert_equal(&case, &ours, &burns);
    }
}

#[test]
fn nothing_greater_than_minus_infinity_is_still_a_maximum() {
    if device::on_gpu() {
        return device::say_skipped("Burn's pooling on a GPU starts from the least finite number");
    }
    for case in [Case::new([1, 2, 4, 5], 1, 1), Case::new([1, 2, 5, 5], 2, 1)] {
        let x = vec![f32::NEG_INFINITY; case.input.iter().product()];
        let Some(ours) = run(&case, &x, max) else {
            return;
        };
        assert_equal(&case, &ours, &max_by_loops(&case, &x));
    }
}

#[test]
fn a_nan_spreads_as_in_burn() {
    if device::on_gpu() {
        return device::say_skipped("Burn's pooling on a GPU passes over NaN");
    }
    let case = Case::new([2, 2, 6, 5], 1, 1);
    let mut x = numbers(1, case.input.iter().product());
    for place in [0, 7, 8, 12, 44, 59, 119] {
        x[place] = f32::NAN;
    }
    for case in [
        case,
        Case {
            stride: [2, 2],
            ..case
        },
    ] {
        let (Some(ours), Some(burns)) = (run(&case, &x, max), run(&case, &x, burns_max)) else {
            return;
        };
        assert_equal(&case, &ours, &burns);
        assert!(ours.output.iter().any(|value| value.is_nan()));
        let (Some(ours), Some(burns)) = (run(&case, &x, l2), run(&case, &x, burns_l2)) else {
            return;
        };
        assert_close("output", &ours.output, &burns.output);
        assert!(ours.output.iter().any(|value| value.is_nan()));
    }
}

#[test]
fn l2_pooling_has_no_gradient_at_zero() {
    let case = Case::new([1, 2, 5, 5], 1, 1);
    let mut x = vec![0.0; 50];
    x[49] = 1.0;
    let Some(results) = run(&case, &x, l2) else {
        return;
    };
    assert!(results.x.iter().all(|grad| grad.is_finite()));
    assert!(results.x[..49].iter().all(|grad| *grad == 0.0));
    assert_eq!(results.output[0], 1e-6);
    assert_eq!(results.output[49], 1.0);
}

#[test]
fn l2_gradients_equal_finite_differences() {
    let case = Case {
        input: [1, 2, 4, 5],
        stride: [1, 2],
        padding: [1, 0],
    };
    let x = numbers(1, case.input.iter().product());
    let Some(results) = run(&case, &x, l2) else {
        return;
    };
    let factors = numbers(4, results.output.len());
    let device = device::device().expect("the run had one");
    let loss = |x: &[f32]| -> f64 {
        let output = values(l2(filled(x, case.input, &device), &case));
        let terms = output.iter().zip(&factors);
        terms
            .map(|(y, factor)| f64::from(*y) * f64::from(*factor))
            .sum()
    };
    assert_slopes("x", &results.x, &x, 1e-2, 2e-3, loss);
}

#[test]
fn the_global_mean_equals_burns() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    for dims in [[1, 1, 1, 1], [2, 3, 5, 4], [4, 70, 3, 3], [1, 2, 90, 80]] {
        let burns = |x: Tensor<4>| {
            let [batch, channels, ..] = x.dims();
            module::adaptive_avg_pool2d(x, [1, 1]).reshape([batch, channels])
        };
        let [ours, burns] = [global_avg_pool2d as fn(Tensor<4>) -> Tensor<2>, burns].map(|pool| {
            let x = numbers(1, dims.iter().product());
            let x = filled(&x, dims, &device).require_grad();
            let output = pool(x.clone());
            assert_eq!(output.dims(), [dims[0], dims[1]]);
            let factors = filled(&numbers(4, dims[0] * dims[1]), [dims[0], dims[1]], &device);
            let grads = (output.clone() * factors).sum().backward();
            let grad = x.grad(&grads).expect("a gradient of x");
            [values(output.inner()), values(grad)]
        });
        assert_close("output", &ours[0], &burns[0]);
        assert_close("x gradient", &ours[1], &burns[1]);
    }
}

#[test]
fn reads_tensors_that_are_not_contiguous() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let case = Case::new([3, 6, 9, 8], 1, 1);
    for (ours, burns) in [(max as Pooling, burns_max as Pooling), (l2, burns_l2)] {
        let [ours, burns] = [ours, burns].map(|pooling| {
            let x = filled(&numbers(1, 5 * 9 * 8 * 6), [5, 9, 8, 6], &device).require_grad();
            let part = x.clone().narrow(0, 1, 3).permute([0, 3, 1, 2]);
            // The gradient arrives transposed as well.
            let output = pooling(part, &case).swap_dims(2, 3);
            let factors = numbers(4, output.dims().iter().product());
            let factors = filled(&factors, output.dims(), &device);
            let grads = (output.clone() * factors).sum().backward();
            Results {
                output: values(output.inner()),
                x: values(x.grad(&grads).expect("a gradient of x")),
            }
        });
        assert_equal(&case, &ours, &burns);
    }
}

#[test]
fn gradient_checkpointing_changes_nothing() {
    let Some(device) = device::device() else {
        return;
    };
    let case = Case::new([2, 3, 6, 5], 1, 1);
    let start = numbers(1, case.input.iter().product());
    let doubled: Vec<f32> = start.iter().map(|x| x * 2.0).collect();
    let device = device.autodiff().gradient_checkpointing();
    for pooling in [max as Pooling, l2] {
        let x = filled(&start, case.input, &device).require_grad();
        // A cheap operation before the pooling is recomputed in the backward pass.
        let output = pooling(x.clone() * 2.0, &case);
        let factors = numbers(4, output.dims().iter().product());
        let factors = filled(&factors, output.dims(), &device) * 0.5;
        let grads = (output * factors).sum().backward();
        let grad = values(x.grad(&grads).expect("a gradient of x"));
        let expected = run(&case, &doubled, pooling).expect("the device is there");
        assert_close("x gradient", &grad, &expected.x);
    }
}

#[test]
fn inference_gives_the_output_of_training() {
    let Some(device) = device::device() else {
        return;
    };
    let case = Case::new([2, 3, 7, 6], 2, 1);
    let x = numbers(1, case.input.iter().product());
    for pooling in [max as Pooling, l2] {
        let trained = run(&case, &x, pooling).expect("the device is there");
        let output = pooling(filled(&x, case.input, &device), &case);
        assert_eq!(values(output), trained.output);
    }
}

#[test]
fn other_windows_and_element_types_are_burns() {
    let Some(device) = device::device() else {
        return;
    };
    let x = filled(&numbers(1, 2 * 3 * 8 * 8), [2, 3, 8, 8], &device);
    for (kernel, stride, padding) in [([2, 2], [2, 2], [0, 0]), ([5, 3], [1, 2], [2, 1])] {
        let options = MaxPoolOptions::new(kernel)
            .with_stride(stride)
            .with_padding(padding);
        assert_eq!(
            values(max_pool2d(x.clone(), kernel, stride, padding)),
            values(module::max_pool2d(x.clone(), options)),
        );
    }
    if device.supports_dtype(DType::F64) {
        let case = Case::new([2, 3, 8, 8], 1, 1);
        let x = x.cast(DType::F64);
        for (ours, burns) in [(max as Pooling, burns_max as Pooling), (l2, burns_l2)] {
            let ours = ours(x.clone(), &case);
            assert_eq!(ours.dtype(), DType::F64);
            let burns = burns(x.clone(), &case).into_data();
            ours.into_data().assert_eq(&burns, true);
        }
    }
}

#[test]
fn an_empty_batch_is_burns() {
    let Some(device) = device::device() else {
        return;
    };
    let case = Case::new([0, 3, 4, 4], 1, 1);
    let x = Tensor::<4>::zeros(case.input, &device);
    for pooling in [max as Pooling, l2] {
        assert_eq!(pooling(x.clone(), &case).dims(), case.output());
    }
}

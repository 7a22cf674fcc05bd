//! Normalization against Burn's own, and against finite differences.
//!
//! The device is Burn's default one, which the variable `BURN_DEVICE` chooses.

mod common;

use burn::Tensor;
use burn::module::Module;
use burn::nn::{BatchNorm, BatchNormConfig, LocalResponseNormConfig};
use burn::tensor::activation::relu;
use burn::tensor::{DType, Device};
use common::{assert_slopes, difference, filled, numbers, tensor, values};
use facenet_kernels::normalization::{batch_norm, local_response_norm};
use facenet_testing::device;
use proptest::prelude::*;

/// What batch normalization adds up lies in [-1, 1), give or take.
const TERM: f32 = 1.0;

/// Local response normalization adds up nothing that cancels.
const NOTHING: f32 = 1e-6;

fn assert_close(what: &str, actual: &[f32], expected: &[f32], floor: f32) {
    let difference = difference(actual, expected, floor);
    assert!(difference <= 1e-4, "{what} differs by {difference:e}");
}

type Normalization = fn(&BatchNorm, Tensor<4>, bool) -> Tensor<4>;

fn stock(norm: &BatchNorm, x: Tensor<4>, with_relu: bool) -> Tensor<4> {
    let output = norm.forward(x);
    if with_relu { relu(output) } else { output }
}

/// A layer with random parameters and running statistics.
fn layer(channels: usize, device: &Device) -> BatchNorm {
    use burn::module::{Param, RunningState};

    let mut norm = BatchNormConfig::new(channels)
        .with_epsilon(1e-3)
        .init(device);
    let vector = |seed| tensor::<1>(seed, [channels], device);
    norm.gamma = Param::from_tensor(vector(11) + 1.5);
    norm.beta = Param::from_tensor(vector(12) * 0.5);
    norm.running_mean = RunningState::new(vector(13));
    norm.running_var = RunningState::new(vector(14) + 1.5);
    norm
}

/// Everything that a training step reads or changes.
#[derive(Debug, PartialEq)]
struct Results {
    output: Vec<f32>,
    x: Vec<f32>,
    gamma: Vec<f32>,
    beta: Vec<f32>,
    running_mean: Vec<f32>,
    running_variance: Vec<f32>,
}

/// Differentiates the output weighted with fixed random numbers.
fn step(norm: &BatchNorm, x: Tensor<4>, relu: bool, normalization: Normalization) -> Results {
    let x = x.require_grad();
    let output = normalization(norm, x.clone(), relu);
    assert_eq!(output.dims(), x.dims());
    let factors = tensor(4, output.dims(), &x.device());
    let grads = (output.clone() * factors).sum().backward();
    let gamma = norm.gamma.grad(&grads);
    let beta = norm.beta.grad(&grads);
    Results {
        output: values(output.inner()),
        x: values(x.grad(&grads).expect("a gradient of x")),
        gamma: values(gamma.expect("a gradient of gamma")),
        beta: values(beta.expect("a gradient of beta")),
        running_mean: values(norm.running_mean.value_sync()),
        running_variance: values(norm.running_var.value_sync()),
    }
}

fn assert_equal(what: &str, actual: &Results, expected: &Results) {
    for (part, actual, expected) in [
        ("output", &actual.output, &expected.output),
        ("x gradient", &actual.x, &expected.x),
        ("gamma gradient", &actual.gamma, &expected.gamma),
        ("beta gradient", &actual.beta, &expected.beta),
        ("running mean", &actual.running_mean, &expected.running_mean),
        (
            "running variance",
            &actual.running_variance,
            &expected.running_variance,
        ),
    ] {
        assert_close(&format!("{part} of {what}"), actual, expected, TERM);
    }
}

/// Compares training steps with Burn's, for layers that train and for frozen ones.
fn compare(dims: [usize; 4], relu: bool, training: bool) {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let [ours, burns] = [batch_norm as Normalization, stock].map(|normalization| {
        let mut norm = layer(dims[1], &device);
        norm.training = burn::module::Param::from_bool(training);
        // The second step starts from the running statistics of the first.
        let first = step(&norm, tensor(1, dims, &device), relu, normalization);
        let second = step(
            &norm,
            tensor(2, dims, &device) * 3.0 + 1.0,
            relu,
            normalization,
        );
        [first, second]
    });
    for (ours, burns) in ours.iter().zip(&burns) {
        let what = format!("{dims:?}, relu {relu}, training {training}");
        assert_equal(&what, ours, burns);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn batch_norm_equals_burns(
        dims in [2..9usize, 1..30, 1..12, 1..12],
        relu: bool,
        training: bool,
    ) {
        // The deviation of a few values may be as small as their rounding.
        prop_assume!(dims[0] * dims[2] * dims[3] >= 16);
        compare(dims, relu, training);
    }
}

#[test]
fn batch_norm_equals_burns_on_layers_of_networks() {
    for dims in [
        [4, 64, 35, 29],
        [8, 192, 12, 12],
        [32, 256, 3, 3],
        [1, 40, 6, 6],
        [1, 1, 2, 3],
        [1, 3, 80, 90],
        [40, 100, 1, 1],
    ] {
        for relu in [false, true] {
            compare(dims, relu, true);
            compare(dims, relu, false);
        }
    }
}

#[test]
fn one_value_in_a_channel_is_its_mean() {
    // The gradient is zero but for rounding, which a comparison relative to the largest value would not forgive.
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let norm = layer(5, &device);
    let results = step(&norm, tensor(1, [1, 5, 1, 1], &device), false, batch_norm);
    assert_eq!(results.output, values(norm.beta.val().inner()));
    assert!(results.x.iter().all(|grad| grad.abs() < 1e-6));
    assert!(results.gamma.iter().all(|grad| *grad == 0.0));
}

#[test]
fn batch_norm_in_inference_equals_burns() {
    let Some(device) = device::device() else {
        return;
    };
    let norm = layer(7, &device);
    let x = tensor(1, [3, 7, 5, 4], &device);
    for relu in [false, true] {
        let ours = values(batch_norm(&norm, x.clone(), relu));
        assert_close(
            "output",
            &ours,
            &values(stock(&norm, x.clone(), relu)),
            TERM,
        );
    }
    // A trained layer that is taken to inference uses what it has gathered.
    let norm = layer(7, &device.clone().autodiff());
    let trained = tensor(2, [3, 7, 5, 4], &device.clone().autodiff());
    batch_norm(&norm, trained, true);
    let norm = norm.valid();
    let ours = values(batch_norm(&norm, x.clone(), true));
    assert_close("output", &ours, &values(stock(&norm, x, true)), TERM);
}

#[test]
fn batch_norm_keeps_its_digits_beside_a_large_mean() {
    if device::on_gpu() {
        return device::say_skipped("Burn's composition on a GPU loses these digits");
    }
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let dims = [8, 3, 20, 20];
    let norm = BatchNormConfig::new(3).with_epsilon(1e-12).init(&device);
    let x: Vec<f32> = numbers(1, dims.iter().product());
    let shifted: Vec<f32> = x.iter().map(|value| 4096.0 + value / 64.0).collect();
    let output = batch_norm(&norm, filled(&shifted, dims, &device), false);
    let output = values(output.inner());
    for channel in 0..3 {
        let of = |data: &[f32]| -> Vec<f64> {
            let maps = data.chunks(400).skip(channel).step_by(3);
            maps.flatten().map(|value| f64::from(*value)).collect()
        };
        let x = of(&shifted);
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        for (x, y) in x.iter().zip(of(&output)) {
            // The mean itself has a rounding error of 2⁻¹² / 2, against a deviation of 1 / 110.
            let expected = (x - mean) / variance.sqrt();
            assert!((y - expected).abs() < 0.03, "{y} {expected}");
        }
        let variance = of(&output).iter().map(|y| y * y).sum::<f64>() / x.len() as f64;
        assert!((variance - 1.0).abs() < 1e-2, "{variance}");
    }
}

#[test]
fn batch_norm_gradients_equal_finite_differences() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let dims = [3, 2, 2, 3];
    for relu in [false, true] {
        let norm = layer(2, &device);
        let x = numbers(1, dims.iter().product());
        let factors = numbers(4, x.len());
        let output = |x: &[f32]| {
            let x = filled(x, dims, &device);
            values(batch_norm(&norm, x, relu).inner())
        };
        let loss = |output: &[f32]| -> f64 {
            let terms = output.iter().zip(&factors);
            terms
                .map(|(y, factor)| f64::from(*y) * f64::from(*factor))
                .sum()
        };
        let start = filled(&x, dims, &device);
        let results = step(&norm, start, relu, batch_norm);
        let width = 1e-3;
        for (index, expected) in results.x.iter().enumerate() {
            let (mut above, mut below) = (x.clone(), x.clone());
            above[index] += width;
            below[index] -= width;
            let step = f64::from(above[index] - below[index]);
            let (above, below) = (output(&above), output(&below));
            let mut pairs = above.iter().zip(&below);
            if relu && pairs.any(|(above, below)| (*above == 0.0) != (*below == 0.0)) {
                // The step crosses a kink.
                continue;
            }
            let slope = (loss(&above) - loss(&below)) / step;
            assert!(
                (slope - f64::from(*expected)).abs() < 5e-3,
                "x[{index}]: {slope} {expected}"
            );
        }
    }
}

#[test]
fn a_nan_spreads_as_in_burn() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let dims = [2, 3, 4, 4];
    let mut x = numbers(1, dims.iter().product());
    x[20] = f32::NAN;
    for training in [true, false] {
        let [ours, burns] = [batch_norm as Normalization, stock].map(|normalization| {
            let mut norm = layer(3, &device);
            norm.training = burn::module::Param::from_bool(training);
            let x = filled(&x, dims, &device);
            step(&norm, x, true, normalization)
        });
        assert_equal("a NaN", &ours, &burns);
    }
}

#[test]
fn batch_norm_reads_tensors_that_are_not_contiguous() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let [ours, burns] = [batch_norm as Normalization, stock].map(|normalization| {
        let norm = layer(6, &device);
        let x = tensor(1, [5, 9, 8, 6], &device).require_grad();
        let part = x.clone().narrow(0, 1, 3).permute([0, 3, 1, 2]);
        // The gradient arrives transposed as well.
        let output = normalization(&norm, part, true).swap_dims(2, 3);
        let factors = tensor(4, output.dims(), &device);
        let grads = (output.clone() * factors).sum().backward();
        let x = x.grad(&grads).expect("a gradient of x");
        [values(output.inner()), values(x)]
    });
    assert_close("output", &ours[0], &burns[0], TERM);
    assert_close("x gradient", &ours[1], &burns[1], TERM);
}

#[test]
fn a_gradient_that_others_hold_is_not_overwritten() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let [ours, burns] = [batch_norm as Normalization, stock].map(|normalization| {
        let norm = layer(3, &device);
        let x = tensor(1, [2, 3, 4, 4], &device).require_grad();
        let y = tensor(2, [2, 3, 4, 4], &device).require_grad();
        // An addition hands the same gradient to both of its parents.
        let sum = normalization(&norm, x.clone(), true) + normalization(&norm, y.clone(), true);
        let factors = tensor(4, sum.dims(), &device);
        let grads = (sum * factors).sum().backward();
        [x, y].map(|leaf| values(leaf.grad(&grads).expect("a gradient")))
    });
    assert_close("first gradient", &ours[0], &burns[0], TERM);
    assert_close("second gradient", &ours[1], &burns[1], TERM);
}

#[test]
fn gradient_checkpointing_changes_nothing() {
    let Some(device) = device::device() else {
        return;
    };
    let [plain, checkpointed] = [
        device.clone().autodiff(),
        device.autodiff().gradient_checkpointing(),
    ]
    .map(|device| {
        let norm = layer(3, &device);
        let x = tensor(1, [2, 3, 4, 4], &device).require_grad();
        // A cheap operation before the layer is recomputed in the backward pass.
        let output = batch_norm(&norm, x.clone() * 2.0, true);
        let factors = tensor(4, output.dims(), &device);
        let grads = (output * factors).sum().backward();
        values(x.grad(&grads).expect("a gradient of x"))
    });
    assert_close("x gradient", &checkpointed, &plain, TERM);
}

#[test]
fn a_frozen_parameter_gets_no_gradient() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    let expected = step(
        &layer(3, &device),
        tensor(1, [2, 3, 4, 4], &device),
        true,
        batch_norm,
    );
    let mut norm = layer(3, &device);
    norm.gamma = norm.gamma.set_require_grad(false);
    let x = tensor(1, [2, 3, 4, 4], &device);
    let output = batch_norm(&norm, x, true);
    let factors = tensor(4, output.dims(), &device);
    let grads = (output * factors).sum().backward();
    assert!(norm.gamma.grad(&grads).is_none());
    let beta = norm.beta.grad(&grads).expect("a gradient of beta");
    assert_close("beta gradient", &values(beta), &expected.beta, TERM);
}

#[test]
fn other_element_types_are_burns() {
    let Some(device) = device::device() else {
        return;
    };
    if !device.supports_dtype(DType::F64) {
        return;
    }
    let norm = layer(3, &device);
    let mut wide = norm.clone();
    wide.gamma = burn::module::Param::from_tensor(norm.gamma.val().cast(DType::F64));
    wide.beta = burn::module::Param::from_tensor(norm.beta.val().cast(DType::F64));
    wide.running_mean = burn::module::RunningState::new(norm.running_mean.value().cast(DType::F64));
    wide.running_var = burn::module::RunningState::new(norm.running_var.value().cast(DType::F64));
    let x = tensor(1, [2, 3, 4, 4], &device).cast(DType::F64);
    let ours = batch_norm(&wide, x.clone(), true);
    assert_eq!(ours.dtype(), DType::F64);
    ours.into_data()
        .assert_eq(&stock(&wide, x, true).into_data(), true);
}

#[test]
fn an_empty_batch_is_burns() {
    let Some(device) = device::device() else {
        return;
    };
    let norm = layer(3, &device);
    let x = Tensor::<4>::zeros([0, 3, 4, 4], &device);
    assert_eq!(batch_norm(&norm, x, true).dims(), [0, 3, 4, 4]);
}

#[test]
#[should_panic(expected = "assert_shape!(input, [_, num_features, ..])")]
fn refuses_an_input_with_other_channels() {
    let Some(device) = device::device() else {
        panic!("assert_shape!(input, [_, num_features, ..])");
    };
    batch_norm(&layer(3, &device), tensor(1, [2, 4, 4, 4], &device), true);
}

/// Settings of a local response normalization.
#[derive(Clone, Copy, Debug)]
struct Response {
    size: usize,
    alpha: f64,
    beta: f64,
    k: f64,
}

const USUAL: Response = Response {
    size: 5,
    alpha: 1e-4,
    beta: 0.75,
    k: 1.0,
};

type LocalResponse = fn(Tensor<4>, Response) -> Tensor<4>;

fn local_response(x: Tensor<4>, settings: Response) -> Tensor<4> {
    let Response {
        size,
        alpha,
        beta,
        k,
    } = settings;
    local_response_norm(x, size, alpha, beta, k)
}

fn burns_local_response(x: Tensor<4>, settings: Response) -> Tensor<4> {
    LocalResponseNormConfig::new(settings.size)
        .with_alpha(settings.alpha)
        .with_beta(settings.beta)
        .with_k(settings.k)
        .init()
        .forward(x)
}

/// Output and gradient of `x`, whose values are `x`.
fn respond(
    x: &[f32],
    dims: [usize; 4],
    settings: Response,
    normalization: LocalResponse,
) -> Option<[Vec<f32>; 2]> {
    let device = device::device()?.autodiff();
    let x = filled(x, dims, &device).require_grad();
    let output = normalization(x.clone(), settings);
    assert_eq!(output.dims(), dims);
    let factors = tensor(4, dims, &device);
    let grads = (output.clone() * factors).sum().backward();
    let grad = x.grad(&grads).expect("a gradient of x");
    Some([values(output.inner()), values(grad)])
}

fn compare_responses(x: &[f32], dims: [usize; 4], settings: Response) {
    let ours = respond(x, dims, settings, local_response);
    let burns = respond(x, dims, settings, burns_local_response);
    if let (Some(ours), Some(burns)) = (ours, burns) {
        assert_close(
            &format!("output of {dims:?}, {settings:?}"),
            &ours[0],
            &burns[0],
            NOTHING,
        );
        assert_close(
            &format!("x gradient of {dims:?}, {settings:?}"),
            &ours[1],
            &burns[1],
            NOTHING,
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn local_response_equals_burns(
        dims in [1..4usize, 1..90, 1..8, 1..8],
        size in 1..8usize,
        alpha in 0.01..2.0f64,
        beta in prop::sample::select(vec![0.75, 0.5, 1.0]),
        seed in 0..1000u64,
    ) {
        // A gradient at a large value cancels; among several values there is a small one.
        prop_assume!(dims.iter().product::<usize>() >= 16);
        let settings = Response { size, alpha, beta, k: 1.0 };
        let x = numbers(seed, dims.iter().product());
        compare_responses(&x, dims, settings);
        // Large values make the window's sum outweigh `k`.
        let x: Vec<f32> = x.into_iter().map(|value| value * 100.0).collect();
        compare_responses(&x, dims, settings);
    }
}

#[test]
fn local_response_equals_burns_on_layers_of_networks() {
    for dims in [
        [2, 64, 24, 24],
        [2, 192, 12, 12],
        [1, 65, 20, 20],
        [1, 1, 1, 1],
        [1, 3, 2, 3],
    ] {
        compare_responses(&numbers(1, dims.iter().product()), dims, USUAL);
    }
}

#[test]
fn local_response_has_a_gradient_at_zero() {
    let dims = [1, 7, 2, 2];
    let Some([output, grad]) = respond(&[0.0; 28], dims, USUAL, local_response) else {
        return;
    };
    assert!(output.iter().all(|value| *value == 0.0));
    assert_eq!(grad, numbers(4, 28));
}

#[test]
fn local_response_gradients_equal_finite_differences() {
    let dims = [1, 6, 1, 2];
    let x = numbers(1, 12);
    let settings = Response {
        alpha: 2.0,
        ..USUAL
    };
    let Some([_, grad]) = respond(&x, dims, settings, local_response) else {
        return;
    };
    let factors = numbers(4, 12);
    let loss = |x: &[f32]| -> f64 {
        let [output, _] = respond(x, dims, settings, local_response).expect("the device is there");
        let terms = output.iter().zip(&factors);
        terms
            .map(|(y, factor)| f64::from(*y) * f64::from(*factor))
            .sum()
    };
    assert_slopes("x", &grad, &x, 1e-2, 1e-3, loss);
}

#[test]
fn local_response_under_gradient_checkpointing_changes_nothing() {
    let Some(device) = device::device() else {
        return;
    };
    let dims = [2, 9, 3, 4];
    let [plain, checkpointed] = [
        device.clone().autodiff(),
        device.autodiff().gradient_checkpointing(),
    ]
    .map(|device| {
        let x = tensor(1, dims, &device).require_grad();
        let output = local_response(x.clone() * 2.0, USUAL);
        let factors = tensor(4, dims, &device);
        let grads = (output * factors).sum().backward();
        values(x.grad(&grads).expect("a gradient of x"))
    });
    assert_close("x gradient", &checkpointed, &plain, NOTHING);
}

#[test]
#[should_panic(expected = "size must be greater than 0.")]
fn refuses_a_window_of_no_channels() {
    let Some(device) = device::device() else {
        panic!("size must be greater than 0.");
    };
    local_response_norm(tensor(1, [2, 4, 4, 4], &device), 0, 1e-4, 0.75, 1.0);
}

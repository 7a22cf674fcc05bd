//! The convolution against loops, against Burn's own, and against finite differences.
//!
//! The device is Burn's default one, which the variable `BURN_DEVICE` chooses.

mod common;

use burn::Tensor;
use burn::nn::PaddingConfig2d;
use burn::tensor::activation::{prelu, relu};
use burn::tensor::module::conv2d as stock;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Device};
use common::{assert_slopes, filled, numbers, tensor, values};
use facenet_kernels::convolution::{
    Activation, Conv2d, Conv2dConfig, Epilogue, conv2d, conv2d_fused,
};
use facenet_testing::device;
use proptest::prelude::*;

/// A convolution's sizes; `padding` is `[(top, bottom), (left, right)]`.
#[derive(Clone, Debug)]
struct Case {
    input: [usize; 4],
    weight: [usize; 4],
    stride: [usize; 2],
    padding: [(usize, usize); 2],
}

impl Case {
    fn new(input: [usize; 4], channels_out: usize, kernel: usize) -> Self {
        Self {
            input,
            weight: [channels_out, input[1], kernel, kernel],
            stride: [1, 1],
            padding: [(0, 0), (0, 0)],
        }
    }

    fn stride(self, stride: usize) -> Self {
        Self {
            stride: [stride, stride],
            ..self
        }
    }

    fn padding(self, padding: usize) -> Self {
        Self {
            padding: [(padding, padding); 2],
            ..self
        }
    }

    /// A kernel for each channel.
    fn depthwise(self) -> Self {
        let [_, _, height, width] = self.weight;
        Self {
            weight: [self.input[1], 1, height, width],
            ..self
        }
    }

    fn groups(&self) -> usize {
        self.input[1] / self.weight[1]
    }

    fn options(&self) -> ConvOptions<2> {
        ConvOptions::new_with_padding(self.stride, self.padding, [1, 1], self.groups())
    }

    fn output(&self) -> [usize; 4] {
        let size = |axis: usize| {
            let (begin, end) = self.padding[axis];
            (self.input[axis + 2] + begin + end - self.weight[axis + 2]) / self.stride[axis] + 1
        };
        [self.input[0], self.weight[0], size(0), size(1)]
    }
}

/// Inputs and weights lie in [-1, 1); nothing here is infinite or NaN.
fn assert_close(what: &str, actual: &[f32], expected: &[f32]) {
    assert!(expected.iter().all(|value| value.is_finite()));
    let difference = common::difference(actual, expected, 1.0);
    assert!(difference <= 1e-4, "{what} differs by {difference:e}");
}

/// Output and gradients of one convolution.
struct Results {
    output: Vec<f32>,
    x: Vec<f32>,
    weight: Vec<f32>,
    bias: Vec<f32>,
}

type Convolution = fn(Tensor<4>, Tensor<4>, Option<Tensor<1>>, ConvOptions<2>) -> Tensor<4>;

/// Burn's function with the type of ours.
fn burns(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    stock(x, weight, bias, options)
}

/// Differentiates the output weighted with fixed random numbers.
fn run(case: &Case, convolution: Convolution) -> Results {
    let device = device::device()
        .expect("the test has asked for it")
        .autodiff();
    let x = tensor(1, case.input, &device).require_grad();
    let weight = tensor(2, case.weight, &device).require_grad();
    let bias = tensor(3, [case.weight[0]], &device).require_grad();
    let output = convolution(
        x.clone(),
        weight.clone(),
        Some(bias.clone()),
        case.options(),
    );
    assert_eq!(output.dims(), case.output());
    let factors = tensor(4, output.dims(), &device);
    let grads = (output.clone() * factors).sum().backward();
    Results {
        output: values(output.inner()),
        x: values(x.grad(&grads).expect("a gradient of x")),
        weight: values(weight.grad(&grads).expect("a gradient of the weight")),
        bias: values(bias.grad(&grads).expect("a gradient of the bias")),
    }
}

/// The definition, in `f64`.
fn by_loops(case: &Case) -> Results {
    let [batch, channels, height, width] = case.input;
    let [outputs, group_channels, kernel_height, kernel_width] = case.weight;
    let [_, _, rows, columns] = case.output();
    let x = numbers(1, case.input.iter().product());
    let weight = numbers(2, case.weight.iter().product());
    let bias = numbers(3, outputs);
    let factors = numbers(4, batch * outputs * rows * columns);

    let mut output = vec![0.0f64; factors.len()];
    let mut x_grad = vec![0.0f64; x.len()];
    let mut weight_grad = vec![0.0f64; weight.len()];
    let mut bias_grad = vec![0.0f64; outputs];
    for n in 0..batch {
        for o in 0..outputs {
            for i in 0..rows {
                for j in 0..columns {
                    let y_at = ((n * outputs + o) * rows + i) * columns + j;
                    let factor = f64::from(factors[y_at]);
                    output[y_at] += f64::from(bias[o]);
                    bias_grad[o] += factor;
                    for w_c in 0..group_channels {
                        let c = o * case.groups() / outputs * group_channels + w_c;
                        for u in 0..kernel_height {
                            for v in 0..kernel_width {
                                let y = i * case.stride[0] + u;
                                let x_ = j * case.stride[1] + v;
                                let (top, left) = (case.padding[0].0, case.padding[1].0);
                                if y < top || x_ < left || y - top >= height || x_ - left >= width {
                                    continue;
                                }
                                let x_at =
                                    ((n * channels + c) * height + y - top) * width + x_ - left;
                                let w_at = ((o * group_channels + w_c) * kernel_height + u)
                                    * kernel_width
                                    + v;
                                output[y_at] += f64::from(x[x_at]) * f64::from(weight[w_at]);
                                x_grad[x_at] += f64::from(weight[w_at]) * factor;
                                weight_grad[w_at] += f64::from(x[x_at]) * factor;
                            }
                        }
                    }
                }
            }
        }
    }
    let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    Results {
        output: narrow(output),
        x: narrow(x_grad),
        weight: narrow(weight_grad),
        bias: narrow(bias_grad),
    }
}

fn assert_equal(case: &Case, actual: &Results, expected: &Results) {
    assert_close(
        &format!("output of {case:?}"),
        &actual.output,
        &expected.output,
    );
    assert_close(&format!("x gradient of {case:?}"), &actual.x, &expected.x);
    assert_close(
        &format!("weight gradient of {case:?}"),
        &actual.weight,
        &expected.weight,
    );
    assert_close(
        &format!("bias gradient of {case:?}"),
        &actual.bias,
        &expected.bias,
    );
}

fn cases() -> impl Strategy<Value = Case> {
    let kernel = || prop::sample::select(vec![1usize, 2, 3, 5, 7]);
    let padding = || (0..4usize, 0..4usize);
    (
        [1..6usize, 1..12, 1..20, 1..20],
        1..12usize,
        (kernel(), kernel()),
        [1..4usize, 1..4],
        (padding(), padding()),
    )
        .prop_map(|(input, outputs, kernel, stride, padding)| Case {
            input,
            weight: [outputs, input[1], kernel.0, kernel.1],
            stride,
            padding: [padding.0, padding.1],
        })
        .prop_filter("the kernel fits the padded input", |case| {
            (0..2).all(|axis| {
                let (begin, end) = case.padding[axis];
                case.input[axis + 2] + begin + end >= case.weight[axis + 2]
            })
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn equals_the_definition(case in cases()) {
        assert_equal(&case, &run(&case, conv2d), &by_loops(&case));
    }

    #[test]
    fn a_depthwise_convolution_equals_the_definition(case in cases()) {
        let case = case.depthwise();
        assert_equal(&case, &run(&case, conv2d), &by_loops(&case));
    }
}

#[test]
fn equals_burns_convolution_on_layers_of_networks() {
    if device::device().is_none() {
        return;
    }
    let cases = [
        // First layers.
        Case::new([2, 3, 70, 58], 32, 3).stride(2),
        Case::new([1, 3, 96, 96], 64, 7).stride(2).padding(3),
        Case::new([5, 3, 33, 31], 16, 5).stride(2).padding(2),
        // Parts of one image, and several images, in a piece of work.
        Case::new([2, 20, 28, 28], 37, 3).padding(1),
        Case::new([33, 24, 4, 4], 40, 3).padding(1),
        Case::new([9, 130, 7, 7], 50, 3).padding(1),
        Case::new([40, 16, 7, 7], 33, 3).stride(2).padding(1),
        Case::new([1, 70, 9, 8], 70, 5).padding(2),
        Case::new([3, 40, 15, 13], 8, 3).stride(2),
        // Pointwise layers: large maps, small maps, with a stride, with padding.
        Case::new([2, 192, 14, 14], 96, 1),
        Case::new([33, 512, 5, 4], 130, 1),
        Case::new([1, 300, 1, 1], 300, 1),
        Case::new([4, 20, 14, 14], 40, 1).stride(2),
        Case::new([2, 20, 9, 8], 13, 1).padding(1),
        // Depthwise layers: maps of several blocks, small maps, a kernel that covers the map.
        Case::new([2, 33, 56, 48], 33, 3).padding(1).depthwise(),
        Case::new([3, 40, 28, 24], 40, 3)
            .stride(2)
            .padding(1)
            .depthwise(),
        Case::new([5, 65, 7, 6], 65, 3).padding(1).depthwise(),
        Case {
            weight: [65, 1, 7, 6],
            ..Case::new([5, 65, 7, 6], 65, 7)
        },
    ];
    for case in cases {
        assert_equal(&case, &run(&case, conv2d), &run(&case, burns));
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let case = Case::new([2, 3, 5, 4], 2, 3).stride(2).padding(1);
    let Some(device) = device::device() else {
        return;
    };
    let factors = tensor(4, case.output(), &device);
    let loss = |x: &[f32], weight: &[f32]| -> f64 {
        let x = filled(x, case.input, &device);
        let weight = filled(weight, case.weight, &device);
        let output = conv2d(x, weight, None, case.options()) * factors.clone();
        values(output).into_iter().map(f64::from).sum()
    };
    let x = numbers(1, case.input.iter().product());
    let weight = numbers(2, case.weight.iter().product());
    let results = run(&case, conv2d);
    // The loss is linear in either argument, so a wide step has no error but rounding.
    assert_slopes("x", &results.x, &x, 0.5, 1e-4, |x| loss(x, &weight));
    assert_slopes("weight", &results.weight, &weight, 0.5, 1e-4, |weight| {
        loss(&x, weight)
    });
}

#[test]
fn reads_tensors_that_are_not_contiguous() {
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    for (kernel, padding) in [(3, 1), (1, 0)] {
        let results = [conv2d as Convolution, burns].map(|convolution| {
            let x = tensor(1, [2, 9, 8, 6], &device).require_grad();
            let weight = tensor(2, [kernel, kernel, 6, 10], &device).require_grad();
            let options = ConvOptions::new([1, 1], [padding; 2], [1, 1], 1);
            let output = convolution(
                x.clone().permute([0, 3, 1, 2]),
                weight.clone().permute([3, 2, 0, 1]),
                None,
                options,
            );
            // The gradient reaches the convolution transposed as well.
            let factors = tensor(4, [2, 10, 8, 9], &device);
            let loss = (output.clone().swap_dims(2, 3) * factors).sum();
            let grads = loss.backward();
            Results {
                output: values(output.inner()),
                x: values(x.grad(&grads).expect("a gradient of x")),
                weight: values(weight.grad(&grads).expect("a gradient of the weight")),
                bias: Vec::new(),
            }
        });
        assert_close("output", &results[0].output, &results[1].output);
        assert_close("x gradient", &results[0].x, &results[1].x);
        assert_close("weight gradient", &results[0].weight, &results[1].weight);
    }
}

#[test]
fn reads_a_part_of_a_larger_tensor() {
    let Some(device) = device::device() else {
        return;
    };
    let weight = tensor(2, [5, 4, 3, 3], &device);
    let options = || ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    let x = tensor(1, [6, 4, 7, 7], &device);
    let part = x.clone().slice([2..4, 0..4, 0..7, 0..7]);
    let whole = conv2d(x, weight.clone(), None, options());
    let expected = whole.slice([2..4, 0..5, 0..7, 0..7]);
    assert_close(
        "output",
        &values(conv2d(part, weight, None, options())),
        &values(expected),
    );
}

#[test]
fn gives_the_same_bits_twice() {
    if device::device().is_none() {
        return;
    }
    let case = Case::new([13, 40, 9, 8], 50, 3).padding(1);
    let (first, second) = (run(&case, conv2d), run(&case, conv2d));
    assert_eq!(first.output, second.output);
    assert_eq!(first.x, second.x);
    assert_eq!(first.weight, second.weight);
}

#[test]
fn an_untracked_parent_gets_no_gradient() {
    let case = Case::new([2, 4, 6, 6], 5, 3).padding(1);
    let expected = run(&case, conv2d);
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff();
    for frozen in ["x", "weight"] {
        let x = tensor(1, case.input, &device);
        let weight = tensor(2, case.weight, &device);
        let (x, weight) = match frozen {
            "x" => (x, weight.require_grad()),
            _ => (x.require_grad(), weight),
        };
        let output = conv2d(x.clone(), weight.clone(), None, case.options());
        let factors = tensor(4, output.dims(), &device);
        let grads = (output * factors).sum().backward();
        match frozen {
            "x" => {
                assert!(x.grad(&grads).is_none());
                let grad = weight.grad(&grads).expect("a gradient of the weight");
                assert_close("weight gradient", &values(grad), &expected.weight);
            }
            _ => {
                assert!(weight.grad(&grads).is_none());
                let grad = x.grad(&grads).expect("a gradient of x");
                assert_close("x gradient", &values(grad), &expected.x);
            }
        }
    }
}

#[test]
fn gradient_checkpointing_changes_nothing() {
    let case = Case::new([2, 4, 6, 6], 5, 3).padding(1);
    let expected = run(&case, conv2d);
    let Some(device) = device::device() else {
        return;
    };
    let device = device.autodiff().gradient_checkpointing();
    let x = tensor(1, case.input, &device).require_grad();
    let weight = tensor(2, case.weight, &device).require_grad();
    // A cheap operation before the convolution is recomputed in the backward pass.
    let output = conv2d(x.clone() * 1.0, weight.clone(), None, case.options());
    let factors = tensor(4, output.dims(), &device);
    let grads = (output * factors).sum().backward();
    let x = x.grad(&grads).expect("a gradient of x");
    let weight = weight.grad(&grads).expect("a gradient of the weight");
    assert_close("x gradient", &values(x), &expected.x);
    assert_close("weight gradient", &values(weight), &expected.weight);
}

#[test]
fn groups_of_channels_and_dilation_are_burns() {
    let Some(device) = device::device() else {
        return;
    };
    let x = tensor(1, [2, 6, 9, 9], &device);
    let grouped = tensor(2, [6, 2, 3, 3], &device);
    let multiplied = tensor(2, [12, 1, 3, 3], &device);
    let dilated = tensor(3, [4, 6, 3, 3], &device);
    let groups = |groups| ConvOptions::new([2, 2], [1, 1], [1, 1], groups);
    let dilation = || ConvOptions::new([1, 1], [2, 2], [2, 2], 1);
    assert_eq!(
        values(conv2d(x.clone(), grouped.clone(), None, groups(3))),
        values(stock(x.clone(), grouped, None, groups(3))),
    );
    assert_eq!(
        values(conv2d(x.clone(), multiplied.clone(), None, groups(6))),
        values(stock(x.clone(), multiplied, None, groups(6))),
    );
    assert_eq!(
        values(conv2d(x.clone(), dilated.clone(), None, dilation())),
        values(stock(x, dilated, None, dilation())),
    );
}

#[test]
fn other_element_types_are_burns() {
    let Some(device) = device::device() else {
        return;
    };
    if !device.supports_dtype(DType::F64) {
        return;
    }
    let x = tensor(1, [2, 6, 9, 9], &device).cast(DType::F64);
    let weight = tensor(2, [4, 6, 3, 3], &device).cast(DType::F64);
    let options = || ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    let ours = conv2d(x.clone(), weight.clone(), None, options());
    assert_eq!(ours.dtype(), DType::F64);
    ours.into_data()
        .assert_eq(&stock(x, weight, None, options()).into_data(), true);
}

#[test]
#[should_panic(expected = "Number of channels in input tensor and input channels of convolution")]
fn refuses_an_input_with_other_channels() {
    let Some(device) = device::device() else {
        return;
    };
    let layer = Conv2dConfig::new([5, 3], [3, 3]).init(&device);
    layer.forward(tensor(1, [1, 4, 10, 10], &device));
}

/// The layer and Burn's with the same parameters.
fn layers(config: &Conv2dConfig, device: &Device) -> (Conv2d, burn::nn::conv::Conv2d) {
    let ours = config.init(device);
    let mut burns = burn::nn::conv::Conv2dConfig::new(config.channels, config.kernel_size)
        .with_stride(config.stride)
        .with_dilation(config.dilation)
        .with_groups(config.groups)
        .with_padding(config.padding.clone())
        .with_bias(config.bias)
        .init(device);
    burns.weight = ours.weight.clone();
    burns.bias = ours.bias.clone();
    (ours, burns)
}

#[test]
fn the_layer_is_burns_layer() {
    let Some(device) = device::device() else {
        return;
    };
    let config = Conv2dConfig::new([6, 12], [3, 2]);
    let configs = [
        config.clone(),
        config.clone().with_bias(false).with_stride([2, 1]),
        config.clone().with_padding(PaddingConfig2d::Same),
        config
            .clone()
            .with_padding(PaddingConfig2d::Same)
            .with_stride([2, 3]),
        config
            .clone()
            .with_padding(PaddingConfig2d::Explicit(2, 0, 1, 3)),
        config
            .clone()
            .with_groups(6)
            .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1)),
        config.with_dilation([2, 2]),
    ];
    for config in configs {
        let (ours, burns) = layers(&config, &device);
        let x = tensor(1, [3, 6, 11, 10], &device);
        let (ours, burns) = (ours.forward(x.clone()), burns.forward(x));
        assert_eq!(ours.dims(), burns.dims());
        assert_close(
            &format!("output of {config:?}"),
            &values(ours),
            &values(burns),
        );
    }
}

#[test]
fn the_layers_parameters_have_burns_names() {
    use burn::store::ModuleSnapshot;

    let Some(device) = device::device() else {
        return;
    };
    let (ours, burns) = layers(&Conv2dConfig::new([6, 12], [3, 3]), &device);
    let ours = ours.collect(None, None, false);
    let burns = burns.collect(None, None, false);
    assert_eq!(ours.len(), 2);
    for (ours, burns) in ours.iter().zip(&burns) {
        assert_eq!((&ours.name, &ours.shape), (&burns.name, &burns.shape));
    }
}

#[test]
fn the_weight_begins_as_burns() {
    let Some(device) = device::device() else {
        return;
    };
    let layer = Conv2dConfig::new([6, 12], [3, 3]).init(&device);
    let bound = 1.0 / (6.0f32 * 9.0).sqrt();
    let weight = values(layer.weight.val());
    assert!(weight.iter().all(|value| value.abs() <= bound));
    assert!(weight.iter().any(|value| value.abs() > bound / 2.0));
}

/// The combinations of bias, residual and activation.
#[derive(Clone, Copy, Debug)]
struct Follows {
    bias: bool,
    residual: bool,
    activation: &'static str,
}

fn follows() -> Vec<Follows> {
    let mut all = Vec::new();
    for activation in ["identity", "relu", "prelu"] {
        for (bias, residual) in [(false, false), (true, false), (false, true), (true, true)] {
            all.push(Follows {
                bias,
                residual,
                activation,
            });
        }
    }
    all
}

/// The fused function, and the same as Burn's operations.
fn run_fused(case: &Case, follows: Follows, device: &Device) -> [Vec<Vec<f32>>; 2] {
    let options = || case.options();
    let tracked = device.is_autodiff();
    [true, false].map(|ours| {
        let leaf = |tensor: Tensor<4>| {
            if tracked {
                tensor.require_grad()
            } else {
                tensor
            }
        };
        let channels = [1, case.weight[0], 1, 1];
        let x = leaf(tensor(1, case.input, device));
        let weight = leaf(tensor(2, case.weight, device));
        let bias = leaf(tensor(3, channels, device));
        let residual = leaf(tensor(5, case.output(), device));
        let slopes = leaf(tensor(6, channels, device));
        let line = |tensor: &Tensor<4>| tensor.clone().reshape([case.weight[0]]);
        let output = if ours {
            let epilogue = Epilogue {
                bias: follows.bias.then(|| line(&bias)),
                residual: follows.residual.then(|| residual.clone()),
                activation: match follows.activation {
                    "relu" => Activation::Relu,
                    "prelu" => Activation::PRelu(line(&slopes)),
                    _ => Activation::Identity,
                },
            };
            conv2d_fused(x.clone(), weight.clone(), options(), epilogue)
        } else {
            let mut output = stock(x.clone(), weight.clone(), None, options());
            if follows.bias {
                output = output + bias.clone();
            }
            if follows.residual {
                output = output + residual.clone();
            }
            match follows.activation {
                "relu" => relu(output),
                "prelu" => prelu(output, line(&slopes)),
                _ => output,
            }
        };
        let mut results = Vec::new();
        if tracked {
            let factors = tensor(4, output.dims(), device);
            let grads = (output.clone() * factors).sum().backward();
            for leaf in [&x, &weight, &bias, &residual, &slopes] {
                results.push(leaf.grad(&grads).map(values).unwrap_or_default());
            }
            results.push(values(output.inner()));
        } else {
            results.push(values(output));
        }
        results
    })
}

fn assert_fused(case: &Case, follows: Follows, device: &Device) {
    let [ours, burns] = run_fused(case, follows, device);
    for (index, (ours, burns)) in ours.iter().zip(&burns).enumerate() {
        assert_close(
            &format!("result {index} of {case:?}, {follows:?}"),
            ours,
            burns,
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_follows_can_be_fused(case in cases(), which in 0..12usize, depthwise in any::<bool>()) {
        if let Some(device) = device::device() {
            let case = if depthwise { case.depthwise() } else { case };
            assert_fused(&case, follows()[which], &device);
        }
    }
}

#[test]
fn every_epilogue_equals_burns_operations() {
    let Some(device) = device::device() else {
        return;
    };
    let cases = [
        // Maps that end inside a vector, several images in a tile, several blocks of input channels.
        Case::new([3, 20, 17, 17], 45, 3).padding(1),
        Case::new([8, 70, 8, 8], 37, 3).padding(1),
        Case::new([9, 700, 3, 3], 50, 1),
        Case::new([2, 3, 33, 35], 32, 7).stride(2).padding(3),
        Case::new([3, 20, 17, 15], 20, 3).padding(1).depthwise(),
    ];
    for case in &cases {
        for follows in follows() {
            assert_fused(case, follows, &device);
        }
    }
}

#[test]
fn an_epilogue_has_gradients() {
    let Some(device) = device::device() else {
        return;
    };
    let case = Case::new([3, 5, 9, 8], 7, 3).stride(2).padding(1);
    for case in [case.clone(), case.depthwise()] {
        for follows in follows() {
            assert_fused(&case, follows, &device.clone().autodiff());
        }
    }
}

#[test]
fn an_epilogue_reads_tensors_that_are_not_contiguous() {
    let Some(device) = device::device() else {
        return;
    };
    let x = tensor(1, [2, 4, 7, 6], &device);
    let weight = tensor(2, [5, 4, 3, 3], &device);
    let residual = tensor(3, [2, 5, 6, 7], &device).swap_dims(2, 3);
    let options = || ConvOptions::new([1, 1], [1, 1], [1, 1], 1);
    let epilogue = Epilogue::default()
        .with_residual(residual.clone())
        .with_activation(Activation::Relu);
    let expected = relu(stock(x.clone(), weight.clone(), None, options()) + residual);
    let output = conv2d_fused(x, weight, options(), epilogue);
    assert_close("output", &values(output), &values(expected));
}

#[test]
#[should_panic(expected = "the residual has the shape of the output")]
fn refuses_a_residual_of_another_shape() {
    let Some(device) = device::device() else {
        panic!("the residual has the shape of the output: no device to ask");
    };
    let x = tensor(1, [2, 4, 7, 6], &device);
    let weight = tensor(2, [5, 4, 3, 3], &device);
    let epilogue = Epilogue::default().with_residual(tensor(3, [1, 5, 5, 4], &device));
    let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
    conv2d_fused(x, weight, options, epilogue);
}

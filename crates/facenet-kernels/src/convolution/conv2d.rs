//! The layer.

use burn::Tensor;
use burn::config::Config;
use burn::module::{Content, DisplaySettings, Initializer, Module, ModuleDisplay, Param};
use burn::nn::PaddingConfig2d;
use burn::nn::conv;
use burn::tensor::Device;
use burn::tensor::ops::ConvOptions;

use super::epilogue::{Activation, Epilogue};
#[cfg(doc)]
use super::{conv2d, conv2d_fused};
use crate::Operations;

/// Configuration of a [`Conv2d`]; fields and defaults are those of [`burn::nn::conv::Conv2dConfig`].
#[derive(Config, Debug)]
pub struct Conv2dConfig {
    /// Channels of the input and of the output.
    pub channels: [usize; 2],
    /// Height and width of the kernel.
    pub kernel_size: [usize; 2],
    /// Distance between windows, vertically and horizontally.
    #[config(default = "[1, 1]")]
    pub stride: [usize; 2],
    /// Distance between kernel elements.
    #[config(default = "[1, 1]")]
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other; as many as channels make the convolution depthwise.
    #[config(default = "1")]
    pub groups: usize,
    /// Zeros around the input.
    #[config(default = "PaddingConfig2d::Valid")]
    pub padding: PaddingConfig2d,
    /// Whether a bias is added.
    #[config(default = true)]
    pub bias: bool,
    /// How weight and bias begin: uniform in `±1 / √(channels_in / groups · kernel_height · kernel_width)`.
    #[config(
        default = "Initializer::KaimingUniform { gain: 1.0 / 3.0f64.sqrt(), fan_out_only: false }"
    )]
    pub initializer: Initializer,
}

/// A 2-D convolution with the parameters of [`burn::nn::conv::Conv2d`] and the kernels of [`conv2d`].
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Conv2d {
    /// `[channels_out, channels_in / groups, kernel_height, kernel_width]`.
    pub weight: Param<Tensor<4>>,
    /// `[channels_out]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// Distance between windows, vertically and horizontally.
    pub stride: [usize; 2],
    /// Height and width of the kernel.
    pub kernel_size: [usize; 2],
    /// Distance between kernel elements.
    pub dilation: [usize; 2],
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Zeros around the input.
    #[module(skip)]
    pub padding: PaddingConfig2d,
}

impl Conv2dConfig {
    /// Creates the layer on a device.
    ///
    /// # Panics
    /// If the channels are not multiples of the groups.
    pub fn init(&self, device: &Device) -> Conv2d {
        let conv::Conv2d {
            weight,
            bias,
            stride,
            kernel_size,
            dilation,
            groups,
            padding,
        } = conv::Conv2dConfig::new(self.channels, self.kernel_size)
            .with_stride(self.stride)
            .with_dilation(self.dilation)
            .with_groups(self.groups)
            .with_padding(self.padding.clone())
            .with_bias(self.bias)
            .with_initializer(self.initializer.clone())
            .init(device);
        Conv2d {
            weight,
            bias,
            stride,
            kernel_size,
            dilation,
            groups,
            padding,
        }
    }
}

impl Conv2d {
    /// Applies the layer; see [`conv2d`].
    ///
    /// # Shapes
    /// - `input`: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, height_out, width_out]`
    ///
    /// # Panics
    /// If the input has other channels than the layer.
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.forward_by(Operations::default(), input)
    }

    /// [`forward`](Self::forward) by the operations that are named.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn forward_by(&self, operations: Operations, input: Tensor<4>) -> Tensor<4> {
        let options = self.options(&input);
        let bias = self.bias.as_ref().map(Param::val);
        operations.conv2d(input, self.weight.val(), bias, options)
    }

    /// Applies the layer and what follows it: `activation(forward(input) + residual)`; see [`conv2d_fused`].
    ///
    /// # Shapes
    /// - `input`: `[batch, channels_in, height, width]`
    /// - `residual` and output: `[batch, channels_out, height_out, width_out]`
    ///
    /// # Panics
    /// If the input has other channels than the layer, or the residual another shape than the output.
    pub fn forward_fused(
        &self,
        input: Tensor<4>,
        residual: Option<Tensor<4>>,
        activation: Activation,
    ) -> Tensor<4> {
        self.forward_fused_by(Operations::default(), input, residual, activation)
    }

    /// [`forward_fused`](Self::forward_fused) by the operations that are named.
    ///
    /// # Panics
    /// As [`forward_fused`](Self::forward_fused).
    pub fn forward_fused_by(
        &self,
        operations: Operations,
        input: Tensor<4>,
        residual: Option<Tensor<4>>,
        activation: Activation,
    ) -> Tensor<4> {
        let options = self.options(&input);
        let epilogue = Epilogue {
            bias: self.bias.as_ref().map(Param::val),
            residual,
            activation,
        };
        operations.conv2d_fused(input, self.weight.val(), options, epilogue)
    }

    fn options(&self, input: &Tensor<4>) -> ConvOptions<2> {
        let [_, _, height, width] = input.dims();
        let padding = match self.padding {
            PaddingConfig2d::Valid => [(0, 0); 2],
            PaddingConfig2d::Explicit(top, left, bottom, right) => [(top, bottom), (left, right)],
            PaddingConfig2d::Same => [
                same_padding(self.kernel_size[0], self.stride[0], height),
                same_padding(self.kernel_size[1], self.stride[1], width),
            ],
        };
        ConvOptions::new_with_padding(self.stride, padding, self.dilation, self.groups)
    }
}

/// The zeros before and after a line of `size` that give `⌈size / stride⌉` windows; an odd one goes after, as in Burn
/// and ONNX's `SAME_UPPER`.
fn same_padding(kernel: usize, stride: usize, size: usize) -> (usize, usize) {
    let windows = size.div_ceil(stride);
    let padding = (windows.saturating_sub(1) * stride + kernel).saturating_sub(size);
    (padding / 2, padding - padding / 2)
}

impl ModuleDisplay for Conv2d {
    fn custom_settings(&self) -> Option<DisplaySettings> {
        DisplaySettings::new()
            .with_new_line_after_attribute(false)
            .optional()
    }

    fn custom_content(&self, content: Content) -> Option<Content> {
        let [channels_out, group_channels, _, _] = self.weight.dims();
        content
            .add_debug_attribute("channels_in", &(group_channels * self.groups))
            .add_debug_attribute("channels_out", &channels_out)
            .add_debug_attribute("kernel_size", &self.kernel_size)
            .add_debug_attribute("stride", &self.stride)
            .add_debug_attribute("groups", &self.groups)
            .add_debug_attribute("padding", &self.padding)
            .optional()
    }
}

use burn::{
    config::Config,
    module::{Module, Param},
    nn::{BatchNorm, BatchNormConfig, Initializer, PRelu, PReluConfig, PaddingConfig2d},
    tensor::{Device, Tensor, activation::relu},
};

use super::{ActivationKind, ConvStyle, fold::scale_and_shift};
use crate::ForwardPass;
use facenet_kernels::convolution::{Activation, Conv2d, Conv2dConfig};

/// Configuration of a [`ConvBlock`].
#[derive(Config, Debug)]
pub struct ConvBlockConfig {
    /// Input and output channels.
    pub channels: [usize; 2],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Bias and batch normalization. Default: no bias, epsilon 1e-3.
    #[config(default = "ConvStyle::BATCH_NORM")]
    pub style: ConvStyle,
    /// Stride in both directions.
    #[config(default = 1)]
    pub stride: usize,
    /// Zeros above and below, left and right. Default: half the kernel, so that stride 1 keeps the
    /// map's size.
    #[config(default = "None")]
    pub padding: Option<[usize; 2]>,
    /// Whether each channel is convolved by itself. Input and output channels are then the same.
    #[config(default = false)]
    pub depthwise: bool,
    /// What the normalized convolution is multiplied with before it is added to a residual.
    #[config(default = 1.0)]
    pub residual_scale: f64,
    /// What follows.
    #[config(default = "ActivationKind::Relu")]
    pub activation: ActivationKind,
}

/// Convolution, batch normalization, activation.
///
/// For inference, [`fold`](Self::fold) makes the normalization part of the convolution.
#[derive(Module, Debug)]
pub struct ConvBlock {
    conv: Conv2d,
    norm: Option<BatchNorm>,
    prelu: Option<PRelu>,
    residual_scale: f64,
    #[module(skip)]
    activation: ActivationKind,
    folded: bool,
}

impl ConvBlockConfig {
    /// Builds the block on `device`, with He-normal weights where a ReLU follows.
    pub fn init(&self, device: &Device) -> ConvBlock {
        let [channels_in, channels_out] = self.channels;
        let [height, width] = self.kernel;
        let [y, x] = self.padding.unwrap_or([height / 2, width / 2]);
        let gain = match self.activation {
            ActivationKind::Identity => 1.0,
            ActivationKind::Relu | ActivationKind::PRelu => 2f64.sqrt(),
        };
        ConvBlock {
            conv: Conv2dConfig::new([channels_in, channels_out], self.kernel)
                .with_stride([self.stride, self.stride])
                .with_padding(PaddingConfig2d::Explicit(y, x, y, x))
                .with_groups(if self.depthwise { channels_in } else { 1 })
                .with_bias(self.style.bias)
                .with_initializer(Initializer::KaimingNormal {
                    gain,
                    fan_out_only: false,
                })
                .init(device),
            norm: self.style.epsilon.map(|epsilon| {
                BatchNormConfig::new(channels_out)
                    .with_epsilon(epsilon)
                    .init(device)
            }),
            prelu: (self.activation == ActivationKind::PRelu).then(|| {
                PReluConfig::new()
                    .with_num_parameters(channels_out)
                    .init(device)
            }),
            residual_scale: self.residual_scale,
            activation: self.activation,
            folded: false,
        }
    }
}

impl ConvBlock {
    /// # Shapes
    ///
    /// - input: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, ceil(height / stride), ceil(width / stride)]` with the
    ///   padding that keeps a map's size
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.forward_with(input, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward), as a part of `pass`.
    pub fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let operations = pass.operations();
        let Some(norm) = &self.norm else {
            let activation = self.activation();
            let output = self
                .conv
                .forward_fused_by(operations, input, None, activation);
            return self.counted(output, pass);
        };
        let output = self.counted(self.conv.forward_by(operations, input), pass);
        let relu = matches!(self.activation, ActivationKind::Relu);
        let output = operations.batch_norm(norm, output, relu);
        match self.activation() {
            Activation::PRelu(alpha) => operations.prelu(output, alpha),
            Activation::Relu | Activation::Identity => output,
        }
    }

    /// As [`forward`](Self::forward), on top of a residual:
    /// `activation(residual + scale · norm(conv(input)))`.
    ///
    /// # Shapes
    ///
    /// - residual: that of the output
    pub fn forward_onto(&self, input: Tensor<4>, residual: Tensor<4>) -> Tensor<4> {
        self.forward_onto_with(input, residual, &ForwardPass::new())
    }

    /// As [`forward_onto`](Self::forward_onto), as a part of `pass`.
    pub fn forward_onto_with(
        &self,
        input: Tensor<4>,
        residual: Tensor<4>,
        pass: &ForwardPass<'_>,
    ) -> Tensor<4> {
        let operations = pass.operations();
        if self.norm.is_none() && self.residual_scale == 1.0 {
            let activation = self.activation();
            let residual = Some(residual);
            let output = self
                .conv
                .forward_fused_by(operations, input, residual, activation);
            return self.counted(output, pass);
        }
        let mut output = self.counted(self.conv.forward_by(operations, input), pass);
        if let Some(norm) = &self.norm {
            output = operations.batch_norm(norm, output, false);
        }
        if self.residual_scale != 1.0 {
            output = output.mul_scalar(self.residual_scale);
        }
        let sum = residual + output;
        match self.activation() {
            Activation::Relu => relu(sum),
            Activation::PRelu(alpha) => operations.prelu(sum, alpha),
            Activation::Identity => sum,
        }
    }

    fn activation(&self) -> Activation {
        match (self.activation, &self.prelu) {
            (ActivationKind::Relu, _) => Activation::Relu,
            (ActivationKind::PRelu, Some(prelu)) => Activation::PRelu(prelu.alpha.val()),
            _ => Activation::Identity,
        }
    }

    /// The same block for inference, with batch normalization and the scale of a residual folded
    /// into the convolution.
    pub fn fold(mut self) -> Self {
        let [channels, ..] = self.conv.weight.dims();
        let device = self.conv.weight.device();
        let (scale, shift) = match self.norm.take() {
            Some(norm) => scale_and_shift(&norm),
            None => (
                Tensor::ones([channels], &device),
                Tensor::zeros([channels], &device),
            ),
        };
        let scale = scale.mul_scalar(self.residual_scale);
        let shift = shift.mul_scalar(self.residual_scale);
        let bias = match self.conv.bias.take() {
            Some(bias) => bias.val() * scale.clone() + shift,
            None => shift,
        };
        self.conv.bias = Some(Param::from_tensor(bias));
        self.conv.weight = self
            .conv
            .weight
            .map(|weight| weight * scale.reshape([channels, 1, 1, 1]));
        self.residual_scale = 1.0;
        self.folded = true;
        self
    }

    /// Whether [`fold`](Self::fold) made it.
    pub(crate) fn is_folded(&self) -> bool {
        self.folded
    }

    fn counted(&self, output: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let [_, channels, height, width] = output.dims();
        let weights = self.conv.weight.dims().iter().product();
        let vectors = usize::from(self.conv.bias.is_some())
            + 2 * usize::from(self.norm.is_some())
            + usize::from(self.prelu.is_some());
        pass.count(
            weights + vectors * channels,
            weights,
            channels,
            height * width,
        );
        output
    }
}

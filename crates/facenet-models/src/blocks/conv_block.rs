use burn::{
    config::Config,
    module::Module,
    nn::{BatchNorm, BatchNormConfig, Initializer, PaddingConfig2d, Relu},
    tensor::{Device, Tensor},
};

use crate::convolution::{Conv2d, Conv2dConfig};

/// Configuration of a [`ConvBlock`].
#[derive(Config, Debug)]
pub struct ConvBlockConfig {
    /// Input and output channels.
    pub channels: [usize; 2],
    /// Side of the square kernel. The padding is `kernel / 2`, so that stride 1 keeps the map's size.
    pub kernel: usize,
    /// Stride in both directions.
    #[config(default = 1)]
    pub stride: usize,
}

/// Convolution without bias, batch normalisation, ReLU.
///
/// Schroff et al. 2015 have no batch normalisation; every re-implementation that trains well has
/// added it (OpenFace, davidsandberg/facenet), and so do we. Epsilon is 1e-3 and the momentum 0.1,
/// as in the Inception networks that followed.
#[derive(Module, Debug)]
pub struct ConvBlock {
    conv: Conv2d,
    norm: BatchNorm,
    relu: Relu,
}

impl ConvBlockConfig {
    /// Builds the block on `device`, with He-normal weights (a ReLU follows).
    pub fn init(&self, device: &Device) -> ConvBlock {
        let [channels_in, channels_out] = self.channels;
        let pad = self.kernel / 2;
        ConvBlock {
            conv: Conv2dConfig::new([channels_in, channels_out], [self.kernel, self.kernel])
                .with_stride([self.stride, self.stride])
                .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
                .with_bias(false)
                .with_initializer(Initializer::KaimingNormal {
                    gain: 2f64.sqrt(),
                    fan_out_only: false,
                })
                .init(device),
            norm: BatchNormConfig::new(channels_out)
                .with_epsilon(1e-3)
                .init(device),
            relu: Relu::new(),
        }
    }
}

impl ConvBlock {
    /// # Shapes
    ///
    /// - input: `[batch, channels_in, height, width]`
    /// - output: `[batch, channels_out, ceil(height / stride), ceil(width / stride)]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.relu
            .forward(self.norm.forward(self.conv.forward(input)))
    }
}

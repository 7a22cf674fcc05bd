use burn::{
    config::Config,
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{
    ForwardPass, Preprocessing,
    blocks::{ActivationKind, ConvBlock, ConvBlockConfig, ConvStyle, halved, l2_normalize},
};

/// MobileFaceNet (Chen et al. 2018: "MobileFaceNets: Efficient CNNs for accurate real-time face
/// verification on mobile devices"): about 1 M parameters, for phones.
#[derive(Config, Debug)]
pub struct MobileFaceNetConfig {
    /// Dimensions of the embedding. Default: 128, as in the paper.
    #[config(default = 128)]
    pub embedding_dim: usize,
    /// Height and width of the input. Default: 112 × 96, as in the paper. The kernel of the global
    /// depthwise convolution is as large as the last map, a 16th of it.
    #[config(default = "Self::INPUT_SIZE")]
    pub input_size: [usize; 2],
}

/// Rows of the paper's table 1: expansion, output channels, repetitions, first stride.
const TABLE: [[usize; 4]; 5] = [
    [2, 64, 5, 2],
    [4, 128, 1, 2],
    [2, 128, 6, 1],
    [4, 128, 1, 2],
    [2, 128, 2, 1],
];

/// See [`MobileFaceNetConfig`].
#[derive(Module, Debug)]
pub struct MobileFaceNet {
    conv1: ConvBlock,
    dw_conv1: ConvBlock,
    blocks: Vec<Bottleneck>,
    conv2: ConvBlock,
    linear7: ConvBlock,
    linear1: ConvBlock,
}

/// A residual block of MobileNetV2 with PReLU: expand, convolve by channel, project.
#[derive(Module, Debug)]
struct Bottleneck {
    expand: ConvBlock,
    depthwise: ConvBlock,
    project: ConvBlock,
    residual: bool,
}

const STYLE: ConvStyle = ConvStyle {
    bias: false,
    epsilon: Some(1e-5),
};

fn conv(channels: [usize; 2], kernel: [usize; 2]) -> ConvBlockConfig {
    ConvBlockConfig::new(channels, kernel)
        .with_style(STYLE)
        .with_activation(ActivationKind::PRelu)
}

impl MobileFaceNetConfig {
    /// Height and width of the input in the paper.
    pub const INPUT_SIZE: [usize; 2] = [112, 96];
    /// What happens to pixels before the first layer.
    pub const PREPROCESSING: Preprocessing = Preprocessing::FixedStandardization;

    /// Builds the network on `device` with random weights.
    pub fn init(&self, device: &Device) -> MobileFaceNet {
        let mut channels = 64;
        let mut blocks = Vec::new();
        for [expansion, channels_out, repetitions, stride] in TABLE {
            for repetition in 0..repetitions {
                let stride = if repetition == 0 { stride } else { 1 };
                let inner = expansion * channels;
                blocks.push(Bottleneck {
                    expand: conv([channels, inner], [1, 1]).init(device),
                    depthwise: conv([inner, inner], [3, 3])
                        .with_depthwise(true)
                        .with_stride(stride)
                        .init(device),
                    project: conv([inner, channels_out], [1, 1])
                        .with_activation(ActivationKind::Identity)
                        .init(device),
                    residual: stride == 1 && channels == channels_out,
                });
                channels = channels_out;
            }
        }
        MobileFaceNet {
            conv1: conv([3, 64], [3, 3]).with_stride(2).init(device),
            dw_conv1: conv([64, 64], [3, 3]).with_depthwise(true).init(device),
            blocks,
            conv2: conv([channels, 512], [1, 1]).init(device),
            linear7: conv([512, 512], halved(self.input_size, 4))
                .with_padding(Some([0, 0]))
                .with_depthwise(true)
                .with_activation(ActivationKind::Identity)
                .init(device),
            linear1: conv([512, self.embedding_dim], [1, 1])
                .with_activation(ActivationKind::Identity)
                .init(device),
        }
    }
}

impl MobileFaceNet {
    /// Embeds a batch of preprocessed faces.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, 3, height, width]`, standardized as the network's preprocessing says
    /// - output: `[batch, embedding_dim]`, rows of unit length
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_with(images, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward); `pass` sees the layers.
    pub fn forward_with(&self, images: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<2> {
        let x = pass.maps("conv1", self.conv1.forward_with(images, pass));
        let mut x = pass.maps("dw_conv1", self.dw_conv1.forward_with(x, pass));
        for (number, block) in self.blocks.iter().enumerate() {
            x = pass.maps(&format!("blocks.{number}"), block.forward_with(x, pass));
        }
        let x = pass.maps("conv2", self.conv2.forward_with(x, pass));
        let x = pass.maps("linear7", self.linear7.forward_with(x, pass));
        let x = pass.maps("linear1", self.linear1.forward_with(x, pass));
        pass.vectors("L2", l2_normalize(x.flatten(1, 3)))
    }

    /// The same network for inference, with batch normalization folded into the layers before it.
    pub fn fold(self) -> Self {
        Self {
            conv1: self.conv1.fold(),
            dw_conv1: self.dw_conv1.fold(),
            blocks: self.blocks.into_iter().map(Bottleneck::fold).collect(),
            conv2: self.conv2.fold(),
            linear7: self.linear7.fold(),
            linear1: self.linear1.fold(),
        }
    }

    /// Whether [`fold`](Self::fold) made it.
    pub(crate) fn is_folded(&self) -> bool {
        self.conv1.is_folded()
    }
}

impl Bottleneck {
    fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let x = self
            .depthwise
            .forward_with(self.expand.forward_with(input.clone(), pass), pass);
        if self.residual {
            self.project.forward_onto_with(x, input, pass)
        } else {
            self.project.forward_with(x, pass)
        }
    }

    fn fold(self) -> Self {
        Self {
            expand: self.expand.fold(),
            depthwise: self.depthwise.fold(),
            project: self.project.fold(),
            residual: self.residual,
        }
    }
}

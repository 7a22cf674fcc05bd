use burn::{
    config::Config,
    module::Module,
    nn::{Dropout, DropoutConfig},
    tensor::{Device, Tensor},
};

use crate::{
    ForwardPass, Preprocessing,
    blocks::{
        ActivationKind, ConvBlock, ConvBlockConfig, ConvStyle, FullyConnected,
        FullyConnectedConfig, Pool, PoolKind, l2_normalize,
    },
};

/// Inception-ResNet-v1 (Szegedy et al. 2016: "Inception-v4, Inception-ResNet and the impact of
/// residual connections on learning") as davidsandberg/facenet and facenet-pytorch have it: the
/// FaceNet that people deploy. 160×160 input, 512 dimensions, 23,482,624 parameters.
#[derive(Config, Debug)]
pub struct InceptionResnetV1Config {
    /// Dimensions of the embedding. Default: 512, as in the published weights.
    #[config(default = 512)]
    pub embedding_dim: usize,
    /// Share of the averaged features that training drops before the last layer. Default: 0.6, as
    /// in facenet-pytorch.
    #[config(default = 0.6)]
    pub dropout: f64,
}

/// See [`InceptionResnetV1Config`].
#[derive(Module, Debug)]
pub struct InceptionResnetV1 {
    conv2d_1a: ConvBlock,
    conv2d_2a: ConvBlock,
    conv2d_2b: ConvBlock,
    maxpool: Pool,
    conv2d_3b: ConvBlock,
    conv2d_4a: ConvBlock,
    conv2d_4b: ConvBlock,
    repeat_1: Vec<Residual>,
    mixed_6a: Reduction,
    repeat_2: Vec<Residual>,
    mixed_7a: Reduction,
    repeat_3: Vec<Residual>,
    block8: Residual,
    dropout: Dropout,
    last_linear: FullyConnected,
}

/// Branches side by side, concatenated and projected onto the block's input:
/// `activation(x + scale · W · [branches(x)])`.
#[derive(Module, Debug)]
struct Residual {
    branches: Vec<Branch>,
    conv2d: ConvBlock,
}

/// Branches and a max pooling side by side, all with stride 2.
#[derive(Module, Debug)]
struct Reduction {
    branches: Vec<Branch>,
    maxpool: Pool,
}

/// Convolutions one after the other.
#[derive(Module, Debug)]
struct Branch {
    convs: Vec<ConvBlock>,
}

/// A convolution without padding.
fn valid(channels: [usize; 2], kernel: usize, stride: usize) -> ConvBlockConfig {
    same(channels, [kernel, kernel])
        .with_stride(stride)
        .with_padding(Some([0, 0]))
}

/// A convolution that keeps the map's size.
fn same(channels: [usize; 2], kernel: [usize; 2]) -> ConvBlockConfig {
    ConvBlockConfig::new(channels, kernel)
}

fn branches<const N: usize>(branches: [&[ConvBlockConfig]; N], device: &Device) -> Vec<Branch> {
    let branch = |convs: &[ConvBlockConfig]| Branch {
        convs: convs.iter().map(|conv| conv.init(device)).collect(),
    };
    branches.map(branch).into()
}

/// The projection of a residual block, with a bias and no normalization.
fn projection(channels: [usize; 2], scale: f64, activation: ActivationKind) -> ConvBlockConfig {
    ConvBlockConfig::new(channels, [1, 1])
        .with_style(ConvStyle::PLAIN)
        .with_residual_scale(scale)
        .with_activation(activation)
}

fn block35(device: &Device) -> Residual {
    Residual {
        branches: branches(
            [
                &[same([256, 32], [1, 1])],
                &[same([256, 32], [1, 1]), same([32, 32], [3, 3])],
                &[
                    same([256, 32], [1, 1]),
                    same([32, 32], [3, 3]),
                    same([32, 32], [3, 3]),
                ],
            ],
            device,
        ),
        conv2d: projection([96, 256], 0.17, ActivationKind::Relu).init(device),
    }
}

fn block17(device: &Device) -> Residual {
    Residual {
        branches: branches(
            [
                &[same([896, 128], [1, 1])],
                &[
                    same([896, 128], [1, 1]),
                    same([128, 128], [1, 7]),
                    same([128, 128], [7, 1]),
                ],
            ],
            device,
        ),
        conv2d: projection([256, 896], 0.10, ActivationKind::Relu).init(device),
    }
}

fn block8(scale: f64, activation: ActivationKind, device: &Device) -> Residual {
    Residual {
        branches: branches(
            [
                &[same([1792, 192], [1, 1])],
                &[
                    same([1792, 192], [1, 1]),
                    same([192, 192], [1, 3]),
                    same([192, 192], [3, 1]),
                ],
            ],
            device,
        ),
        conv2d: projection([384, 1792], scale, activation).init(device),
    }
}

fn mixed_6a(device: &Device) -> Reduction {
    Reduction {
        branches: branches(
            [
                &[valid([256, 384], 3, 2)],
                &[
                    same([256, 192], [1, 1]),
                    same([192, 192], [3, 3]),
                    valid([192, 256], 3, 2),
                ],
            ],
            device,
        ),
        maxpool: maxpool(),
    }
}

fn mixed_7a(device: &Device) -> Reduction {
    Reduction {
        branches: branches(
            [
                &[same([896, 256], [1, 1]), valid([256, 384], 3, 2)],
                &[same([896, 256], [1, 1]), valid([256, 256], 3, 2)],
                &[
                    same([896, 256], [1, 1]),
                    same([256, 256], [3, 3]),
                    valid([256, 256], 3, 2),
                ],
            ],
            device,
        ),
        maxpool: maxpool(),
    }
}

/// Max pooling without padding.
fn maxpool() -> Pool {
    Pool::new(PoolKind::Max, 2, 0)
}

impl InceptionResnetV1Config {
    /// Height and width of the input of the published weights.
    pub const INPUT_SIZE: [usize; 2] = [160, 160];
    /// What happens to pixels before the first layer.
    pub const PREPROCESSING: Preprocessing = Preprocessing::FixedStandardization;

    /// Builds the network on `device` with random weights.
    pub fn init(&self, device: &Device) -> InceptionResnetV1 {
        InceptionResnetV1 {
            conv2d_1a: valid([3, 32], 3, 2).init(device),
            conv2d_2a: valid([32, 32], 3, 1).init(device),
            conv2d_2b: same([32, 64], [3, 3]).init(device),
            maxpool: maxpool(),
            conv2d_3b: valid([64, 80], 1, 1).init(device),
            conv2d_4a: valid([80, 192], 3, 1).init(device),
            conv2d_4b: valid([192, 256], 3, 2).init(device),
            repeat_1: (0..5).map(|_| block35(device)).collect(),
            mixed_6a: mixed_6a(device),
            repeat_2: (0..10).map(|_| block17(device)).collect(),
            mixed_7a: mixed_7a(device),
            repeat_3: (0..5)
                .map(|_| block8(0.20, ActivationKind::Relu, device))
                .collect(),
            block8: block8(1.0, ActivationKind::Identity, device),
            dropout: DropoutConfig::new(self.dropout).init(),
            last_linear: FullyConnectedConfig::new(
                [1792, self.embedding_dim],
                ConvStyle::BATCH_NORM,
            )
            .init(device),
        }
    }
}

impl InceptionResnetV1 {
    /// Embeds a batch of preprocessed faces.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, 3, height, width]`, standardized as the network's preprocessing says
    /// - output: `[batch, embedding_dim]`, rows of unit length
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_with(images, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward); `pass` sees the layers under facenet-pytorch's names.
    pub fn forward_with(&self, images: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<2> {
        let x = pass.maps("conv2d_1a", self.conv2d_1a.forward_with(images, pass));
        let x = pass.maps("conv2d_2a", self.conv2d_2a.forward_with(x, pass));
        let x = pass.maps("conv2d_2b", self.conv2d_2b.forward_with(x, pass));
        let x = pass.maps("maxpool_3a", self.maxpool.forward_with(x, pass));
        let x = pass.maps("conv2d_3b", self.conv2d_3b.forward_with(x, pass));
        let x = pass.maps("conv2d_4a", self.conv2d_4a.forward_with(x, pass));
        let x = pass.maps("conv2d_4b", self.conv2d_4b.forward_with(x, pass));
        let x = pass.maps("repeat_1", repeat(&self.repeat_1, x, pass));
        let x = pass.maps("mixed_6a", self.mixed_6a.forward_with(x, pass));
        let x = pass.maps("repeat_2", repeat(&self.repeat_2, x, pass));
        let x = pass.maps("mixed_7a", self.mixed_7a.forward_with(x, pass));
        let x = pass.maps("repeat_3", repeat(&self.repeat_3, x, pass));
        let x = pass.maps("block8", self.block8.forward_with(x, pass));
        let x = pass.vectors("avgpool_1a", pass.operations().global_avg_pool2d(x));
        let x = self.last_linear.linear(self.dropout.forward(x), pass);
        let x = pass.vectors("last_linear", x);
        let x = pass.vectors("last_bn", self.last_linear.normalize(x));
        pass.vectors("L2", l2_normalize(x))
    }

    /// The same network for inference, with batch normalization folded into the layers before it.
    pub fn fold(self) -> Self {
        let fold_all = |blocks: Vec<Residual>| blocks.into_iter().map(Residual::fold).collect();
        Self {
            conv2d_1a: self.conv2d_1a.fold(),
            conv2d_2a: self.conv2d_2a.fold(),
            conv2d_2b: self.conv2d_2b.fold(),
            conv2d_3b: self.conv2d_3b.fold(),
            conv2d_4a: self.conv2d_4a.fold(),
            conv2d_4b: self.conv2d_4b.fold(),
            repeat_1: fold_all(self.repeat_1),
            mixed_6a: self.mixed_6a.fold(),
            repeat_2: fold_all(self.repeat_2),
            mixed_7a: self.mixed_7a.fold(),
            repeat_3: fold_all(self.repeat_3),
            block8: self.block8.fold(),
            last_linear: self.last_linear.fold(),
            ..self
        }
    }

    /// Whether [`fold`](Self::fold) made it.
    pub(crate) fn is_folded(&self) -> bool {
        self.conv2d_1a.is_folded()
    }
}

fn repeat(blocks: &[Residual], x: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
    blocks
        .iter()
        .fold(x, |x, block| block.forward_with(x, pass))
}

impl Residual {
    fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let branches = self.branches.iter();
        let maps = branches
            .map(|branch| branch.forward_with(input.clone(), pass))
            .collect();
        self.conv2d
            .forward_onto_with(Tensor::cat(maps, 1), input, pass)
    }

    fn fold(self) -> Self {
        Self {
            branches: self.branches.into_iter().map(Branch::fold).collect(),
            conv2d: self.conv2d.fold(),
        }
    }
}

impl Reduction {
    fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let branches = self.branches.iter();
        let mut maps: Vec<_> = branches
            .map(|branch| branch.forward_with(input.clone(), pass))
            .collect();
        maps.push(self.maxpool.forward_with(input, pass));
        Tensor::cat(maps, 1)
    }

    fn fold(self) -> Self {
        Self {
            branches: self.branches.into_iter().map(Branch::fold).collect(),
            ..self
        }
    }
}

impl Branch {
    fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        self.convs
            .iter()
            .fold(input, |x, conv| conv.forward_with(x, pass))
    }

    fn fold(self) -> Self {
        Self {
            convs: self.convs.into_iter().map(ConvBlock::fold).collect(),
        }
    }
}

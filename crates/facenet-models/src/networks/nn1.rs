use burn::{
    config::Config,
    module::Module,
    tensor::{Device, Tensor},
};

use crate::{
    ForwardPass, Preprocessing,
    blocks::{
        ConvBlock, ConvBlockConfig, ConvStyle, FullyConnected, FullyConnectedActivation,
        FullyConnectedConfig, Normalization, Pool, halved, l2_normalize, norm,
    },
};

/// Outputs of each of the two maxout layers: the table's 32×128.
const HIDDEN: usize = 4096;

/// Configuration of [`Nn1`].
#[derive(Config, Debug)]
pub struct Nn1Config {
    /// Dimensions of the embedding. Default: 128, the paper's choice (§5.3).
    #[config(default = 128)]
    pub embedding_dim: usize,
    /// Height and width of the input. Default: 220 × 220, the paper's. Another size changes the
    /// first fully connected layer.
    #[config(default = "Self::INPUT_SIZE")]
    pub input_size: [usize; 2],
    /// Batch normalization, or the paper's local response normalization.
    #[config(default = "Normalization::Batch")]
    pub normalization: Normalization,
}

/// NN1 of Schroff et al. 2015 (table 1): Zeiler & Fergus with 1×1 convolutions between the layers;
/// 140 M parameters, 1.6 G multiply-adds.
#[derive(Module, Debug)]
pub struct Nn1 {
    conv1: ConvBlock,
    conv2a: ConvBlock,
    conv2: ConvBlock,
    conv3a: ConvBlock,
    conv3: ConvBlock,
    conv4a: ConvBlock,
    conv4: ConvBlock,
    conv5a: ConvBlock,
    conv5: ConvBlock,
    conv6a: ConvBlock,
    conv6: ConvBlock,
    pool: Pool,
    local_response: bool,
    fc1: FullyConnected,
    fc2: FullyConnected,
    fc7: FullyConnected,
}

impl Nn1Config {
    /// Height and width of the input in the paper.
    pub const INPUT_SIZE: [usize; 2] = [220, 220];
    /// What happens to pixels before the first layer.
    pub const PREPROCESSING: Preprocessing = Preprocessing::FixedStandardization;

    /// Builds the network on `device` with random weights.
    pub fn init(&self, device: &Device) -> Nn1 {
        let style = self.normalization.style();
        let conv = |channels_in: usize, channels_out: usize, kernel: usize| {
            ConvBlockConfig::new([channels_in, channels_out], [kernel, kernel]).with_style(style)
        };
        let maxout = |inputs: usize| {
            FullyConnectedConfig::new([inputs, HIDDEN], style)
                .with_activation(FullyConnectedActivation::Maxout)
                .init(device)
        };
        let [height, width] = halved(self.input_size, 5);
        Nn1 {
            conv1: conv(3, 64, 7).with_stride(2).init(device),
            conv2a: conv(64, 64, 1).init(device),
            conv2: conv(64, 192, 3).init(device),
            conv3a: conv(192, 192, 1).init(device),
            conv3: conv(192, 384, 3).init(device),
            conv4a: conv(384, 384, 1).init(device),
            conv4: conv(384, 256, 3).init(device),
            conv5a: conv(256, 256, 1).init(device),
            conv5: conv(256, 256, 3).init(device),
            conv6a: conv(256, 256, 1).init(device),
            conv6: conv(256, 256, 3).init(device),
            pool: Pool::halving(),
            local_response: self.normalization == Normalization::LocalResponse,
            fc1: maxout(height * width * 256),
            fc2: maxout(HIDDEN),
            fc7: FullyConnectedConfig::new([HIDDEN, self.embedding_dim], ConvStyle::PLAIN)
                .init(device),
        }
    }
}

impl Nn1 {
    /// Embeds a batch of preprocessed faces.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, 3, height, width]`, standardized as the network's preprocessing says
    /// - output: `[batch, embedding_dim]`, rows of unit length
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_with(images, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward); `pass` sees the rows of the table.
    pub fn forward_with(&self, images: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<2> {
        let x = pass.maps("conv1", self.conv1.forward_with(images, pass));
        let x = pass.maps("pool1", self.pool.forward_with(x, pass));
        let x = norm(self.local_response, "rnorm1", x, pass);
        let x = pass.maps("conv2a", self.conv2a.forward_with(x, pass));
        let x = pass.maps("conv2", self.conv2.forward_with(x, pass));
        let x = norm(self.local_response, "rnorm2", x, pass);
        let x = pass.maps("pool2", self.pool.forward_with(x, pass));
        let x = pass.maps("conv3a", self.conv3a.forward_with(x, pass));
        let x = pass.maps("conv3", self.conv3.forward_with(x, pass));
        let x = pass.maps("pool3", self.pool.forward_with(x, pass));
        let x = pass.maps("conv4a", self.conv4a.forward_with(x, pass));
        let x = pass.maps("conv4", self.conv4.forward_with(x, pass));
        let x = pass.maps("conv5a", self.conv5a.forward_with(x, pass));
        let x = pass.maps("conv5", self.conv5.forward_with(x, pass));
        let x = pass.maps("conv6a", self.conv6a.forward_with(x, pass));
        let x = pass.maps("conv6", self.conv6.forward_with(x, pass));
        let x = pass.maps("pool4", self.pool.forward_with(x, pass));
        let x = pass.vectors("fc1", self.fc1.forward_with(x.flatten(1, 3), pass));
        let x = pass.vectors("fc2", self.fc2.forward_with(x, pass));
        let x = pass.vectors("fc7128", self.fc7.forward_with(x, pass));
        pass.vectors("L2", l2_normalize(x))
    }

    /// The same network for inference, with batch normalization folded into the layers before it.
    pub fn fold(self) -> Self {
        Self {
            conv1: self.conv1.fold(),
            conv2a: self.conv2a.fold(),
            conv2: self.conv2.fold(),
            conv3a: self.conv3a.fold(),
            conv3: self.conv3.fold(),
            conv4a: self.conv4a.fold(),
            conv4: self.conv4.fold(),
            conv5a: self.conv5a.fold(),
            conv5: self.conv5.fold(),
            conv6a: self.conv6a.fold(),
            conv6: self.conv6.fold(),
            fc1: self.fc1.fold(),
            fc2: self.fc2.fold(),
            fc7: self.fc7.fold(),
            ..self
        }
    }

    /// Whether [`fold`](Self::fold) made it.
    pub(crate) fn is_folded(&self) -> bool {
        self.conv1.is_folded()
    }
}

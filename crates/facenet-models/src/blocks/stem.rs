use burn::{
    config::Config,
    module::Module,
    tensor::{Device, Tensor},
};

use super::{
    ConvBlock, ConvBlockConfig, ConvStyle, Inception, InceptionRow, Normalization, Pool,
    PoolBranch, norm,
};
use crate::ForwardPass;

/// Configuration of a [`Stem`].
#[derive(Config, Debug)]
pub struct StemConfig {
    /// Bias and batch normalization of the convolutions.
    pub style: ConvStyle,
    /// Whether the rows called "norm" are there.
    pub local_response: bool,
    /// The first convolution: channels and side of the kernel.
    #[config(default = "[64, 7]")]
    pub conv1: [usize; 2],
    /// "inception (2)": channels of its 1×1 reduction and of its 3×3 convolution.
    #[config(default = "[64, 192]")]
    pub two: [usize; 2],
}

/// The first rows of the paper's table 2, which divide the map's side by 8: a 7×7 convolution,
/// max pooling, "norm", "inception (2)", "norm", max pooling.
#[derive(Module, Debug)]
pub struct Stem {
    conv1: ConvBlock,
    two: Inception,
    pool: Pool,
    local_response: bool,
}

impl StemConfig {
    /// The stem of the paper's networks, normalized one way or the other.
    pub fn from_normalization(normalization: Normalization) -> Self {
        let local_response = normalization == Normalization::LocalResponse;
        Self::new(normalization.style(), local_response)
    }

    /// Builds the stem on `device`.
    pub fn init(&self, device: &Device) -> Stem {
        let [channels, kernel] = self.conv1;
        Stem {
            conv1: ConvBlockConfig::new([3, channels], [kernel, kernel])
                .with_style(self.style)
                .with_stride(2)
                .init(device),
            two: InceptionRow::new(0, self.two, [0, 0], PoolBranch::Absent)
                .init(channels, self.style, device),
            pool: Pool::halving(),
            local_response: self.local_response,
        }
    }
}

impl Stem {
    /// # Shapes
    ///
    /// - input: `[batch, 3, height, width]`
    /// - output: `[batch, two[1], height', width']`, halved three times, rounding up
    pub fn forward_with(&self, images: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let x = pass.maps("conv1", self.conv1.forward_with(images, pass));
        let x = pass.maps("pool1", self.pool.forward_with(x, pass));
        let x = norm(self.local_response, "norm1", x, pass);
        let x = pass.maps("inception (2)", self.two.forward_with(x, pass));
        let x = norm(self.local_response, "norm2", x, pass);
        pass.maps("pool2", self.pool.forward_with(x, pass))
    }

    /// The same stem for inference, without batch normalization.
    pub fn fold(self) -> Self {
        Self {
            conv1: self.conv1.fold(),
            two: self.two.fold(),
            ..self
        }
    }

    /// Whether [`fold`](Self::fold) made it.
    pub(crate) fn is_folded(&self) -> bool {
        self.conv1.is_folded()
    }
}

/// A map's sides after `times` halvings that round up.
pub(crate) fn halved(size: [usize; 2], times: usize) -> [usize; 2] {
    size.map(|side| (0..times).fold(side, |side, _| side.div_ceil(2)))
}

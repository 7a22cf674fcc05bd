use burn::{
    config::Config,
    module::Module,
    nn::PaddingConfig2d,
    nn::pool::{MaxPool2d, MaxPool2dConfig},
    tensor::{Device, Tensor},
};

use super::{ConvBlock, ConvBlockConfig, L2Pool2d};

/// Pooling branch of an [`Inception`] block, as the paper's table 2 writes it.
#[derive(Config, Debug, Copy, PartialEq, Eq)]
pub enum PoolBranch {
    /// 3×3 max pooling, then a 1×1 projection to so many channels (`m, k`).
    Max(usize),
    /// 3×3 L2 pooling, then a 1×1 projection to so many channels (`L2, k`).
    L2(usize),
    /// 3×3 max pooling with the block's stride that passes its input's channels through (`m 3×3,2`).
    MaxThrough,
}

/// Configuration of an [`Inception`] block: one row of the paper's table 2.
///
/// A branch that is `None` is absent, as an empty cell of the table is.
#[derive(Config, Debug)]
pub struct InceptionConfig {
    /// Input channels.
    pub channels: usize,
    /// Channels of the 1×1 branch.
    #[config(default = "None")]
    pub one: Option<usize>,
    /// 3×3 branch: channels of its 1×1 reduction, channels of the 3×3 convolution.
    #[config(default = "None")]
    pub three: Option<[usize; 2]>,
    /// 5×5 branch: channels of its 1×1 reduction, channels of the 5×5 convolution.
    #[config(default = "None")]
    pub five: Option<[usize; 2]>,
    /// Pooling branch.
    #[config(default = "None")]
    pub pool: Option<PoolBranch>,
    /// Stride of the 3×3 and 5×5 convolutions and of the pooling.
    #[config(default = 1)]
    pub stride: usize,
}

/// Inception block: parallel 1×1, 3×3, 5×5 and pooling branches, concatenated over channels
/// (Szegedy et al., "Going deeper with convolutions", 2015; FaceNet's table 2).
#[derive(Module, Debug)]
pub struct Inception {
    one: Option<ConvBlock>,
    three: Option<Reduced>,
    five: Option<Reduced>,
    pool: Option<Pooled>,
}

/// A 1×1 reduction before a larger kernel.
#[derive(Module, Debug)]
struct Reduced {
    reduce: ConvBlock,
    conv: ConvBlock,
}

/// Pooling and its projection. Exactly one of the two poolings is present.
#[derive(Module, Debug)]
struct Pooled {
    max: Option<MaxPool2d>,
    l2: Option<L2Pool2d>,
    projection: Option<ConvBlock>,
}

impl InceptionConfig {
    /// Channels of the concatenated output.
    pub fn channels_out(&self) -> usize {
        let pool = match self.pool {
            Some(PoolBranch::Max(k) | PoolBranch::L2(k)) => k,
            Some(PoolBranch::MaxThrough) => self.channels,
            None => 0,
        };
        self.one.unwrap_or(0)
            + self.three.map_or(0, |[_, out]| out)
            + self.five.map_or(0, |[_, out]| out)
            + pool
    }

    /// Builds the block on `device`.
    ///
    /// # Panics
    ///
    /// If no branch is present, or if the block has a stride and a branch that cannot stride
    /// (1×1, L2 pooling): their maps would not fit together.
    pub fn init(&self, device: &Device) -> Inception {
        assert!(
            self.channels_out() > 0,
            "an inception block needs at least one branch"
        );
        let strides = self.stride > 1;
        assert!(
            !(strides && (self.one.is_some() || matches!(self.pool, Some(PoolBranch::L2(_))))),
            "an inception block with stride {} cannot have a 1x1 or an L2 pooling branch",
            self.stride
        );
        let conv = |channels: [usize; 2], kernel: usize, stride: usize| {
            ConvBlockConfig::new(channels, kernel)
                .with_stride(stride)
                .init(device)
        };
        let reduced = |[reduce, out]: [usize; 2], kernel: usize| Reduced {
            reduce: conv([self.channels, reduce], 1, 1),
            conv: conv([reduce, out], kernel, self.stride),
        };
        let max = || {
            MaxPool2dConfig::new([3, 3])
                .with_strides([self.stride, self.stride])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .init()
        };
        Inception {
            one: self.one.map(|out| conv([self.channels, out], 1, 1)),
            three: self.three.map(|channels| reduced(channels, 3)),
            five: self.five.map(|channels| reduced(channels, 5)),
            pool: self.pool.map(|branch| match branch {
                PoolBranch::Max(k) => Pooled {
                    max: Some(max()),
                    l2: None,
                    projection: Some(conv([self.channels, k], 1, 1)),
                },
                PoolBranch::L2(k) => Pooled {
                    max: None,
                    l2: Some(L2Pool2d::default()),
                    projection: Some(conv([self.channels, k], 1, 1)),
                },
                PoolBranch::MaxThrough => Pooled {
                    max: Some(max()),
                    l2: None,
                    projection: None,
                },
            }),
        }
    }
}

impl Inception {
    /// # Shapes
    ///
    /// - input: `[batch, channels, height, width]`
    /// - output: `[batch, channels_out, ceil(height / stride), ceil(width / stride)]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let branches = [
            self.one.as_ref().map(|one| one.forward(input.clone())),
            self.three
                .as_ref()
                .map(|three| three.forward(input.clone())),
            self.five.as_ref().map(|five| five.forward(input.clone())),
            self.pool.as_ref().map(|pool| pool.forward(input.clone())),
        ];
        Tensor::cat(branches.into_iter().flatten().collect(), 1)
    }
}

impl Reduced {
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.conv.forward(self.reduce.forward(input))
    }
}

impl Pooled {
    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let pooled = match (&self.max, &self.l2) {
            (Some(max), _) => max.forward(input),
            (None, Some(l2)) => l2.forward(input),
            (None, None) => input,
        };
        match &self.projection {
            Some(projection) => projection.forward(pooled),
            None => pooled,
        }
    }
}

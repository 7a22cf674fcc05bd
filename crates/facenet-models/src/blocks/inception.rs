use burn::{
    module::Module,
    tensor::{Device, Tensor},
};

use super::{ConvBlock, ConvBlockConfig, ConvStyle, Pool, PoolKind};
use crate::ForwardPass;

/// Pooling branch of an [`Inception`] block, as the paper's table 2 writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolBranch {
    /// None: the cell of the table is empty.
    Absent,
    /// 3×3 max pooling, then a 1×1 projection to so many channels (`m, k`).
    Max(usize),
    /// 3×3 L2 pooling, then a 1×1 projection to so many channels (`L2, k`).
    L2(usize),
    /// 3×3 max pooling with the block's stride that passes its input's channels through (`m 3×3,2`).
    MaxThrough,
}

/// An [`Inception`] block as a row of the paper's table 2. A 0 is an empty cell: the branch is
/// absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InceptionRow {
    /// Channels of the 1×1 branch.
    pub one: usize,
    /// 3×3 branch: channels of its 1×1 reduction, channels of the 3×3 convolution.
    pub three: [usize; 2],
    /// 5×5 branch: channels of its 1×1 reduction, channels of the 5×5 convolution.
    pub five: [usize; 2],
    /// Pooling branch.
    pub pool: PoolBranch,
    /// Stride of the 3×3 and 5×5 convolutions and of the pooling.
    pub stride: usize,
    /// Stride of the pooling in OpenFace's form, see [`in_openface_form`](Self::in_openface_form).
    pub openface: Option<usize>,
}

/// Inception block: parallel 1×1, 3×3, 5×5 and pooling branches, concatenated over channels
/// (Szegedy et al., "Going deeper with convolutions", 2015; FaceNet's table 2).
#[derive(Module, Debug)]
pub struct Inception {
    #[module(skip)]
    one_last: bool,
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

/// Pooling and its projection.
#[derive(Module, Debug)]
struct Pooled {
    pool: Pool,
    projection: Option<ConvBlock>,
}

impl InceptionRow {
    /// A row of the table, with stride 1.
    pub const fn new(one: usize, three: [usize; 2], five: [usize; 2], pool: PoolBranch) -> Self {
        Self {
            one,
            three,
            five,
            pool,
            stride: 1,
            openface: None,
        }
    }

    /// Sets the stride.
    pub const fn with_stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// OpenFace's form of the block: its pooling has no padding and a stride of its own, whatever
    /// the block's is, and the map, smaller than those of the other branches, is centered among
    /// zeros; the 1×1 branch is concatenated last.
    pub const fn in_openface_form(self, pool_stride: usize) -> Self {
        Self {
            openface: Some(pool_stride),
            ..self
        }
    }

    /// Channels of the concatenated output, for an input of `channels`.
    pub const fn channels_out(&self, channels: usize) -> usize {
        let pool = match self.pool {
            PoolBranch::Max(k) | PoolBranch::L2(k) => k,
            PoolBranch::MaxThrough => channels,
            PoolBranch::Absent => 0,
        };
        self.one + self.three[1] + self.five[1] + pool
    }

    /// Builds the block for an input of `channels` on `device`.
    ///
    /// # Panics
    ///
    /// If no branch is present or one is half present, or if the block has a stride and a 1×1 branch, which cannot stride:
    /// their maps would not fit together.
    pub fn init(&self, channels: usize, style: ConvStyle, device: &Device) -> Inception {
        assert!(
            self.channels_out(channels) > 0,
            "an inception block needs at least one branch"
        );
        assert!(
            [self.three, self.five]
                .iter()
                .all(|[reduce, out]| (*reduce == 0) == (*out == 0)),
            "a branch has a reduction and a convolution, or neither"
        );
        assert!(
            self.stride == 1 || self.one == 0,
            "an inception block with stride {} cannot have a 1x1 branch",
            self.stride
        );
        let conv = |channels: [usize; 2], kernel: usize, stride: usize| {
            ConvBlockConfig::new(channels, [kernel, kernel])
                .with_style(style)
                .with_stride(stride)
                .init(device)
        };
        let reduced = |[reduce, out]: [usize; 2], kernel: usize| {
            (out > 0).then(|| Reduced {
                reduce: conv([channels, reduce], 1, 1),
                conv: conv([reduce, out], kernel, self.stride),
            })
        };
        let (stride, padding) = match self.openface {
            Some(stride) => (stride, 0),
            None => (self.stride, 1),
        };
        let pooled = |kind: PoolKind, projection: Option<usize>| {
            Some(Pooled {
                pool: Pool::new(kind, stride, padding),
                projection: projection.map(|k| conv([channels, k], 1, 1)),
            })
        };
        Inception {
            one_last: self.openface.is_some(),
            one: (self.one > 0).then(|| conv([channels, self.one], 1, 1)),
            three: reduced(self.three, 3),
            five: reduced(self.five, 5),
            pool: match self.pool {
                PoolBranch::Absent => None,
                PoolBranch::Max(k) => pooled(PoolKind::Max, Some(k)),
                PoolBranch::MaxThrough => pooled(PoolKind::Max, None),
                PoolBranch::L2(k) => pooled(PoolKind::L2, Some(k)),
            },
        }
    }
}

impl Inception {
    /// # Shapes
    ///
    /// - input: `[batch, channels, height, width]`
    /// - output: `[batch, channels_out, ceil(height / stride), ceil(width / stride)]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.forward_with(input, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward), as a part of `pass`.
    pub fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let mut branches = Vec::with_capacity(4);
        if let (Some(one), false) = (&self.one, self.one_last) {
            branches.push(one.forward_with(input.clone(), pass));
        }
        for reduced in [&self.three, &self.five].into_iter().flatten() {
            branches.push(reduced.forward_with(input.clone(), pass));
        }
        if let Some(pool) = &self.pool {
            let size = branches.first().map(|branch| branch.dims());
            let pooled = pool.forward_with(input.clone(), pass);
            branches.push(match size {
                Some([_, _, height, width]) => centered(pooled, [height, width]),
                None => pooled,
            });
        }
        if let (Some(one), true) = (&self.one, self.one_last) {
            branches.push(one.forward_with(input, pass));
        }
        Tensor::cat(branches, 1)
    }

    /// The same block for inference, without batch normalization.
    pub fn fold(self) -> Self {
        Self {
            one_last: self.one_last,
            one: self.one.map(ConvBlock::fold),
            three: self.three.map(Reduced::fold),
            five: self.five.map(Reduced::fold),
            pool: self.pool.map(Pooled::fold),
        }
    }
}

/// The map in the middle of zeros; what is odd goes below and to the right.
fn centered(map: Tensor<4>, [height, width]: [usize; 2]) -> Tensor<4> {
    let [_, _, inner_height, inner_width] = map.dims();
    let (y, x) = (height - inner_height, width - inner_width);
    if (y, x) == (0, 0) {
        return map;
    }
    map.pad((x / 2, x - x / 2, y / 2, y - y / 2), 0.0)
}

impl Reduced {
    fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        self.conv
            .forward_with(self.reduce.forward_with(input, pass), pass)
    }

    fn fold(self) -> Self {
        Self {
            reduce: self.reduce.fold(),
            conv: self.conv.fold(),
        }
    }
}

impl Pooled {
    fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let pooled = self.pool.forward_with(input, pass);
        match &self.projection {
            Some(projection) => projection.forward_with(pooled, pass),
            None => pooled,
        }
    }

    fn fold(self) -> Self {
        Self {
            projection: self.projection.map(ConvBlock::fold),
            ..self
        }
    }
}

/// Rows of a table with their names: `("3a", row)`.
pub type InceptionTable = [(&'static str, InceptionRow)];

/// Inception blocks one after the other: the rows of a table.
#[derive(Module, Debug)]
pub struct InceptionStack {
    #[module(skip)]
    names: Vec<&'static str>,
    blocks: Vec<Inception>,
}

impl InceptionStack {
    /// Builds the rows of `table` for an input of `channels`, and says how many channels come out.
    pub fn new(
        table: &InceptionTable,
        channels: usize,
        style: ConvStyle,
        device: &Device,
    ) -> (Self, usize) {
        let mut channels = channels;
        let mut blocks = Vec::with_capacity(table.len());
        for (_, row) in table {
            blocks.push(row.init(channels, style, device));
            channels = row.channels_out(channels);
        }
        let names = table.iter().map(|(name, _)| *name).collect();
        (Self { names, blocks }, channels)
    }

    /// Applies the blocks; `pass` sees each of them.
    pub fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let rows = self.blocks.iter().zip(&self.names);
        rows.fold(input, |x, (block, name)| {
            pass.maps(&format!("inception ({name})"), block.forward_with(x, pass))
        })
    }

    /// The same blocks for inference, without batch normalization.
    pub fn fold(self) -> Self {
        Self {
            blocks: self.blocks.into_iter().map(Inception::fold).collect(),
            ..self
        }
    }
}

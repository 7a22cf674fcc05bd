use burn::{module::Module, tensor::Tensor};
use serde::{Deserialize, Serialize};

use crate::ForwardPass;

/// What a window becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PoolKind {
    /// Its largest value.
    Max,
    /// The root of its sum of squares (Schroff et al. 2015, table 2, "L2"). Where a window is all
    /// zero the gradient is defined as zero.
    L2,
}

/// Pooling over 3×3 windows.
#[derive(Module, Debug)]
pub struct Pool {
    #[module(skip)]
    kind: PoolKind,
    stride: usize,
    padding: usize,
}

impl Pool {
    /// Windows `stride` apart, on a map with `padding` zeros (for a maximum: nothing) around it.
    pub fn new(kind: PoolKind, stride: usize, padding: usize) -> Self {
        Self {
            kind,
            stride,
            padding,
        }
    }

    /// The pooling between the stages of the paper's networks: the maximum, and half as many pixels
    /// in both directions, rounded up.
    pub fn halving() -> Self {
        Self::new(PoolKind::Max, 2, 1)
    }

    /// # Shapes
    ///
    /// - input: `[batch, channels, height, width]`
    /// - output: `floor((size + 2 · padding − 3) / stride) + 1` in both directions
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        self.forward_with(input, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward), as a part of `pass`.
    pub fn forward_with(&self, input: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        match self.kind {
            PoolKind::Max => pass.operations().max_pool2d(input, [3, 3], stride, padding),
            PoolKind::L2 => pass.operations().l2_pool2d(input, stride, padding),
        }
    }
}

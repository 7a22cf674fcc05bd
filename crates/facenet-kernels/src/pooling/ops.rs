//! The backend extension.
#![allow(unreachable_pub, reason = "the macro wants the visibility of its own")]

use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};

use super::kernels::Windows;

/// The poolings that replace a backend's own; their callers have checked shapes, windows and element type.
#[backend_extension(Autodiff, Flex)]
pub trait PoolingOps: Backend {
    /// The greatest value of each window.
    fn fused_max_pool2d(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self>;

    /// The root of the sum of squares of each window.
    fn fused_l2_pool2d(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self>;

    /// The mean of each map, `[N, C]`.
    fn fused_global_avg_pool2d(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// What the backward passes need beside that.
pub trait PoolingGradients: PoolingOps {
    /// The greatest value of each window, and which of the window's elements it is.
    fn fused_max_pool2d_with_taps(
        x: FloatTensor<Self>,
        windows: Windows,
    ) -> (FloatTensor<Self>, IntTensor<Self>);

    /// The gradient with respect to `x` of a max pooling with these taps.
    fn fused_max_pool2d_grad(
        taps: IntTensor<Self>,
        output_grad: FloatTensor<Self>,
        windows: Windows,
    ) -> FloatTensor<Self>;

    /// The gradient with respect to `x` of an L2 pooling with this output.
    fn fused_l2_pool2d_grad(
        x: FloatTensor<Self>,
        output: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        windows: Windows,
    ) -> FloatTensor<Self>;

    /// The gradient with respect to an `x` of this shape.
    fn fused_global_avg_pool2d_grad(
        output_grad: FloatTensor<Self>,
        shape: [usize; 4],
    ) -> FloatTensor<Self>;
}

//! The backend extension.
#![allow(unreachable_pub, reason = "the macro wants the visibility of its own")]

use burn::backend::{Backend, backend_extension, tensor::FloatTensor};
use burn::tensor::ops::ConvOptions;

/// The convolution that replaces a backend's own; its callers have checked shapes, groups, dilation and element type.
#[backend_extension(Autodiff, Flex)]
pub trait ConvolutionOps: Backend {
    /// `Y = W ∗ X`.
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self>;
}

/// The two products of the backward pass.
pub trait ConvolutionGradients: ConvolutionOps {
    /// The gradient with respect to `x`, which gives the shape alone.
    fn convolution_input_grad(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self>;

    /// The gradient with respect to `weight`, which gives the shape alone.
    fn convolution_weight_grad(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self>;
}

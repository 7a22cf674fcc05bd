//! The backend extension.
#![allow(unreachable_pub, reason = "the macro wants the visibility of its own")]

use burn::backend::{Backend, ExtensionType, backend_extension, tensor::FloatTensor};
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

/// A tensor that an operation may do without.
#[derive(Clone, Debug, ExtensionType)]
pub enum Operand<B: Backend> {
    /// The tensor.
    Present(FloatTensor<B>),
    /// No tensor.
    Absent,
}

/// The convolution and what follows it, without gradients.
#[backend_extension(Flex)]
pub trait FusedConvolutionOps: Backend {
    /// `Y = f(W ∗ X + bias + residual)`, where `f` is the identity, or rectifies if `rectified` is set: with `slopes` for
    /// the negative values of each channel, with zero where these are absent.
    fn fused_convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        #[extension_type] bias: Operand<Self>,
        #[extension_type] residual: Operand<Self>,
        #[extension_type] slopes: Operand<Self>,
        rectified: bool,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self>;
}

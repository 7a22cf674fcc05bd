//! The backend extension.
#![allow(unreachable_pub, reason = "the macro wants the visibility of its own")]

use burn::backend::{Backend, backend_extension, tensor::FloatTensor};

/// The activations that replace compositions of a backend's operations; their callers have checked shapes and element
/// type.
#[backend_extension(Autodiff, Flex)]
pub trait ActivationOps: Backend {
    /// A PReLU with a slope for each channel.
    fn fused_prelu(x: FloatTensor<Self>, alpha: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// The backward pass.
pub trait ActivationGradients: ActivationOps {
    /// The gradients with respect to `x` and `alpha`.
    fn fused_prelu_grad(
        x: FloatTensor<Self>,
        alpha: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 2];
}

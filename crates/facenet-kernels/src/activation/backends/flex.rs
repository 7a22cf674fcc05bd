//! Flex: contiguous `f32` slices in, the kernels' vectors out.

use burn::backend::{Flex, TensorMetadata};
use burn_flex::FlexTensor;

use crate::activation::kernels;
use crate::activation::ops::{ActivationGradients, ActivationOps};
use crate::cpu::{maps, tensor};

impl ActivationOps for Flex {
    fn fused_prelu(x: FlexTensor, alpha: FlexTensor) -> FlexTensor {
        let [x, alpha] = [x, alpha].map(|tensor| tensor.to_contiguous());
        let output = kernels::prelu(&maps(&x), x.storage(), alpha.storage());
        tensor(output, x.shape().dims::<4>())
    }
}

impl ActivationGradients for Flex {
    fn fused_prelu_grad(
        x: FlexTensor,
        alpha: FlexTensor,
        output_grad: FlexTensor,
    ) -> [FlexTensor; 2] {
        let [x, alpha] = [x, alpha].map(|tensor| tensor.to_contiguous());
        // The gradient's own memory is used again where nobody else holds it, and copied elsewhere.
        let mut grad = output_grad.to_contiguous();
        let slopes =
            kernels::prelu_grad(&maps(&x), x.storage(), alpha.storage(), grad.storage_mut());
        let channels = slopes.len();
        [grad, tensor(slopes, [channels])]
    }
}

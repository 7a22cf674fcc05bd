use burn::Tensor;
use burn::tensor::activation;

use crate::Operations;

/// `x` where it is not negative, `alpha[channel] · x` elsewhere
/// ([Delving Deep into Rectifiers](https://arxiv.org/abs/1502.01852), eq. 1).
///
/// # Shapes
/// - `x` and output: `[batch, channels, height, width]`
/// - `alpha`: `[channels]`
///
/// # Panics
/// If `x` has other channels than `alpha` has slopes.
pub fn prelu(x: Tensor<4>, alpha: Tensor<1>) -> Tensor<4> {
    Operations::default().prelu(x, alpha)
}

impl Operations {
    /// [`prelu`] by these operations.
    ///
    /// # Panics
    /// As [`prelu`].
    pub fn prelu(self, x: Tensor<4>, alpha: Tensor<1>) -> Tensor<4> {
        let [channels] = alpha.dims();
        assert_eq!(
            x.dims()[1],
            channels,
            "the PReLU has a slope for each channel"
        );
        #[cfg(feature = "flex")]
        if self.has_the_rest() && crate::cpu::on_flex(&x) && alpha.dtype() == x.dtype() {
            use super::ops::ActivationOps;
            use burn::backend::Dispatch;

            let output = Dispatch::fused_prelu(x.into_dispatch(), alpha.into_dispatch());
            return Tensor::from_dispatch(output);
        }
        activation::prelu(x, alpha)
    }
}

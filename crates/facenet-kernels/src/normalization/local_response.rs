//! Local response normalization.

use burn::Tensor;
use burn::nn::LocalResponseNormConfig;

use crate::Operations;

/// Normalizes each value by the mean square over a window of `size` channels around it, as
/// [`burn::nn::LocalResponseNorm`] does (Krizhevsky, Sutskever, Hinton: "ImageNet Classification with Deep Convolutional
/// Neural Networks", NIPS 2012, section 3.3).
///
/// ```text
/// y = x / (k + α · Σ x² / size)^β        zeros outside the channels
/// ```
///
/// As in Burn and PyTorch `alpha` is divided by `size`; in the paper it is not. The usual
/// values are a size of 5, α = 1e-4, β = 0.75 and k = 1. With a positive `k` the gradient is finite everywhere.
///
/// # Shapes
/// - `x` and output: `[batch, channels, height, width]`
///
/// # Panics
/// If `size` is 0.
pub fn local_response_norm(x: Tensor<4>, size: usize, alpha: f64, beta: f64, k: f64) -> Tensor<4> {
    Operations::default().local_response_norm(x, size, alpha, beta, k)
}

impl Operations {
    /// [`local_response_norm`] by these operations.
    ///
    /// # Panics
    /// As [`local_response_norm`].
    pub fn local_response_norm(
        self,
        x: Tensor<4>,
        size: usize,
        alpha: f64,
        beta: f64,
        k: f64,
    ) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if self.has_the_rest() && size > 0 && crate::cpu::on_flex(&x) {
            use super::ops::{NormalizationOps, ResponseSettings};
            use burn::backend::Dispatch;

            let settings = ResponseSettings {
                size,
                alpha,
                beta,
                k,
            };
            let output = Dispatch::fused_local_response_norm(x.into_dispatch(), settings);
            return Tensor::from_dispatch(output);
        }
        LocalResponseNormConfig::new(size)
            .with_alpha(alpha)
            .with_beta(beta)
            .with_k(k)
            .init()
            .forward(x)
    }
}

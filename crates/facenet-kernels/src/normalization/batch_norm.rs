//! Batch normalization, and the ReLU that follows it.

use burn::Tensor;
use burn::nn::BatchNorm;
use burn::tensor::activation;

use crate::Operations;

/// Normalizes `x` as [`BatchNorm::forward`] does, and applies a ReLU where `relu` is set
/// ([Batch Normalization](https://arxiv.org/abs/1502.03167), §3.2).
///
/// ```text
/// y = relu((x − mean) / √(variance + ε) · γ + β)
/// ```
///
/// As in Burn, mean and biased variance are those of the batch, and update the running ones, where `x` lives on a device
/// with differentiation and the layer's flag `training` is set; elsewhere the running ones are used.
///
/// # Shapes
/// - `x` and output: `[batch, channels, height, width]`
///
/// # Panics
/// If `x` has other channels than the layer.
pub fn batch_norm(norm: &BatchNorm, x: Tensor<4>, relu: bool) -> Tensor<4> {
    Operations::default().batch_norm(norm, x, relu)
}

impl Operations {
    /// [`batch_norm`] by these operations.
    ///
    /// # Panics
    /// As [`batch_norm`].
    pub fn batch_norm(self, norm: &BatchNorm, x: Tensor<4>, relu: bool) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if self.has_the_rest() && covered(norm, &x) {
            return fused(norm, x, relu);
        }
        let output = norm.forward(x);
        if relu {
            activation::relu(output)
        } else {
            output
        }
    }
}

/// Whether the extension computes this normalization.
#[cfg(feature = "flex")]
fn covered(norm: &BatchNorm, x: &Tensor<4>) -> bool {
    use burn::tensor::DType;

    let [channels] = norm.gamma.shape().dims();
    crate::cpu::on_flex(x) && x.dims()[1] == channels && norm.gamma.dtype() == DType::F32
}

#[cfg(feature = "flex")]
fn fused(norm: &BatchNorm, x: Tensor<4>, relu: bool) -> Tensor<4> {
    use super::ops::{BatchNormSettings, NormalizationOps};
    use burn::backend::Dispatch;

    let device = x.device();
    let gamma = norm.gamma.val().into_dispatch();
    let beta = norm.beta.val().into_dispatch();
    let settings = BatchNormSettings {
        epsilon: norm.epsilon,
        relu,
    };
    if !(device.is_autodiff() && norm.training.is_enabled()) {
        let mean = norm.running_mean.value().to_device(&device).into_dispatch();
        let variance = norm.running_var.value().to_device(&device).into_dispatch();
        let x = x.into_dispatch();
        let output = Dispatch::fused_batch_norm_given(x, gamma, beta, mean, variance, settings);
        return Tensor::from_dispatch(output);
    }

    let (output, mean, variance) =
        Dispatch::fused_batch_norm_train(x.into_dispatch(), gamma, beta, settings);
    for (running, batch) in [(&norm.running_mean, mean), (&norm.running_var, variance)] {
        let batch = Tensor::<1>::from_dispatch(batch).mul_scalar(norm.momentum);
        let value = running.value_sync().to_device(&device);
        let value = value.mul_scalar(1.0 - norm.momentum).add(batch);
        running.update(value.detach());
    }
    Tensor::from_dispatch(output)
}

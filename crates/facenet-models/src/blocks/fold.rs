use burn::{nn::BatchNorm, tensor::Tensor};

/// Batch normalization at inference as `scale · x + shift`.
///
/// ```text
/// scale = γ / sqrt(variance + ε)      shift = β − mean · scale
/// ```
///
/// # Shapes
///
/// - both outputs: `[channels]`
pub(super) fn scale_and_shift(norm: &BatchNorm) -> (Tensor<1>, Tensor<1>) {
    let deviation = norm
        .running_var
        .value_sync()
        .add_scalar(norm.epsilon)
        .sqrt();
    let scale = norm.gamma.val() / deviation;
    let shift = norm.beta.val() - norm.running_mean.value_sync() * scale.clone();
    (scale, shift)
}

//! The backend extension.
#![allow(unreachable_pub, reason = "the macro wants the visibility of its own")]

use burn::backend::{Backend, backend_extension, tensor::FloatTensor};

/// Settings of a batch normalization.
#[derive(Clone, Copy, Debug)]
pub struct BatchNormSettings {
    /// Added to the variance.
    pub epsilon: f64,
    /// Whether a ReLU follows.
    pub relu: bool,
}

/// Settings of a local response normalization.
#[derive(Clone, Copy, Debug)]
pub struct ResponseSettings {
    /// Channels in a window.
    pub size: usize,
    /// Factor of the mean square.
    pub alpha: f64,
    /// Exponent.
    pub beta: f64,
    /// Added to the mean square.
    pub k: f64,
}

/// The normalizations that replace compositions of a backend's operations; their callers have checked shapes and element
/// type.
#[backend_extension(Autodiff, Flex)]
pub trait NormalizationOps: Backend {
    /// Normalizes with the statistics of the batch; gives the output, and mean and biased variance, which carry no
    /// gradient.
    fn fused_batch_norm_train(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        settings: BatchNormSettings,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);

    /// Normalizes with given statistics, which get no gradient.
    fn fused_batch_norm_given(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        settings: BatchNormSettings,
    ) -> FloatTensor<Self>;

    /// Normalizes each value by those of the channels around it.
    fn fused_local_response_norm(
        x: FloatTensor<Self>,
        settings: ResponseSettings,
    ) -> FloatTensor<Self>;
}

/// What the backward pass of a batch normalization reads.
#[derive(Clone, Debug)]
pub struct BatchNormInputs<T> {
    /// `[N, C, H, W]`.
    pub x: T,
    /// `[C]`.
    pub gamma: T,
    /// `[C]`.
    pub beta: T,
    /// `[C]`.
    pub mean: T,
    /// `[C]`.
    pub variance: T,
    /// As in the forward pass.
    pub settings: BatchNormSettings,
    /// Whether the statistics are those of the batch, and depend on `x`.
    pub of_batch: bool,
}

/// The backward passes.
pub trait NormalizationGradients: NormalizationOps {
    /// The gradients with respect to `x`, `gamma` and `beta`.
    fn fused_batch_norm_grad(
        inputs: BatchNormInputs<FloatTensor<Self>>,
        output_grad: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];

    /// The gradient of a local response normalization with respect to `x`.
    fn fused_local_response_norm_grad(
        x: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        settings: ResponseSettings,
    ) -> FloatTensor<Self>;
}

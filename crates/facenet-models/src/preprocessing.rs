use std::fmt;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// How pixels become the numbers that a network was trained on. It belongs to the network and is
/// saved with its weights, so that the two cannot part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Preprocessing {
    /// `(x − 127.5) / 128`: davidsandberg/facenet's fixed standardization, MobileFaceNet, ArcFace.
    FixedStandardization,
    /// Each image minus its own mean, divided by `max(std, 1/√n)` over its `n` values:
    /// TensorFlow's `per_image_standardization`, "prewhitening" in davidsandberg/facenet.
    PerImageWhitening,
    /// `x / 255`: OpenFace.
    UnitRange,
}

impl Preprocessing {
    /// Applies the preprocessing.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, 3, height, width]`, pixel values from 0 to 255, RGB
    /// - output: the same shape
    pub fn forward(self, pixels: Tensor<4>) -> Tensor<4> {
        match self {
            Self::FixedStandardization => pixels.sub_scalar(127.5).div_scalar(128.0),
            Self::PerImageWhitening => {
                let [batch, channels, height, width] = pixels.dims();
                let values = channels * height * width;
                let flat = pixels.reshape([batch, values]);
                let flat = flat.clone() - flat.mean_dim(1);
                let std = flat.clone().powi_scalar(2).mean_dim(1).sqrt();
                let floor = 1.0 / (values.max(1) as f64).sqrt();
                (flat / std.clamp_min(floor)).reshape([batch, channels, height, width])
            }
            Self::UnitRange => pixels.div_scalar(255.0),
        }
    }
}

impl fmt::Display for Preprocessing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FixedStandardization => "fixed-standardization",
            Self::PerImageWhitening => "per-image-whitening",
            Self::UnitRange => "unit-range",
        })
    }
}

//! What follows a convolution while its output is still in cache.

use burn::Tensor;
use burn::tensor::activation::relu;

use crate::Operations;

/// What is done to the output of a convolution: `activation(y + bias + residual)`.
///
/// The default does nothing.
#[derive(Clone, Debug, Default)]
pub struct Epilogue {
    /// Added to every position of a channel: `[channels_out]`. A batch normalization folded into the weight leaves one.
    pub bias: Option<Tensor<1>>,
    /// Added element by element: the shape of the output.
    pub residual: Option<Tensor<4>>,
    /// Applied to the sum.
    pub activation: Activation,
}

/// The function applied to the sum of convolution, bias and residual.
#[derive(Clone, Debug, Default)]
#[allow(
    clippy::large_enum_variant,
    reason = "a handle of a tensor, made once for each call"
)]
pub enum Activation {
    /// Nothing.
    #[default]
    Identity,
    /// `max(y, 0)`.
    Relu,
    /// `y` where it is positive, `alpha[channel] · y` elsewhere
    /// ([Delving Deep into Rectifiers](https://arxiv.org/abs/1502.01852), eq. 1): `[channels_out]`.
    PRelu(Tensor<1>),
}

impl Epilogue {
    /// Adds a bias, `[channels_out]`.
    pub fn with_bias(self, bias: Tensor<1>) -> Self {
        Self {
            bias: Some(bias),
            ..self
        }
    }

    /// Adds a residual, which has the shape of the output.
    pub fn with_residual(self, residual: Tensor<4>) -> Self {
        Self {
            residual: Some(residual),
            ..self
        }
    }

    /// Applies an activation to the sum.
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The epilogue as tensor operations.
    pub(super) fn apply(self, operations: Operations, mut output: Tensor<4>) -> Tensor<4> {
        if let Some(bias) = self.bias {
            let [channels] = bias.dims();
            output = output + bias.reshape([1, channels, 1, 1]);
        }
        if let Some(residual) = self.residual {
            output = output + residual;
        }
        match self.activation {
            Activation::Identity => output,
            Activation::Relu => relu(output),
            Activation::PRelu(alpha) => operations.prelu(output, alpha),
        }
    }

    /// Checks the shapes against the output's.
    pub(super) fn check(&self, output: [usize; 4]) {
        if let Some(bias) = &self.bias {
            let what = "the bias has an element for each output channel";
            assert_eq!(bias.dims(), [output[1]], "{what}");
        }
        if let Some(residual) = &self.residual {
            let what = "the residual has the shape of the output";
            assert_eq!(residual.dims(), output, "{what}");
        }
        if let Activation::PRelu(alpha) = &self.activation {
            let what = "the PReLU has a slope for each output channel";
            assert_eq!(alpha.dims(), [output[1]], "{what}");
        }
    }
}

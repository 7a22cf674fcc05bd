use burn::{
    config::Config,
    module::{Module, Param},
    nn::{BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig},
    tensor::{Device, Tensor, activation::relu},
};
use serde::{Deserialize, Serialize};

use super::{ConvStyle, fold::scale_and_shift};
use crate::ForwardPass;

/// What follows a fully connected layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FullyConnectedActivation {
    /// Nothing.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// The larger of two linear maps, output by output (Goodfellow et al. 2013, "maxout" with
    /// p = 2, as in table 1 of the paper).
    Maxout,
}

/// Configuration of a [`FullyConnected`] layer.
#[derive(Config, Debug)]
pub struct FullyConnectedConfig {
    /// Inputs and outputs.
    pub features: [usize; 2],
    /// Bias and batch normalization.
    pub style: ConvStyle,
    /// What follows.
    #[config(default = "FullyConnectedActivation::Identity")]
    pub activation: FullyConnectedActivation,
}

/// Linear map, batch normalization, activation.
#[derive(Module, Debug)]
pub struct FullyConnected {
    linear: Linear,
    norm: Option<BatchNorm>,
    #[module(skip)]
    activation: FullyConnectedActivation,
}

impl FullyConnectedConfig {
    /// Builds the layer on `device`.
    pub fn init(&self, device: &Device) -> FullyConnected {
        let [inputs, outputs] = self.features;
        // Burn's and PyTorch's own: the normalization that follows a layer makes its scale a matter
        // of the learning rate alone. Maxout follows maxout in the paper's form, and the larger of
        // two unit normals has a mean square of 1.
        let (maps, gain) = match self.activation {
            FullyConnectedActivation::Identity | FullyConnectedActivation::Relu => {
                (1, 1.0 / 3f64.sqrt())
            }
            FullyConnectedActivation::Maxout => (2, 1.0),
        };
        FullyConnected {
            linear: LinearConfig::new(inputs, maps * outputs)
                .with_bias(self.style.bias)
                .with_initializer(Initializer::KaimingUniform {
                    gain,
                    fan_out_only: false,
                })
                .init(device),
            norm: self.style.epsilon.map(|epsilon| {
                BatchNormConfig::new(maps * outputs)
                    .with_epsilon(epsilon)
                    .init(device)
            }),
            activation: self.activation,
        }
    }
}

impl FullyConnected {
    /// # Shapes
    ///
    /// - input: `[batch, inputs]`
    /// - output: `[batch, outputs]`
    pub fn forward(&self, input: Tensor<2>) -> Tensor<2> {
        self.forward_with(input, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward), as a part of `pass`.
    pub fn forward_with(&self, input: Tensor<2>, pass: &ForwardPass<'_>) -> Tensor<2> {
        let output = self.normalize(self.linear(input, pass));
        match self.activation {
            FullyConnectedActivation::Identity => output,
            FullyConnectedActivation::Relu => relu(output),
            FullyConnectedActivation::Maxout => {
                let [batch, values] = output.dims();
                let maps = output.reshape([batch, 2, values / 2]);
                maps.max_dim(1).reshape([batch, values / 2])
            }
        }
    }

    /// The linear map alone.
    pub(crate) fn linear(&self, input: Tensor<2>, pass: &ForwardPass<'_>) -> Tensor<2> {
        self.count(pass);
        self.linear.forward(input)
    }

    /// The batch normalization alone, where there is one.
    pub(crate) fn normalize(&self, output: Tensor<2>) -> Tensor<2> {
        match &self.norm {
            Some(norm) => norm.forward(output),
            None => output,
        }
    }

    /// The same layer for inference, with its batch normalization folded into the linear map.
    pub fn fold(mut self) -> Self {
        if let Some(norm) = self.norm.take() {
            let (scale, shift) = scale_and_shift(&norm);
            let [outputs] = scale.dims();
            let bias = match self.linear.bias.take() {
                Some(bias) => bias.val() * scale.clone() + shift,
                None => shift,
            };
            self.linear.bias = Some(Param::from_tensor(bias));
            self.linear.weight = self
                .linear
                .weight
                .map(|weight| weight * scale.reshape([1, outputs]));
        }
        self
    }

    fn count(&self, pass: &ForwardPass<'_>) {
        let [inputs, outputs] = self.linear.weight.dims();
        let vectors =
            usize::from(self.linear.bias.is_some()) + 2 * usize::from(self.norm.is_some());
        pass.count(
            inputs * outputs + vectors * outputs,
            inputs * outputs,
            outputs,
            1,
        );
    }
}

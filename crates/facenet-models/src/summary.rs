use std::fmt;

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::{Cost, FaceNetConfig, ForwardPass, ModelError, Stage};

/// What a network is made of and what it costs, layer by layer, like the tables of the paper.
///
/// ```
/// # #[cfg(feature = "flex")] {
/// use burn::tensor::Device;
/// use facenet_models::{Architecture, FaceNetConfig};
///
/// let summary = FaceNetConfig::new(Architecture::Nns2).summary(&Device::flex())?;
/// println!("{summary}");
/// assert_eq!(summary.layers[0].output, [70, 58, 16]);
/// # }
/// # Ok::<(), facenet_models::ModelError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkSummary {
    /// The network.
    pub config: FaceNetConfig,
    /// Its layers in the order of the forward pass.
    pub layers: Vec<LayerSummary>,
    /// Parameters of all layers; running statistics of batch normalization are none.
    pub parameters: usize,
    /// Multiply-adds of one image: what the paper calls FLOPS.
    pub multiply_adds: usize,
}

/// A row of the table: one layer, or one Inception block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerSummary {
    /// The layer's name in the paper or the reference implementation.
    pub name: String,
    /// Height, width and channels of its output.
    pub output: [usize; 3],
    /// Its parameters.
    pub parameters: usize,
    /// Its multiply-adds for one image: those of convolutions and fully connected layers, with one
    /// for the bias of each output, as the paper counts them. A batch normalization counts as the
    /// bias that it becomes at inference.
    pub multiply_adds: usize,
}

impl FaceNetConfig {
    /// Builds the network on `device` and sends one image through it to count what it costs.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn summary(&self, device: &Device) -> Result<NetworkSummary, ModelError> {
        let device = device.clone().without_autodiff();
        let network = self.init(&device)?;
        let [height, width] = self.input_size;
        let mut layers = Vec::new();
        let mut row = |stage: &Stage<'_>| {
            let [_, channels, height, width] = stage.output.dims();
            let Cost {
                parameters,
                multiply_adds,
            } = stage.cost;
            layers.push(LayerSummary {
                name: stage.name.to_owned(),
                output: [height, width, channels],
                parameters,
                multiply_adds,
            });
        };
        let pass = ForwardPass::new().observed_by(&mut row);
        network.forward_with(Tensor::zeros([1, 3, height, width], &device), &pass);
        let total = pass.cost();
        Ok(NetworkSummary {
            config: self.clone(),
            layers,
            parameters: total.parameters,
            multiply_adds: total.multiply_adds,
        })
    }
}

impl fmt::Display for NetworkSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FaceNetConfig {
            architecture,
            embedding_dim,
            input_size: [height, width],
            preprocessing,
            ..
        } = &self.config;
        writeln!(
            f,
            "{architecture}: {height} x {width} pixels ({preprocessing}), {embedding_dim} dimensions"
        )?;
        writeln!(
            f,
            "{:16}{:>18}{:>14}{:>16}",
            "layer", "output", "parameters", "multiply-adds"
        )?;
        for layer in &self.layers {
            let [height, width, channels] = layer.output;
            let output = format!("{height} x {width} x {channels}");
            let (parameters, multiply_adds) = (cell(layer.parameters), cell(layer.multiply_adds));
            writeln!(
                f,
                "{:16}{output:>18}{parameters:>14}{multiply_adds:>16}",
                layer.name
            )?;
        }
        let (parameters, multiply_adds) = (cell(self.parameters), cell(self.multiply_adds));
        write!(
            f,
            "{:16}{:>18}{parameters:>14}{multiply_adds:>16}",
            "total", ""
        )
    }
}

/// `1234567` as `1,234,567`, nothing as an empty cell.
fn cell(number: usize) -> String {
    if number == 0 {
        return String::new();
    }
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

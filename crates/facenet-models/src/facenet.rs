use burn::{
    module::Module,
    tensor::{Device, Tensor, TensorData},
};
use serde::{Deserialize, Serialize};

use crate::{Architecture, ModelError, Nns2, Nns2Config, Preprocessing};

/// Which network, how large, and on what pixels: everything but the weights.
///
/// It is written into every weight file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaceNetConfig {
    /// The network.
    pub architecture: Architecture,
    /// Dimensions of the embedding.
    pub embedding_dim: usize,
    /// Height and width of the input in pixels.
    pub input_size: [usize; 2],
    /// What happens to pixels before the first layer.
    pub preprocessing: Preprocessing,
}

impl FaceNetConfig {
    /// The architecture as published: 128 dimensions (Schroff et al. 2015, §5.3), its own input
    /// size and preprocessing.
    pub fn new(architecture: Architecture) -> Self {
        Self {
            architecture,
            embedding_dim: 128,
            input_size: architecture.default_input_size(),
            preprocessing: architecture.default_preprocessing(),
        }
    }

    /// Sets the dimensions of the embedding.
    pub fn with_embedding_dim(mut self, embedding_dim: usize) -> Self {
        self.embedding_dim = embedding_dim;
        self
    }

    /// Sets height and width of the input.
    pub fn with_input_size(mut self, input_size: [usize; 2]) -> Self {
        self.input_size = input_size;
        self
    }

    /// Sets the preprocessing.
    pub fn with_preprocessing(mut self, preprocessing: Preprocessing) -> Self {
        self.preprocessing = preprocessing;
        self
    }

    /// Checks the ranges of the values.
    ///
    /// # Errors
    ///
    /// [`ModelError::Configuration`] for an embedding of 0 or more than 65,536 dimensions, or an
    /// input side outside 32 to 1,024 pixels.
    pub fn check(&self) -> Result<(), ModelError> {
        if !(1..=65_536).contains(&self.embedding_dim) {
            return Err(ModelError::Configuration(format!(
                "embedding_dim is {}, expected 1 to 65536",
                self.embedding_dim
            )));
        }
        if let Some(side) = self
            .input_size
            .iter()
            .find(|side| !(32..=1_024).contains(*side))
        {
            return Err(ModelError::Configuration(format!(
                "an input side is {side} pixels, expected 32 to 1024"
            )));
        }
        Ok(())
    }

    /// Builds the network on `device` with random weights. For training, give a device with
    /// autodiff: `device.clone().autodiff()`.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn init(&self, device: &Device) -> Result<FaceNet, ModelError> {
        self.check()?;
        Ok(match self.architecture {
            Architecture::Nns2 => FaceNet::Nns2(
                Nns2Config::new()
                    .with_embedding_dim(self.embedding_dim)
                    .with_input_size(self.input_size)
                    .init(device),
            ),
        })
    }
}

/// Any network of this crate: faces in, embeddings of unit length out.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)]
pub enum FaceNet {
    /// See [`Nns2`].
    Nns2(Nns2),
}

impl FaceNet {
    /// Embeds a batch of preprocessed faces.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, 3, height, width]`
    /// - output: `[batch, embedding_dim]`, rows of unit length
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        match self {
            Self::Nns2(network) => network.forward(images),
        }
    }
}

/// Moves 8-bit pixels to the device and makes them the numbers that the network expects.
///
/// # Shapes
///
/// - `pixels`: `batch × height × width × 3` bytes, RGB, rows from top to bottom
/// - output: `[batch, 3, height, width]`
///
/// # Panics
///
/// If the number of bytes is not a multiple of `height × width × 3`.
pub fn pixels_to_tensor(pixels: Vec<u8>, config: &FaceNetConfig, device: &Device) -> Tensor<4> {
    let [height, width] = config.input_size;
    let face = height * width * 3;
    assert_eq!(
        pixels.len() % face,
        0,
        "{} bytes are no whole number of faces",
        pixels.len()
    );
    let batch = pixels.len() / face;
    let floats: Vec<f32> = pixels.into_iter().map(f32::from).collect();
    let tensor = Tensor::<4>::from_data(TensorData::new(floats, [batch, height, width, 3]), device);
    config.preprocessing.forward(tensor.permute([0, 3, 1, 2]))
}

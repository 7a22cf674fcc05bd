use std::fmt;

use burn::{
    module::Module,
    tensor::{Device, Tensor},
};
use serde::{Deserialize, Serialize};

use crate::{
    Architecture, ForwardPass, InceptionNetwork, InceptionResnetV1, InceptionResnetV1Config,
    MobileFaceNet, MobileFaceNetConfig, ModelError, Nn1, Nn1Config, Nn2Config, Nn3Config,
    Nn4Config, Nn4Small2Config, Nns1Config, Nns2Config, Preprocessing, blocks::Normalization,
};

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
    /// Batch normalization or the paper's local response normalization, where the architecture
    /// gives the choice.
    #[serde(default)]
    pub normalization: Normalization,
}

impl FaceNetConfig {
    /// The architecture as published: its own dimensions, input size and preprocessing, with batch
    /// normalization.
    pub fn new(architecture: Architecture) -> Self {
        Self {
            architecture,
            embedding_dim: architecture.default_embedding_dim(),
            input_size: architecture.default_input_size(),
            preprocessing: architecture.default_preprocessing(),
            normalization: Normalization::Batch,
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

    /// Sets the normalization of one of the paper's networks.
    pub fn with_normalization(mut self, normalization: Normalization) -> Self {
        self.normalization = normalization;
        self
    }

    /// Checks the ranges of the values.
    ///
    /// # Errors
    ///
    /// [`ModelError::Configuration`] for an embedding of 0 or more than 65,536 dimensions, an input
    /// side below [the smallest](Architecture::smallest_input_side) or above 1,024 pixels, or a
    /// normalization that the architecture does not have.
    pub fn validate(&self) -> Result<(), ModelError> {
        if !(1..=65_536).contains(&self.embedding_dim) {
            return Err(ModelError::Configuration(format!(
                "embedding_dim is {}, expected 1 to 65536",
                self.embedding_dim
            )));
        }
        let architecture = self.architecture;
        let smallest = architecture.smallest_input_side();
        let mut sides = self.input_size.iter();
        if let Some(side) = sides.find(|side| !(smallest..=1_024).contains(*side)) {
            return Err(ModelError::Configuration(format!(
                "an input side of {architecture} is {side} pixels, expected {smallest} to 1024"
            )));
        }
        if self.normalization != Normalization::Batch && !architecture.has_choice_of_normalization()
        {
            return Err(ModelError::Configuration(format!(
                "{architecture} has a normalization of its own, which cannot be '{}'",
                self.normalization
            )));
        }
        Ok(())
    }

    /// Builds the network on `device` with random weights. For training, give a device with
    /// autodiff: `device.clone().autodiff()`.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<FaceNet, ModelError> {
        self.validate()?;
        let (dim, normalization) = (self.embedding_dim, self.normalization);
        Ok(match self.architecture {
            Architecture::Nn1 => FaceNet::Nn1(
                Nn1Config::new()
                    .with_embedding_dim(dim)
                    .with_input_size(self.input_size)
                    .with_normalization(normalization)
                    .init(device),
            ),
            Architecture::Nn2 => FaceNet::Inception(
                Nn2Config::new()
                    .with_embedding_dim(dim)
                    .with_normalization(normalization)
                    .init(device),
            ),
            Architecture::Nn3 => FaceNet::Inception(
                Nn3Config::new()
                    .with_embedding_dim(dim)
                    .with_normalization(normalization)
                    .init(device),
            ),
            Architecture::Nn4 => FaceNet::Inception(
                Nn4Config::new()
                    .with_embedding_dim(dim)
                    .with_normalization(normalization)
                    .init(device),
            ),
            Architecture::Nns1 => FaceNet::Inception(
                Nns1Config::new()
                    .with_embedding_dim(dim)
                    .with_input_size(self.input_size)
                    .with_normalization(normalization)
                    .init(device),
            ),
            Architecture::Nns2 => FaceNet::Inception(
                Nns2Config::new()
                    .with_embedding_dim(dim)
                    .with_input_size(self.input_size)
                    .with_normalization(normalization)
                    .init(device),
            ),
            Architecture::Nn4Small2 => {
                FaceNet::Inception(Nn4Small2Config::new().with_embedding_dim(dim).init(device))
            }
            Architecture::InceptionResnetV1 => FaceNet::InceptionResnetV1(
                InceptionResnetV1Config::new()
                    .with_embedding_dim(dim)
                    .init(device),
            ),
            Architecture::MobileFaceNet => FaceNet::MobileFaceNet(
                MobileFaceNetConfig::new()
                    .with_embedding_dim(dim)
                    .with_input_size(self.input_size)
                    .init(device),
            ),
        })
    }
}

impl fmt::Display for FaceNetConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [height, width] = self.input_size;
        write!(
            f,
            "{} with {} dimensions on {height}x{width} pixels ({}, {} normalization)",
            self.architecture, self.embedding_dim, self.preprocessing, self.normalization
        )
    }
}

/// Any network of this crate: faces in, embeddings of unit length out.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant)]
pub enum FaceNet {
    /// NN1.
    Nn1(Nn1),
    /// NN2, NN3, NN4, NNS1, NNS2, nn4.small2.
    Inception(InceptionNetwork),
    /// Inception-ResNet-v1.
    InceptionResnetV1(InceptionResnetV1),
    /// MobileFaceNet.
    MobileFaceNet(MobileFaceNet),
}

impl FaceNet {
    /// Embeds a batch of preprocessed faces.
    ///
    /// # Shapes
    ///
    /// - input: `[batch, 3, height, width]`
    /// - output: `[batch, embedding_dim]`, rows of unit length
    pub fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.forward_with(images, &ForwardPass::new())
    }

    /// As [`forward`](Self::forward); `pass` sees what each layer makes of the batch.
    pub fn forward_with(&self, images: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<2> {
        match self {
            Self::Nn1(network) => network.forward_with(images, pass),
            Self::Inception(network) => network.forward_with(images, pass),
            Self::InceptionResnetV1(network) => network.forward_with(images, pass),
            Self::MobileFaceNet(network) => network.forward_with(images, pass),
        }
    }

    /// The same network for inference, faster: every batch normalization is folded into the layer
    /// before it, with the running statistics. Embeddings change by rounding alone.
    ///
    /// Only for a network in inference mode (`network.valid()`), as [`Embedder`](crate::Embedder)
    /// has it. A folded network has other parameters, so it is neither trained nor saved.
    pub fn fold(self) -> Self {
        match self {
            Self::Nn1(network) => Self::Nn1(network.fold()),
            Self::Inception(network) => Self::Inception(network.fold()),
            Self::InceptionResnetV1(network) => Self::InceptionResnetV1(network.fold()),
            Self::MobileFaceNet(network) => Self::MobileFaceNet(network.fold()),
        }
    }

    /// Whether [`fold`](Self::fold) made it.
    pub fn is_folded(&self) -> bool {
        match self {
            Self::Nn1(network) => network.is_folded(),
            Self::Inception(network) => network.is_folded(),
            Self::InceptionResnetV1(network) => network.is_folded(),
            Self::MobileFaceNet(network) => network.is_folded(),
        }
    }
}

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    InceptionResnetV1Config, MobileFaceNetConfig, ModelError, Nn1Config, Nn2Config, Nn3Config,
    Nn4Config, Nn4Small2Config, Nns1Config, Nns2Config, Preprocessing,
};

/// The networks of this crate, by the names that programs take (`--model nn2`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Architecture {
    /// [`Nn1Config`]: Zeiler & Fergus with 1×1 convolutions.
    Nn1,
    /// [`Nn2Config`]: Inception at 224×224.
    Nn2,
    /// [`Nn3Config`]: NN2 at 160×160.
    Nn3,
    /// [`Nn4Config`]: Inception at 96×96.
    Nn4,
    /// [`Nns1Config`]: the paper's "mini" network.
    Nns1,
    /// [`Nns2Config`]: the paper's "tiny" network.
    Nns2,
    /// [`Nn4Small2Config`]: OpenFace's.
    #[serde(rename = "nn4.small2")]
    Nn4Small2,
    /// [`InceptionResnetV1Config`]: that of davidsandberg/facenet and facenet-pytorch.
    #[serde(rename = "inception-resnet-v1")]
    InceptionResnetV1,
    /// [`MobileFaceNetConfig`]: for phones.
    #[serde(rename = "mobilefacenet")]
    MobileFaceNet,
}

impl Architecture {
    /// Every architecture, in the order in which they are listed to users.
    pub const ALL: [Self; 9] = [
        Self::Nn1,
        Self::Nn2,
        Self::Nn3,
        Self::Nn4,
        Self::Nns1,
        Self::Nns2,
        Self::Nn4Small2,
        Self::InceptionResnetV1,
        Self::MobileFaceNet,
    ];

    /// The name that programs and files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nn1 => "nn1",
            Self::Nn2 => "nn2",
            Self::Nn3 => "nn3",
            Self::Nn4 => "nn4",
            Self::Nns1 => "nns1",
            Self::Nns2 => "nns2",
            Self::Nn4Small2 => "nn4.small2",
            Self::InceptionResnetV1 => "inception-resnet-v1",
            Self::MobileFaceNet => "mobilefacenet",
        }
    }

    /// Height and width of the input that the architecture was designed for.
    pub fn default_input_size(self) -> [usize; 2] {
        match self {
            Self::Nn1 => Nn1Config::INPUT_SIZE,
            Self::Nn2 => Nn2Config::INPUT_SIZE,
            Self::Nn3 => Nn3Config::INPUT_SIZE,
            Self::Nn4 => Nn4Config::INPUT_SIZE,
            Self::Nns1 => Nns1Config::INPUT_SIZE,
            Self::Nns2 => Nns2Config::INPUT_SIZE,
            Self::Nn4Small2 => Nn4Small2Config::INPUT_SIZE,
            Self::InceptionResnetV1 => InceptionResnetV1Config::INPUT_SIZE,
            Self::MobileFaceNet => MobileFaceNetConfig::INPUT_SIZE,
        }
    }

    /// Shortest side of an input that leaves a map to average at the end.
    pub fn smallest_input_side(self) -> usize {
        match self {
            // Its convolutions have no padding: 75 → 37 → 35 → 17 → 15 → 7 → 3 → 1.
            Self::InceptionResnetV1 => 75,
            // The poolings of its last blocks have none: 65 → 33 → 17 → 9 → 5 → 3.
            Self::Nn4Small2 => 65,
            _ => 32,
        }
    }

    /// Dimensions of the embedding as published.
    pub fn default_embedding_dim(self) -> usize {
        match self {
            Self::InceptionResnetV1 => 512,
            _ => 128,
        }
    }

    /// The preprocessing that the architecture is trained with unless told otherwise.
    pub fn default_preprocessing(self) -> Preprocessing {
        match self {
            Self::Nn1 => Nn1Config::PREPROCESSING,
            Self::Nn2 => Nn2Config::PREPROCESSING,
            Self::Nn3 => Nn3Config::PREPROCESSING,
            Self::Nn4 => Nn4Config::PREPROCESSING,
            Self::Nns1 => Nns1Config::PREPROCESSING,
            Self::Nns2 => Nns2Config::PREPROCESSING,
            Self::Nn4Small2 => Nn4Small2Config::PREPROCESSING,
            Self::InceptionResnetV1 => InceptionResnetV1Config::PREPROCESSING,
            Self::MobileFaceNet => MobileFaceNetConfig::PREPROCESSING,
        }
    }

    /// Whether the normalization can be chosen: the paper's networks, with batch normalization or
    /// local response normalization.
    pub fn has_choice_of_normalization(self) -> bool {
        matches!(
            self,
            Self::Nn1 | Self::Nn2 | Self::Nn3 | Self::Nn4 | Self::Nns1 | Self::Nns2
        )
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Architecture {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            ModelError::UnknownArchitecture {
                name: name.to_owned(),
                known,
            }
        })
    }
}

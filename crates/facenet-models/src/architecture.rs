use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{ModelError, Preprocessing, nns2};

/// The networks of this crate, by the names that programs take (`--model nns2`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Architecture {
    /// [`Nns2`](crate::Nns2): the paper's "tiny" network.
    Nns2,
}

impl Architecture {
    /// Every architecture, in the order in which they are listed to users.
    pub const ALL: [Self; 1] = [Self::Nns2];

    /// The name that programs and files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nns2 => "nns2",
        }
    }

    /// Height and width of the input that the architecture was designed for.
    pub fn default_input_size(self) -> [usize; 2] {
        match self {
            Self::Nns2 => nns2::INPUT_SIZE,
        }
    }

    /// The preprocessing that the architecture is trained with unless told otherwise.
    pub fn default_preprocessing(self) -> Preprocessing {
        match self {
            Self::Nns2 => Preprocessing::FixedStandardization,
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Architecture {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        Self::ALL
            .into_iter()
            .find(|architecture| architecture.name() == name)
            .ok_or_else(|| {
                let known = Self::ALL.map(Self::name).join(", ");
                ModelError::UnknownArchitecture {
                    name: name.to_owned(),
                    known,
                }
            })
    }
}

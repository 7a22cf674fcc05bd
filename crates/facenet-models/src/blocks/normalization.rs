use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::ModelError;

/// How the paper's networks are normalized.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Normalization {
    /// Batch normalization after every convolution, and no local response normalization. The paper
    /// predates it; every re-implementation that trains well has it (OpenFace,
    /// davidsandberg/facenet).
    #[default]
    Batch,
    /// The paper's own: convolutions with bias, and local response normalization across channels
    /// where tables 1 and 2 say "norm" (size 5, α 1e-4, β 0.75, as in Krizhevsky et al. 2012).
    LocalResponse,
}

impl Normalization {
    /// Both, in the order in which they are listed to users.
    pub const ALL: [Self; 2] = [Self::Batch, Self::LocalResponse];

    /// The name that programs and files use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::LocalResponse => "local-response",
        }
    }

    /// What follows a convolution.
    pub(crate) fn style(self) -> ConvStyle {
        match self {
            Self::Batch => ConvStyle::BATCH_NORM,
            Self::LocalResponse => ConvStyle::PLAIN,
        }
    }
}

impl fmt::Display for Normalization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Normalization {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        let found = Self::ALL.into_iter().find(|known| known.name() == name);
        found.ok_or_else(|| {
            let known = Self::ALL.map(Self::name).join(", ");
            ModelError::Configuration(format!(
                "no normalization is called '{name}'; known: {known}"
            ))
        })
    }
}

/// What all convolutions of a network have in common.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConvStyle {
    /// Whether convolutions have a bias. Before batch normalization it changes nothing but the
    /// count of parameters; OpenFace's networks have it all the same.
    pub bias: bool,
    /// Epsilon of the batch normalization after every convolution; `None` where there is none.
    pub epsilon: Option<f64>,
}

impl ConvStyle {
    /// A bias and no batch normalization.
    pub const PLAIN: Self = Self {
        bias: true,
        epsilon: None,
    };
    /// Batch normalization instead of a bias, with the epsilon of the Inception networks.
    pub const BATCH_NORM: Self = Self {
        bias: false,
        epsilon: Some(1e-3),
    };
}

//! What one triplet costs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{LossError, name};

const CHOICE: &str = "margin";
const NAMES: &str = "hinge:α, soft, soft-plus:α";

/// The cost of a triplet as a function of its two distances, with d = d_ap − d_an.
///
/// | value | text | cost | source |
/// |---|---|---|---|
/// | `Hinge(α)` | `hinge:0.2` | max(0, d + α) | FaceNet eq. 3 |
/// | `Soft` | `soft` | ln(1 + exp(d)) | Hermans et al. 2017, §2 |
/// | `SoftPlus(α)` | `soft-plus:0.2` | ln(1 + exp(d + α)) | the same, shifted by α |
///
/// α is measured in the units of the [`Distance`](crate::Distance), so 0.2 means something else for squared
/// distances than for plain ones. The slope of the hinge at its kink, d + α = 0, is 0.
///
/// Default: `Hinge(0.2)`, FaceNet §3.3 (also the value of davidsandberg/facenet; pytorch-metric-learning's is 0.05).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Margin {
    /// max(0, d_ap − d_an + α).
    Hinge(f64),
    /// ln(1 + exp(d_ap − d_an)): no margin at which a triplet stops to pull.
    Soft,
    /// ln(1 + exp(d_ap − d_an + α)).
    SoftPlus(f64),
}

name::serde_as_text!(Margin);

impl Margin {
    /// The margin α; 0 for [`Margin::Soft`].
    pub fn alpha(&self) -> f64 {
        match *self {
            Self::Hinge(alpha) | Self::SoftPlus(alpha) => alpha,
            Self::Soft => 0.0,
        }
    }
}

impl Default for Margin {
    fn default() -> Self {
        Self::Hinge(0.2)
    }
}

impl fmt::Display for Margin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hinge(alpha) => write!(f, "hinge:{alpha}"),
            Self::Soft => f.write_str("soft"),
            Self::SoftPlus(alpha) => write!(f, "soft-plus:{alpha}"),
        }
    }
}

impl FromStr for Margin {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match name::split(text) {
            ("hinge", alpha) => name::number(CHOICE, text, alpha, "hinge:0.2").map(Self::Hinge),
            ("soft", None) => Ok(Self::Soft),
            ("soft", Some(_)) => Err(name::bad_parameter(CHOICE, text, "soft")),
            ("soft-plus", alpha) => {
                name::number(CHOICE, text, alpha, "soft-plus:0.2").map(Self::SoftPlus)
            }
            _ => Err(LossError::UnknownName {
                choice: CHOICE,
                given: text.to_owned(),
                expected: NAMES,
            }),
        }
    }
}

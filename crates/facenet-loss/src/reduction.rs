//! How the costs of many triplets become one number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{LossError, name};

const CHOICE: &str = "reduction";
const NAMES: &str = "mean-active, mean-selected, mean-anchors, sum";

/// The divisor of the summed cost of the selected triplets.
///
/// A mean over the active and a mean over all selected triplets differ by any factor on the same batch, and with
/// them the learning rate that fits; so the name says which.
///
/// | value | text | divisor |
/// |---|---|---|
/// | `MeanActive` | `mean-active` | selected triplets with a cost above 0 |
/// | `MeanSelected` | `mean-selected` | selected triplets |
/// | `MeanAnchors` | `mean-anchors` | anchors that have at least one positive and one negative |
/// | `Sum` | `sum` | 1 |
///
/// A divisor of 0 counts as 1, so a batch without triplets costs 0. The divisor is a constant for the gradient.
///
/// Default: `MeanActive` (pytorch-metric-learning's `AvgNonZeroReducer`, TF-addons' batch-all).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Reduction {
    /// Mean over the selected triplets with a cost above 0.
    #[default]
    MeanActive,
    /// Mean over the selected triplets, those that cost nothing included.
    MeanSelected,
    /// Sum over the triplets of each anchor, then the mean over the anchors that have a positive and a negative,
    /// whether the mining rule selected something for them or not.
    MeanAnchors,
    /// Sum.
    Sum,
}

name::serde_as_text!(Reduction);

impl fmt::Display for Reduction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MeanActive => "mean-active",
            Self::MeanSelected => "mean-selected",
            Self::MeanAnchors => "mean-anchors",
            Self::Sum => "sum",
        })
    }
}

impl FromStr for Reduction {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "mean-active" => Ok(Self::MeanActive),
            "mean-selected" => Ok(Self::MeanSelected),
            "mean-anchors" => Ok(Self::MeanAnchors),
            "sum" => Ok(Self::Sum),
            _ => Err(LossError::UnknownName {
                choice: CHOICE,
                given: text.to_owned(),
                expected: NAMES,
            }),
        }
    }
}

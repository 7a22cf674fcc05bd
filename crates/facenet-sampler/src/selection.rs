use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::SamplerError;

/// Which identities an epoch draws, and which of them share a batch.
///
/// | value | text | an epoch |
/// |---|---|---|
/// | `Uniform` | `uniform` | each identity once, in random company |
/// | `ByCount { alpha }` | `by-count`, `by-count:0.5` | an identity of n images in proportion to n^α |
/// | `Hard { group }` | `hard`, `hard:4` | each identity once, in groups of neighbors |
///
/// The text form serves the command line and JSON alike.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum IdentitySelection {
    /// Each identity once an epoch, shuffled.
    #[default]
    Uniform,
    /// Identities in proportion to a power of their images, in as many batches as with `Uniform`.
    ///
    /// Where that makes e appearances an epoch, there are ⌊e⌋ or ⌈e⌉ of them, each with other images;
    /// none is met twice in a batch, so that an identity with more than a P-th of the weight is in
    /// every batch. An identity with e below 1 is left out of some epochs.
    ByCount {
        /// The power, from −8 to 8: 1 shows all images equally often, 0 all identities, and 0.5 lies
        /// between (the exponent smoothing of long-tailed training). Default in text: 1.
        alpha: f64,
    },
    /// Each identity once an epoch, in groups of identities whose centers are near each other: a batch
    /// of P has ⌊P / group⌋ groups and the rest in a smaller one.
    ///
    /// The neighbors come from the last embeddings through
    /// [`PkSampler::epoch_with`](crate::PkSampler::epoch_with); an epoch without them is as with
    /// `Uniform`.
    Hard {
        /// Identities in a group, at least 2; more than P count as P. Default in text: 4.
        group: usize,
    },
}

/// What is offered, for messages.
const NAMES: &str = "uniform, by-count, by-count:0.5, hard, hard:4";

/// The largest power in either direction: n^8 of four billion images is still exact enough.
const LARGEST_POWER: f64 = 8.0;

impl IdentitySelection {
    /// Refuses powers and groups that mean nothing.
    pub(crate) fn validate(self) -> Result<(), SamplerError> {
        match self {
            // NaN is in no range.
            Self::ByCount { alpha } if !(-LARGEST_POWER..=LARGEST_POWER).contains(&alpha) => {
                Err(SamplerError::CountPower { alpha })
            }
            Self::Hard { group } if group < 2 => Err(SamplerError::NeighborGroup { group }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for IdentitySelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uniform => f.write_str("uniform"),
            Self::ByCount { alpha } => write!(f, "by-count:{alpha}"),
            Self::Hard { group } => write!(f, "hard:{group}"),
        }
    }
}

impl FromStr for IdentitySelection {
    type Err = SamplerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || SamplerError::UnknownSelection {
            given: text.to_owned(),
            expected: NAMES,
        };
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name, Some(number)),
            None => (text, None),
        };
        let selection = match (name, number) {
            ("uniform", None) => Self::Uniform,
            ("by-count", None) => Self::ByCount { alpha: 1.0 },
            ("by-count", Some(alpha)) => Self::ByCount {
                alpha: alpha.parse().map_err(|_| unknown())?,
            },
            ("hard", None) => Self::Hard { group: 4 },
            ("hard", Some(group)) => Self::Hard {
                group: group.parse().map_err(|_| unknown())?,
            },
            _ => return Err(unknown()),
        };
        selection.validate()?;
        Ok(selection)
    }
}

impl From<IdentitySelection> for String {
    fn from(selection: IdentitySelection) -> Self {
        selection.to_string()
    }
}

impl TryFrom<String> for IdentitySelection {
    type Error = SamplerError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

//! Which triplets of a batch are trained on.

mod mask;
mod negative;
mod pairs;
mod pick;
mod positive;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use pick::Pick;
pub(crate) use {mask::any, mask::count, pairs::Pairs, positive::Positive};

use crate::{LossError, name};

const CHOICE: &str = "mining rule";
const NAMES: &str = "batch-all, batch-hard, semi-hard, semi-hard-nearest, semi-hard-random:SEED, \
     nearest-farther, violators, violators-nearest, violators-random:SEED, hardest-negative";

/// Which triplets (anchor a, positive p, negative n) of a batch are selected.
///
/// d_ap and d_an are the distances of the pair and α is the margin's. Ties go to the lowest index, on every backend.
///
/// | value | text | selects |
/// |---|---|---|
/// | `BatchAll` | `batch-all` | every valid (a, p, n) |
/// | `BatchHard` | `batch-hard` | for each a: its farthest p and its nearest n |
/// | `SemiHardBand(All)` | `semi-hard` | for each (a, p): every n with d_ap < d_an < d_ap + α, both strict |
/// | `SemiHardBand(Nearest)` | `semi-hard-nearest` | for each (a, p): the nearest of these |
/// | `SemiHardBand(Random(s))` | `semi-hard-random:s` | for each (a, p): a random one of these |
/// | `NearestFarther` | `nearest-farther` | for each (a, p): the nearest n with d_an > d_ap; where none is, the farthest n |
/// | `Violators(All)` | `violators` | for each (a, p): every n with d_an < d_ap + α |
/// | `Violators(Nearest)` | `violators-nearest` | for each (a, p): the nearest of these |
/// | `Violators(Random(s))` | `violators-random:s` | for each (a, p): a random one of these |
/// | `HardestNegative` | `hardest-negative` | for each (a, p): the nearest n |
///
/// α is added to d_ap in the precision of the distances before anything is compared, so what the band and the
/// violators select under a hinge is exactly what costs something.
///
/// Default: `SemiHardBand(Pick::All)`, FaceNet §3.2 with eq. 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Mining {
    /// Every valid triplet.
    BatchAll,
    /// For each anchor, the farthest positive and the nearest negative (Hermans et al. 2017, eq. 5).
    BatchHard,
    /// For each (a, p), negatives with d_ap < d_an < d_ap + α (FaceNet §3.2).
    SemiHardBand(Pick),
    /// For each (a, p), the nearest negative with d_an > d_ap and no upper bound; where none is, the farthest
    /// negative. TF-addons and sentence-transformers call this rule semi-hard.
    NearestFarther,
    /// For each (a, p), negatives with d_an < d_ap + α, those nearer than the positive included (davidsandberg/facenet
    /// picks one at random).
    Violators(Pick),
    /// For each (a, p), the nearest negative: FaceNet §3.2, all positive pairs with hard negatives.
    HardestNegative,
}

name::serde_as_text!(Mining);

impl Mining {
    /// Whether the rule looks for a band of width α, which a margin of 0 leaves empty.
    pub(crate) fn needs_alpha(&self) -> bool {
        matches!(self, Self::SemiHardBand(_))
    }
}

impl Default for Mining {
    fn default() -> Self {
        Self::SemiHardBand(Pick::All)
    }
}

impl fmt::Display for Mining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rule, pick) = match self {
            Self::BatchAll => ("batch-all", Pick::All),
            Self::BatchHard => ("batch-hard", Pick::All),
            Self::SemiHardBand(pick) => ("semi-hard", *pick),
            Self::NearestFarther => ("nearest-farther", Pick::All),
            Self::Violators(pick) => ("violators", *pick),
            Self::HardestNegative => ("hardest-negative", Pick::All),
        };
        match pick {
            Pick::All => f.write_str(rule),
            Pick::Nearest => write!(f, "{rule}-nearest"),
            Pick::Random(seed) => write!(f, "{rule}-random:{seed}"),
        }
    }
}

impl FromStr for Mining {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rule, seed) = name::split(text);
        let random = |expected| name::number(CHOICE, text, seed, expected).map(Pick::Random);
        let mining = match rule {
            "semi-hard-random" => return random("semi-hard-random:SEED").map(Self::SemiHardBand),
            "violators-random" => return random("violators-random:SEED").map(Self::Violators),
            "batch-all" => Self::BatchAll,
            "batch-hard" => Self::BatchHard,
            "semi-hard" => Self::SemiHardBand(Pick::All),
            "semi-hard-nearest" => Self::SemiHardBand(Pick::Nearest),
            "nearest-farther" => Self::NearestFarther,
            "violators" => Self::Violators(Pick::All),
            "violators-nearest" => Self::Violators(Pick::Nearest),
            "hardest-negative" => Self::HardestNegative,
            _ => {
                return Err(LossError::UnknownName {
                    choice: CHOICE,
                    given: text.to_owned(),
                    expected: NAMES,
                });
            }
        };
        match seed {
            None => Ok(mining),
            Some(_) => Err(name::bad_parameter(CHOICE, text, rule)),
        }
    }
}

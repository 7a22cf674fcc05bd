//! Which triplets of a batch are trained on.

mod pick;
mod plan;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use pick::Pick;
pub(crate) use pick::draw;
pub(crate) use plan::{Choice, Eligible, Plan, Positives, Weighting};

use crate::{LossError, name};

const CHOICE: &str = "mining rule";
const NAMES: &str = "batch-all, batch-hard, semi-hard, semi-hard-nearest, semi-hard-random:SEED, \
     nearest-farther, violators, violators-nearest, violators-random:SEED, hardest-negative, \
     combined:POSITIVE/NEGATIVE, distance-weighted:SEED";
const HARDNESS: &str = "hardness";
const HARDNESSES: &str = "easy, semi-hard, hard";

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
/// | `Combined { positive, negative }` | `combined:easy/semi-hard` | for each a: one p and one n by their [`Hardness`] |
/// | `DistanceWeighted { seed: s }` | `distance-weighted:s` | for each (a, p): a random n, with a probability ∝ 1/q(d_an) |
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
    /// For each anchor, one positive and one negative (pytorch-metric-learning's `BatchEasyHardMiner`; easy positives
    /// are those of Xuan et al. 2020). `Hard` with `Hard` is [`BatchHard`](Self::BatchHard).
    Combined {
        /// Which positive.
        positive: Hardness,
        /// Which negative.
        negative: Hardness,
    },
    /// For each (a, p), a random negative with a probability in proportion to 1/q(d_an), where q is the density of the
    /// distance between two random points of the sphere (Wu et al. 2017, §4): near and far negatives come up alike.
    ///
    /// Meant for embeddings of unit length, whatever the [`Distance`](crate::Distance) is: q is that of their euclidean
    /// distance. As in the paper's code distances below 0.5 count as 0.5, and negatives from 1.4 on are left out. The
    /// draw is a function of the seed, the anchor's index and the positive's rank, as with [`Pick::Random`].
    DistanceWeighted {
        /// Changes the draw.
        seed: u64,
    },
}

/// How hard a positive or a negative of [`Mining::Combined`] is for its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hardness {
    /// The nearest positive; the farthest negative.
    Easy,
    /// The farthest positive that is nearer than the negative; the nearest negative that is farther than the positive.
    /// Where there is none, the anchor is left out.
    SemiHard,
    /// The farthest positive; the nearest negative.
    Hard,
}

name::serde_as_text!(Mining);

impl Mining {
    /// Whether the rule looks for a band of width α, which a margin of 0 leaves empty.
    pub(crate) fn needs_alpha(&self) -> bool {
        matches!(self, Self::SemiHardBand(_))
    }

    /// Whether positive and negative would be chosen by each other.
    pub(crate) fn has_no_beginning(&self) -> bool {
        matches!(
            self,
            Self::Combined {
                positive: Hardness::SemiHard,
                negative: Hardness::SemiHard,
            }
        )
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
            Self::Combined { positive, negative } => {
                return write!(f, "combined:{positive}/{negative}");
            }
            Self::DistanceWeighted { seed } => return write!(f, "distance-weighted:{seed}"),
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
            "distance-weighted" => {
                return name::number(CHOICE, text, seed, "distance-weighted:SEED")
                    .map(|seed| Self::DistanceWeighted { seed });
            }
            "combined" => {
                let Some((positive, negative)) = seed.and_then(|pair| pair.split_once('/')) else {
                    return Err(name::bad_parameter(
                        CHOICE,
                        text,
                        "combined:POSITIVE/NEGATIVE",
                    ));
                };
                return Ok(Self::Combined {
                    positive: positive.parse()?,
                    negative: negative.parse()?,
                });
            }
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

impl fmt::Display for Hardness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Easy => "easy",
            Self::SemiHard => "semi-hard",
            Self::Hard => "hard",
        })
    }
}

impl FromStr for Hardness {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "easy" => Ok(Self::Easy),
            "semi-hard" => Ok(Self::SemiHard),
            "hard" => Ok(Self::Hard),
            _ => Err(LossError::UnknownName {
                choice: HARDNESS,
                given: text.to_owned(),
                expected: HARDNESSES,
            }),
        }
    }
}

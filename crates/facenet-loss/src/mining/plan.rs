//! A rule taken apart into what every implementation can follow.

use super::{Hardness, Mining, Pick};
use crate::Distance;

/// The positives of an anchor that a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Positives {
    /// All of them, in the order of their index.
    All,
    /// The nearest one.
    Nearest,
    /// The farthest one.
    Farthest,
    /// The farthest one of those that are nearer than the negative, which is chosen first.
    FarthestNearer,
}

/// The negatives of an (anchor, positive) pair that a rule may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Eligible {
    /// All of them.
    Every,
    /// d_an > d_ap.
    Farther,
    /// d_ap < d_an < d_ap + α.
    Band,
    /// d_an < d_ap + α.
    Violating,
}

/// What a rule takes of the eligible negatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Choice {
    /// All.
    All,
    /// The nearest.
    Nearest,
    /// The farthest.
    Farthest,
    /// The nearest; where none is eligible, the farthest of all negatives.
    NearestElseFarthest,
    /// One, with the same probability each.
    Random(u64),
    /// One, with the probability of [`Weighting`].
    Weighted(u64),
}

/// A rule as three choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Plan {
    pub(crate) positives: Positives,
    pub(crate) eligible: Eligible,
    pub(crate) choice: Choice,
}

impl Mining {
    /// The rule as a plan.
    pub(crate) fn plan(&self) -> Plan {
        let plan = |positives, eligible, choice| Plan {
            positives,
            eligible,
            choice,
        };
        let picked = |eligible, pick| {
            let choice = match pick {
                Pick::All => Choice::All,
                Pick::Nearest => Choice::Nearest,
                Pick::Random(seed) => Choice::Random(seed),
            };
            plan(Positives::All, eligible, choice)
        };
        match *self {
            Self::BatchAll => picked(Eligible::Every, Pick::All),
            Self::HardestNegative => picked(Eligible::Every, Pick::Nearest),
            Self::SemiHardBand(pick) => picked(Eligible::Band, pick),
            Self::Violators(pick) => picked(Eligible::Violating, pick),
            Self::NearestFarther => plan(
                Positives::All,
                Eligible::Farther,
                Choice::NearestElseFarthest,
            ),
            Self::BatchHard => plan(Positives::Farthest, Eligible::Every, Choice::Nearest),
            Self::Combined { positive, negative } => {
                let positives = match positive {
                    Hardness::Easy => Positives::Nearest,
                    Hardness::SemiHard => Positives::FarthestNearer,
                    Hardness::Hard => Positives::Farthest,
                };
                match negative {
                    Hardness::Easy => plan(positives, Eligible::Every, Choice::Farthest),
                    Hardness::SemiHard => plan(positives, Eligible::Farther, Choice::Nearest),
                    Hardness::Hard => plan(positives, Eligible::Every, Choice::Nearest),
                }
            }
            Self::DistanceWeighted { seed } => {
                plan(Positives::All, Eligible::Every, Choice::Weighted(seed))
            }
        }
    }
}

/// The draw of distance-weighted mining: weights that are whole numbers, the same on every device.
///
/// On a sphere in n dimensions the distance d between two random points has the density
/// q(d) ∝ dⁿ⁻² (1 − d²/4)^((n−3)/2); a negative gets the weight 1/q(d), in parts of the largest of its row. Logarithms and
/// powers differ in their last digits from device to device, and with them a draw; so they are looked up: distances fall
/// into [`BINS`](Self::BINS) bins, each with log₂ of its weight in steps of 1/256.
#[derive(Debug, Clone)]
pub(crate) struct Weighting {
    /// Bins for each unit of the distance.
    pub(crate) scale: f32,
    /// Of each bin, log₂(1/q) in steps of 1/256.
    pub(crate) levels: Vec<i32>,
    /// Of each number of steps below the highest level of a row, the weight; 0 from the end on. The weights of a row add
    /// up to 2²⁴ at most, which f32 counts exactly.
    pub(crate) parts: Vec<u32>,
}

impl Weighting {
    const BINS: usize = 8192;
    const STEPS: f64 = 256.0;
    /// Shorter distances count as this long: 1/q has no bound towards 0 (Wu et al. 2017, §4, and their code).
    const NEAREST: f64 = 0.5;
    /// Negatives from this distance on are left out: they would cost nothing (their code).
    const FARTHEST: f64 = 1.4;

    /// The tables for distances of a kind between embeddings of `dim` dimensions.
    pub(crate) fn new(kind: Distance, dim: usize, candidates: usize) -> Self {
        let end = match kind {
            Distance::SquaredEuclidean => Self::FARTHEST * Self::FARTHEST,
            Distance::Euclidean => Self::FARTHEST,
            Distance::Cosine => Self::FARTHEST * Self::FARTHEST / 2.0,
        };
        let dim = dim as f64;
        let level = |bin: usize| {
            let distance = end * (bin as f64 + 0.5) / Self::BINS as f64;
            let square = match kind {
                Distance::SquaredEuclidean => distance,
                Distance::Euclidean => distance * distance,
                Distance::Cosine => 2.0 * distance,
            };
            let square = square.max(Self::NEAREST * Self::NEAREST);
            let log2 =
                (2.0 - dim) / 2.0 * square.log2() + (3.0 - dim) / 2.0 * (1.0 - square / 4.0).log2();
            (log2 * Self::STEPS).round() as i32
        };
        let most = ((1usize << 24) / candidates.max(1)).max(1) as f64;
        let part = |steps: usize| (most * (-(steps as f64) / Self::STEPS).exp2()).floor() as u32;
        Self {
            scale: (Self::BINS as f64 / end) as f32,
            levels: (0..Self::BINS).map(level).collect(),
            parts: (0..).map(part).take_while(|&part| part > 0).collect(),
        }
    }
}

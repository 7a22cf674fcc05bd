//! The errors of this crate.

use thiserror::Error;

/// What can be wrong with a configuration or a batch that comes from outside.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum LossError {
    /// A name of a rule, as typed on a command line or kept in a configuration file, is not known.
    #[error("unknown {choice} `{given}`, expected one of: {expected}")]
    UnknownName {
        /// Which of the four choices was being read.
        choice: &'static str,
        /// What was given.
        given: String,
        /// The names that exist.
        expected: &'static str,
    },

    /// A name takes a number behind a colon, and the number is missing, not needed or unreadable.
    #[error("{choice} `{given}` cannot be read, expected `{expected}`")]
    BadParameter {
        /// Which of the four choices was being read.
        choice: &'static str,
        /// What was given.
        given: String,
        /// The form that this name takes.
        expected: String,
    },

    /// The margin α is negative, infinite or not a number.
    #[error("margin {given} is not a finite number of at least 0")]
    BadMargin {
        /// The α that was given.
        given: f64,
    },

    /// A hinge with α = 0 costs nothing where all embeddings are one point.
    #[error(
        "margin hinge:0 is at its least where all embeddings are the same: use hinge:α with α > 0, or soft"
    )]
    ZeroHinge,

    /// α is wider than any difference of two distances.
    #[error(
        "margin {margin} for cosine distances, which lie between 0 and 2: no triplet could keep it; 0.1 is what 0.2 is \
         for squared euclidean distances of unit vectors"
    )]
    MarginBeyondCosine {
        /// The margin.
        margin: String,
    },

    /// Positive and negative of a combined rule would be chosen by each other.
    #[error(
        "mining {mining} chooses the positive by the negative and the negative by the positive: one of them has to be \
         easy or hard"
    )]
    BothSemiHard {
        /// The mining rule.
        mining: String,
    },

    /// A list of triplets would be longer than the caller wants.
    #[error(
        "mining {mining} selects {selected} triplets of this batch, more than the {most} that may be listed"
    )]
    TooManyTriplets {
        /// The mining rule.
        mining: String,
        /// How many triplets the rule selects.
        selected: u64,
        /// How many may be listed.
        most: u64,
    },

    /// The semi-hard band is empty for every batch, because the margin α is 0.
    #[error(
        "mining {mining} keeps the negatives with d_ap < d_an < d_ap + α, and margin {margin} has α = 0: \
         no triplet can ever be selected; use hinge:α or soft-plus:α with α > 0, or another mining rule"
    )]
    EmptyBand {
        /// The mining rule.
        mining: String,
        /// The margin.
        margin: String,
    },

    /// Embeddings hold NaN or an infinity.
    #[error("{rows} of {batch} embeddings hold NaN or an infinity, the first is row {first}")]
    NonFinite {
        /// How many rows are not finite.
        rows: usize,
        /// How many rows there are.
        batch: usize,
        /// The lowest row that is not finite.
        first: usize,
    },
}

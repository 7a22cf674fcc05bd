//! Verification over all pairs of a large set, exact and without the list of pairs.
//!
//! Five billion distances do not fit into memory, and sorting them would take longer than computing
//! them. What the report needs are a few order statistics. So:
//!
//! 1. `sample` estimates from some million pairs where they lie, with an interval around each.
//! 2. `pass` goes over all tiles once. It counts all distances in a histogram, and keeps those that fall
//!    into the intervals, with those of the genuine pairs, which are few.
//! 3. `histogram` answers from counts and kept distances, exactly, or names the bins that it would have to
//!    know better. Then another pass looks into these: where the estimate was wrong, or so many distances
//!    are equal that they cannot be kept.
//!
//! The estimate decides how many passes are needed, never what comes out.

mod bins;
mod brackets;
mod histogram;
mod pairs;
mod pass;
mod protocol;
mod report;
mod sample;
mod splits;

pub use protocol::{AllPairsProgress, AllPairsProtocol};
pub use report::{AllPairsReport, Bounds};
pub use splits::{AllPairsSplits, identity_splits};

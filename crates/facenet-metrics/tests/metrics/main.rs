//! The evaluations as a user calls them: against brute force, against other libraries, at their edges.

mod all_pairs;
mod calibration;
mod cluster_algorithms;
mod clustering;
mod det;
mod distance;
mod golden;
mod identification;
mod lfw;
mod neighbors;
mod open_set;
mod peers;
#[cfg(feature = "plot")]
mod plot;
mod retrieval;
mod threshold;
mod uncertainty;
mod verification;
mod videos;

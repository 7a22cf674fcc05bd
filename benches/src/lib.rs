//! What the benchmarks share: options, timing, the table, the JSON file.
//!
//! A benchmark is a program with cases. [`benchmark`] reads the options, opens the device and hands
//! over a [`Session`]; [`Session::case`] warms up, times, prints a row and keeps the numbers:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use facenet_benches::{Case, benchmark};
//! use facenet_core::prelude::*;
//!
//! fn main() -> ExitCode {
//!     benchmark("products", |session| {
//!         let case = Case::new("square/256").throughput(2.0 * 256f64.powi(3) / 1e9, "GFLOP/s");
//!         session.case(case, |device| {
//!             let x = Tensor::<2>::random([256, 256], Distribution::Default, device);
//!             Ok(move || vec![x.clone().matmul(x.clone())])
//!         })?;
//!         Ok(())
//!     })
//! }
//! ```
//!
//! A run's clock stops when the device has finished, and what a case computes is looked at once: numbers
//! that are not finite are an error, not a fast benchmark.
//!
//! With `--peer`, a case that has a [peer request](Case::peer) is measured with another library right
//! after ours.

mod case;
mod inputs;
mod machine;
mod memory;
mod options;
mod outcome;
mod peer;
mod report;
mod runs;
mod session;
mod statistics;
mod table;

pub use case::Case;
pub use inputs::{clustered_embeddings, gathered_embeddings, labels, noise_pixels};
pub use machine::Machine;
pub use memory::PeakScope;
pub use options::Options;
pub use outcome::{Failure, benchmark};
pub use peer::Announcement;
pub use report::{CaseReport, Commit, PeerReport, Ratio, Report, Throughput};
pub use session::Session;
pub use statistics::Statistics;

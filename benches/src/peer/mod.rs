//! Another library that does the same work, in the same run on the same machine.
//!
//! `--peer PYTHON` starts `peers/BENCHMARK.py` once. The two talk in JSON objects, one a line:
//!
//! ```text
//! worker     {"torch": "2.9.1", "threads": 2, "device": "cpu"}     once: what it is
//! benchmark  {"network": "nns2", …, "warmup": 3, "runs": 15}       a case
//! worker     {"times_s": [0.0123, …],                              the time of every run
//!             "peak_mib": 310.5, "extra_mib": 42.2}                and what memory it took
//!         or {"no_peer": "why"}                                    the peer has nothing like it
//!         or {"error": "why"}                                      it went wrong
//! ```
//!
//! A case with a limit has `seconds` too: warm-up and timed runs each end once they have taken so long, but
//! for the first to warm up and the first three to be timed. What else a case says is between the
//! benchmark's program and its script.

mod device;
mod message;
mod worker;

pub use message::Announcement;

pub(crate) use device::peer_device;
pub(crate) use message::{Answer, Request};
pub(crate) use worker::Worker;

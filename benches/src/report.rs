//! What a benchmark found, as its JSON file has it.

use std::path::Path;
use std::process::Command;

use serde::Serialize;

use crate::peer::Announcement;
use crate::{Machine, PeakScope, Statistics};

/// All numbers of a benchmark, and what they were measured on.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the benchmark.
    pub benchmark: &'static str,
    /// Version of the packages of this repository.
    pub version: &'static str,
    /// The arguments that it was run with.
    pub arguments: Vec<String>,
    /// The commit, where git tells it.
    pub commit: Option<Commit>,
    /// The machine.
    pub machine: Machine,
    /// Name of the device, as `--device` takes it.
    pub device: String,
    /// Whether this is a `--quick` run, whose numbers say little.
    pub quick: bool,
    /// Runs before the first timed one, at most where a case has a limit.
    pub warmup: u32,
    /// Since when the peaks of memory count.
    pub peak_scope: Option<PeakScope>,
    /// What the peer said about itself, where there is one.
    pub peer: Option<Announcement>,
    /// The cases, in the order in which they were measured.
    pub cases: Vec<CaseReport>,
}

/// The numbers of one case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    /// Its name.
    pub name: String,
    /// Of the times of all runs.
    #[serde(flatten)]
    pub statistics: Statistics,
    /// Time of every run in seconds, in the order of the runs.
    pub times_s: Vec<f64>,
    /// How much got done in a second.
    pub throughput: Option<Throughput>,
    /// How the time compares with that of another case.
    pub ratio: Option<Ratio>,
    /// Peak resident memory of the process in bytes; the memory of a GPU is not in it.
    pub peak_resident_bytes: Option<u64>,
    /// What of that the runs added to what was resident before the first, when the inputs were made.
    pub extra_resident_bytes: Option<u64>,
    /// The peer's numbers for the same work, where it was asked for them.
    pub peer: Option<PeerReport>,
}

/// What a peer made of a case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PeerReport {
    /// It measured it.
    Measured {
        /// Of the times of all runs.
        #[serde(flatten)]
        statistics: Statistics,
        /// Time of every run in seconds, in the order of the runs.
        times_s: Vec<f64>,
        /// Its median over ours: above 1 where we are faster.
        versus: f64,
        /// Peak resident memory of its process in MiB, where it knows.
        peak_mib: Option<f64>,
        /// What of that its runs added, in MiB, where it knows.
        extra_mib: Option<f64>,
    },
    /// It has nothing to set beside it.
    NoPeer {
        /// Why.
        no_peer: String,
    },
}

/// A rate at the median time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Throughput {
    /// The rate.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
}

/// The median time as a multiple of another case's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// The multiple.
    pub value: f64,
    /// Name of the other case.
    pub of: String,
}

/// The commit that is checked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Commit {
    /// Its hash.
    pub hash: String,
    /// Whether tracked files differ from it; then the numbers are not those of the commit.
    pub changed: Option<bool>,
}

impl Commit {
    /// That of this repository, where there is git and a repository.
    pub fn checked_out() -> Option<Self> {
        Some(Self {
            hash: git(&["rev-parse", "HEAD"]).filter(|hash| !hash.is_empty())?,
            changed: git(&["status", "--porcelain", "--untracked-files=no"])
                .map(|changes| !changes.is_empty()),
        })
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{CaseReport, PeerReport, Ratio, Throughput};
    use crate::Statistics;

    #[test]
    fn the_file_has_units_in_its_names_and_every_run() {
        let times_s = vec![0.5, 0.25, 0.75];
        let case = CaseReport {
            name: "nns2/forward".to_owned(),
            statistics: Statistics::of(&times_s).unwrap(),
            times_s,
            throughput: Some(Throughput {
                value: 16.0,
                unit: "images/s",
            }),
            ratio: Some(Ratio {
                value: 2.0,
                of: "products".to_owned(),
            }),
            peak_resident_bytes: Some(4096),
            extra_resident_bytes: None,
            peer: Some(PeerReport::Measured {
                statistics: Statistics::of(&[1.0]).unwrap(),
                times_s: vec![1.0],
                versus: 2.0,
                peak_mib: Some(310.5),
                extra_mib: Some(42.25),
            }),
        };
        let json = serde_json::to_value(&case).unwrap();
        let expected = serde_json::json!({
            "name": "nns2/forward",
            "median_s": 0.5, "min_s": 0.25, "max_s": 0.75, "mad_s": 0.25,
            "times_s": [0.5, 0.25, 0.75],
            "throughput": { "value": 16.0, "unit": "images/s" },
            "ratio": { "value": 2.0, "of": "products" },
            "peak_resident_bytes": 4096,
            "extra_resident_bytes": null,
            "peer": {
                "median_s": 1.0, "min_s": 1.0, "max_s": 1.0, "mad_s": 0.0,
                "times_s": [1.0],
                "versus": 2.0,
                "peak_mib": 310.5,
                "extra_mib": 42.25,
            },
        });
        assert_eq!(json, expected);
        let none = PeerReport::NoPeer {
            no_peer: "nothing like it".to_owned(),
        };
        assert_eq!(
            serde_json::to_value(none).unwrap(),
            serde_json::json!({ "no_peer": "nothing like it" })
        );
    }
}

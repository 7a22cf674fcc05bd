//! The programs of the guide, as whole processes: what they print, the figures that they write, how long they take.
//!
//! `cargo build --release --examples && cargo bench --workspace --bench programs -- --json "$PWD/programs.json"`
//!
//! All but `quickstart` need photographs and weights: the folder `FACENET_SHARED`, by default `../shared`.

#![allow(clippy::print_stderr, reason = "programs tell people why they failed")]

use std::collections::BTreeMap;
use std::fs;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Parser;
use facenet_benches::{Commit, Failure, Machine};
use facenet_core::prelude::*;
use serde::Serialize;
use serde_json::Value;

/// A file or folder of the shared data.
const SHARED: &str = "shared:";
/// A file or folder that the program writes.
const WRITTEN: &str = "written:";

/// The weights of the published network.
const PUBLISHED: &str =
    "--model inception-resnet-v1 --weights shared:weights/inception_resnet_v1_vggface2.safetensors";
/// Faces of LFW as that network's authors cut them out.
const LFW: &str = "--lfw shared:data/lfw --boxes shared:data/lfw/mtcnn.csv";

/// A run: its name, what is typed, in parts, and the JSON files that it writes.
struct Example {
    name: &'static str,
    words: &'static [&'static str],
    writes: &'static [&'static str],
}

const EXAMPLES: &[Example] = &[
    Example {
        name: "quickstart",
        words: &["quickstart --run written:run"],
        writes: &["run/metrics.json"],
    },
    Example {
        name: "lfw",
        words: &[
            "evaluate",
            PUBLISHED,
            LFW,
            "--fars 1e-1,1e-2,1e-3 --json written:lfw.json",
        ],
        writes: &["lfw.json"],
    },
    Example {
        name: "lfw-angle",
        words: &[
            "evaluate",
            PUBLISHED,
            LFW,
            "--fars 1e-1,1e-2,1e-3 --flip concat --distance angle --subtract-mean --json written:lfw.json",
        ],
        writes: &["lfw.json"],
    },
    Example {
        name: "lfw-sweeps",
        words: &[
            "evaluate",
            PUBLISHED,
            LFW,
            "--fars 1e-1,1e-2,1e-3 --sweep jpeg=10,30,70 --sweep bits=8,4 --json written:lfw.json",
        ],
        writes: &["lfw.json"],
    },
    Example {
        name: "identify",
        words: &[
            "identify",
            PUBLISHED,
            "--gallery shared:data/orl --json written:identify.json",
        ],
        writes: &["identify.json"],
    },
    Example {
        name: "cluster",
        words: &[
            "cluster",
            PUBLISHED,
            "--images shared:data/orl --algorithm average --threshold 1.0",
        ],
        writes: &[],
    },
    Example {
        name: "celeba",
        words: &[
            "train --data shared:data/celeba",
            LFW,
            "--input-size 64x64 --crop 0.65..0.95 --mining batch-all --learning-rate 3e-3 --weight-decay 0.05",
            "--epochs 600 --evaluate-every 50 --checkpoint-every 25 --run written:run",
        ],
        writes: &["run/baselines.json", "run/metrics.json"],
    },
];

/// Runs the programs of the guide and keeps what they say
#[derive(Parser)]
struct Arguments {
    /// Only runs with TEXT in their names
    #[arg(long, value_name = "TEXT", default_value = "")]
    filter: String,
    /// Writes machine, commit, what was printed and what the programs wrote to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What `cargo bench` passes to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Report {
    benchmark: &'static str,
    version: &'static str,
    commit: Option<Commit>,
    machine: Machine,
    device: &'static str,
    runs: Vec<Run>,
}

/// One program that was run.
#[derive(Serialize)]
struct Run {
    name: &'static str,
    /// As somebody would type it.
    command: String,
    seconds: f64,
    /// The lines on standard output.
    output: Vec<String>,
    /// The JSON files that it wrote, by their names.
    files: BTreeMap<String, Value>,
}

fn main() -> ExitCode {
    match programs(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn programs(arguments: &Arguments) -> Result<(), Failure> {
    let wanted: Vec<_> = EXAMPLES
        .iter()
        .filter(|example| example.name.contains(&arguments.filter))
        .collect();
    if wanted.is_empty() {
        return Err(format!("no run has '{}' in its name", arguments.filter).into());
    }
    let mut report = Report {
        benchmark: "programs",
        version: env!("CARGO_PKG_VERSION"),
        commit: Commit::checked_out(),
        machine: Machine::this(&Device::flex()),
        device: "flex",
        runs: Vec::new(),
    };
    for example in wanted {
        let run = example
            .run()
            .map_err(|failure| format!("{}: {failure}", example.name))?;
        let mut out = stdout().lock();
        writeln!(out, "{}: {:.1} s: {}", run.name, run.seconds, run.command)?;
        for line in &run.output {
            writeln!(out, "    {line}")?;
        }
        report.runs.push(run);
    }
    if let Some(path) = &arguments.json {
        fs::write(path, serde_json::to_string_pretty(&report)? + "\n")
            .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    }
    Ok(())
}

impl Example {
    fn run(&self) -> Result<Run, Failure> {
        let folder = tempfile::tempdir()?;
        let shared = shared();
        let mut words = self.words.iter().flat_map(|words| words.split(' '));
        let program = words.next().unwrap_or_default();
        let mut command = Command::new(built(program)?);
        let mut typed = format!("cargo run --release --example {program} --");
        for word in words {
            let (argument, shown) = if let Some(path) = word.strip_prefix(SHARED) {
                (shared.join(path), path.rsplit('/').next().unwrap_or(path))
            } else if let Some(path) = word.strip_prefix(WRITTEN) {
                (folder.path().join(path), path)
            } else {
                (word.into(), word)
            };
            command.arg(argument);
            typed = format!("{typed} {shown}");
        }
        let started = Instant::now();
        let output = command.stderr(Stdio::inherit()).output()?;
        let seconds = started.elapsed().as_secs_f64();
        if !output.status.success() {
            return Err(format!("{typed}: {}", output.status).into());
        }
        // Where it writes is a folder that nobody else has.
        let text =
            String::from_utf8(output.stdout)?.replace(&format!("{}/", folder.path().display()), "");
        let mut files = BTreeMap::new();
        for file in self.writes {
            let path = folder.path().join(file);
            let bytes = fs::read(&path).map_err(|error| format!("{file}: {error}"))?;
            files.insert((*file).to_owned(), serde_json::from_slice(&bytes)?);
        }
        Ok(Run {
            name: self.name,
            command: typed,
            seconds,
            output: text.lines().map(str::to_owned).collect(),
            files,
        })
    }
}

/// The program that Cargo has built beside this one.
fn built(program: &str) -> Result<PathBuf, Failure> {
    let this = std::env::current_exe()?;
    let profile = this.parent().and_then(Path::parent);
    let path = profile
        .unwrap_or(Path::new("."))
        .join("examples")
        .join(program);
    match path.is_file() {
        true => Ok(path),
        false => Err(format!(
            "{}: expected the program; `cargo build --release --examples` makes it",
            path.display()
        )
        .into()),
    }
}

fn shared() -> PathBuf {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    repository.join(std::env::var_os("FACENET_SHARED").unwrap_or_else(|| "../shared".into()))
}

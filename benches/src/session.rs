use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Write, stdout};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use facenet_core::prelude::*;
use serde_json::Value;

use crate::memory::{Gauge, PeakScope};
use crate::peer::{Answer, Request, Worker, peer_device};
use crate::report::{CaseReport, Commit, PeerReport, Ratio, Report, Throughput};
use crate::runs::Runs;
use crate::{Case, Failure, Machine, Options, Statistics, table};

/// A benchmark that runs: the device, the options and what has been measured.
pub struct Session {
    options: Options,
    device: Device,
    peer: Option<Worker>,
    report: Report,
    seen: usize,
}

impl Session {
    /// Opens the device and prints what is measured on what.
    pub(crate) fn new(benchmark: &'static str, options: Options) -> Result<Self, Failure> {
        let device = options.device.open()?;
        if let Some(path) = &options.json {
            // Now, not after minutes of measuring.
            File::options()
                .append(true)
                .create(true)
                .open(path)
                .map_err(|error| cannot_write(path, &error))?;
        }
        let machine = Machine::this(&device);
        let peer = start_peer(benchmark, &options, machine.cores)?;
        let report = Report {
            benchmark,
            version: env!("CARGO_PKG_VERSION"),
            // Cargo adds `--bench` of its own.
            arguments: std::env::args()
                .skip(1)
                .filter(|argument| argument != "--bench")
                .collect(),
            commit: Commit::checked_out(),
            machine,
            device: options.device.to_string(),
            quick: options.quick,
            warmup: options.warmup(),
            peak_scope: None,
            peer: peer.as_ref().map(|worker| worker.announcement().clone()),
            cases: Vec::new(),
        };
        let mut out = stdout().lock();
        writeln!(out, "{}", table::title(&report))?;
        writeln!(out, "{}", table::header(peer.is_some()))?;
        Ok(Self {
            options,
            device,
            peer,
            report,
            seen: 0,
        })
    }

    /// The options that the program was called with.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Measures a case, unless the filter leaves it out, and gives its median time in seconds.
    ///
    /// Where there is a peer and the case has a request for it, the peer's runs follow ours.
    ///
    /// `setup` makes the inputs on the device and returns one run. What the run returns is kept until the
    /// device has finished, so that nothing can be left out, and is checked once: there must be something,
    /// and all numbers must be finite.
    ///
    /// # Errors
    ///
    /// `setup` fails, the device or the peer does, or the result is not as above.
    pub fn case<W>(
        &mut self,
        case: Case,
        setup: impl FnOnce(&Device) -> Result<W, Failure>,
    ) -> Result<Option<f64>, Failure>
    where
        W: FnMut() -> Vec<Tensor<2>>,
    {
        self.seen += 1;
        if !self.options.wants(&case.name) {
            return Ok(None);
        }
        self.measure(case, setup).map(Some)
    }

    /// As [`case`](Self::case), but no filter leaves it out: for a baseline of cases that are measured.
    ///
    /// # Errors
    ///
    /// As [`case`](Self::case).
    pub fn measure<W>(
        &mut self,
        case: Case,
        setup: impl FnOnce(&Device) -> Result<W, Failure>,
    ) -> Result<f64, Failure>
    where
        W: FnMut() -> Vec<Tensor<2>>,
    {
        let failed = |failure: Failure| -> Failure { format!("{}: {failure}", case.name).into() };
        let runs = self.options.runs_within(case.seconds);
        let mut memory = Gauge::start();
        let work = setup(&self.device).map_err(failed)?;
        sync(&self.device).map_err(failed)?;
        memory.runs_begin();
        let (times_s, results) = times(runs, &self.device, work).map_err(failed)?;
        let memory = memory.read();
        check(&results).map_err(failed)?;
        drop(results);
        self.report.peak_scope = memory.scope;
        let statistics = Statistics::of(&times_s).ok_or("no runs")?;
        let seconds = statistics.median;
        let report = CaseReport {
            statistics,
            times_s,
            throughput: case.work.map(|(amount, unit)| Throughput {
                value: amount / seconds,
                unit,
            }),
            ratio: case.baseline.map(|(of, baseline)| Ratio {
                value: seconds / baseline,
                of,
            }),
            peak_resident_bytes: memory.peak,
            extra_resident_bytes: memory.extra,
            peer: match (&mut self.peer, &case.peer) {
                (Some(worker), Some(request)) => {
                    Some(measure_peer(worker, request, runs, seconds).map_err(failed)?)
                }
                _ => None,
            },
            name: case.name,
        };
        let row = table::row(&report, self.peer.is_some());
        writeln!(stdout().lock(), "{row}")?;
        self.report.cases.push(report);
        Ok(seconds)
    }

    /// Writes the JSON file, if one is asked for.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if self.report.cases.is_empty() {
            return Err(format!(
                "none of the {} cases has '{}' in its name",
                self.seen,
                self.options.filter.unwrap_or_default()
            )
            .into());
        }
        let mut out = stdout().lock();
        if self.report.peak_scope == Some(PeakScope::Process) {
            writeln!(
                out,
                "\npeak memory is that of the whole process up to each case"
            )?;
        }
        if let Some(path) = &self.options.json {
            let text = serde_json::to_string_pretty(&self.report)?;
            fs::write(path, text + "\n").map_err(|error| cannot_write(path, &error))?;
            writeln!(out, "\nwritten: {}", path.display())?;
        }
        Ok(())
    }
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    format!("cannot write {}: {error}", path.display()).into()
}

/// Starts the benchmark's script with the interpreter that the options name, if they do: on the same
/// device, with as many threads as the machine has cores for us.
fn start_peer(
    benchmark: &str,
    options: &Options,
    cores: Option<usize>,
) -> Result<Option<Worker>, Failure> {
    let Some(python) = &options.peer else {
        return Ok(None);
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("peers")
        .join(format!("{benchmark}.py"));
    if !script.is_file() {
        return Err(format!("{benchmark} has no peer: no file {}", script.display()).into());
    }
    let mut command = Command::new(python);
    // -B: leaves no compiled files in the source tree.
    command.arg("-B").arg(script);
    command.args(["--device", &peer_device(options.device)?]);
    if let Some(cores) = cores {
        command.args(["--threads", &cores.to_string()]);
    }
    Worker::start(command).map(Some)
}

fn measure_peer(
    worker: &mut Worker,
    case: &Value,
    runs: Runs,
    seconds: f64,
) -> Result<PeerReport, Failure> {
    Ok(match worker.ask(&Request { case, runs })? {
        Answer::NoPeer(no_peer) => PeerReport::NoPeer { no_peer },
        Answer::Measured {
            times_s,
            peak_mib,
            extra_mib,
        } => {
            let statistics = Statistics::of(&times_s).ok_or("no runs")?;
            PeerReport::Measured {
                versus: statistics.median / seconds,
                statistics,
                times_s,
                peak_mib,
                extra_mib,
            }
        }
    })
}

/// Seconds of each timed run, and what the last one gave.
fn times(
    runs: Runs,
    device: &Device,
    mut work: impl FnMut() -> Vec<Tensor<2>>,
) -> Result<(Vec<f64>, Vec<Tensor<2>>), Failure> {
    let mut results = Vec::new();
    let times_s = runs.times(|| {
        results.clear();
        let start = Instant::now();
        results = black_box(work());
        sync(device)?;
        Ok(start.elapsed().as_secs_f64())
    })?;
    Ok((times_s, results))
}

fn sync(device: &Device) -> Result<(), Failure> {
    device.sync().map_err(|error| error.to_string().into())
}

fn check(results: &[Tensor<2>]) -> Result<(), Failure> {
    if results.is_empty() {
        return Err("a run gives no result".into());
    }
    for result in results {
        if !result.clone().is_finite().all().into_scalar::<bool>() {
            return Err("the result has numbers that are not finite".into());
        }
    }
    Ok(())
}

use std::fs::{self, File};
use std::hint::black_box;
use std::io::{Write, stdout};
use std::path::Path;
use std::time::Instant;

use facenet_core::prelude::*;

use crate::memory::{self, PeakScope};
use crate::report::{CaseReport, Commit, Ratio, Report, Throughput};
use crate::{Case, Failure, Machine, Options, Statistics, table};

/// A benchmark that runs: the device, the options and what has been measured.
pub struct Session {
    options: Options,
    device: Device,
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
        let report = Report {
            benchmark,
            version: env!("CARGO_PKG_VERSION"),
            commit: Commit::checked_out(),
            machine: Machine::this(&device),
            device: options.device.to_string(),
            quick: options.quick,
            warmup: options.warmup(),
            peak_scope: None,
            cases: Vec::new(),
        };
        let mut out = stdout().lock();
        writeln!(out, "{}", table::title(&report))?;
        writeln!(out, "{}", table::header())?;
        Ok(Self {
            options,
            device,
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
    /// `setup` makes the inputs on the device and returns one run. What the run returns is kept until the
    /// device has finished, so that nothing can be left out, and is checked once: there must be something,
    /// and all numbers must be finite.
    ///
    /// # Errors
    ///
    /// `setup` fails, the device does, or the result is not as above.
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
        self.report.peak_scope = memory::peak().map(|_| memory::reset_peak());
        let times_s = times(
            &self.options,
            &self.device,
            setup(&self.device).map_err(failed)?,
        )
        .map_err(failed)?;
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
            peak_resident_bytes: memory::peak(),
            name: case.name,
        };
        writeln!(stdout().lock(), "{}", table::row(&report))?;
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

/// Seconds of each timed run.
fn times(
    options: &Options,
    device: &Device,
    mut work: impl FnMut() -> Vec<Tensor<2>>,
) -> Result<Vec<f64>, Failure> {
    device.sync().map_err(|error| error.to_string())?;
    let mut times = Vec::new();
    for run in 0..u64::from(options.warmup()) + u64::from(options.runs()) {
        let start = Instant::now();
        let results = black_box(work());
        device.sync().map_err(|error| error.to_string())?;
        let seconds = start.elapsed().as_secs_f64();
        if run == 0 {
            check(&results)?;
        }
        drop(results);
        if run >= u64::from(options.warmup()) {
            times.push(seconds);
        }
    }
    Ok(times)
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

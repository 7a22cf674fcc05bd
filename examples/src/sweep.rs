use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use facenet_core::data::Degradation;
use facenet_core::eval::PairsReport;
use facenet_core::metrics::plot::SweepPlot;
use serde::Serialize;

use crate::{Failure, say};

/// What a sweep varies; on the command line `jpeg=10,20,50`, `bits=8,4`, `dims=64.bpk,128.bpk`.
#[derive(Clone, Debug, PartialEq)]
pub enum Sweep {
    /// The photographs: levels of a degradation.
    Degradation(Degradation, Vec<f64>),
    /// The bits that a number of an embedding is stored in.
    Bits(Vec<u32>),
    /// The dimensions of the embedding: weight files of networks that were trained with them.
    Dims(Vec<PathBuf>),
}

impl Sweep {
    /// The name, for tables and files.
    pub fn name(&self) -> &'static str {
        match self {
            Sweep::Degradation(degradation, _) => degradation.name(),
            Sweep::Bits(_) => "bits",
            Sweep::Dims(_) => "dims",
        }
    }

    /// What a level is, for the axis of a figure.
    pub fn unit(&self) -> &'static str {
        match self {
            Sweep::Degradation(degradation, _) => degradation.unit(),
            Sweep::Bits(_) => "bits a number",
            Sweep::Dims(_) => "dimensions of the embedding",
        }
    }
}

impl FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "expected NAME=LEVELS, where NAME is jpeg, pixels, blur, noise, occlusion, \
                                brightness, bits or dims, as jpeg=10,30,50";
        let (name, levels) = text.split_once('=').ok_or(EXPECTED)?;
        let levels: Vec<&str> = levels.split(',').map(str::trim).collect();
        Ok(match name {
            "bits" => Sweep::Bits(numbers(&levels)?),
            "dims" => Sweep::Dims(levels.iter().map(PathBuf::from).collect()),
            name => {
                let degradation: Degradation = name.parse().map_err(|_| EXPECTED)?;
                Sweep::Degradation(degradation, numbers(&levels)?)
            }
        })
    }
}

fn numbers<T: FromStr>(levels: &[&str]) -> Result<Vec<T>, String> {
    let number = |level: &&str| {
        level
            .parse()
            .map_err(|_| format!("'{level}': expected a number"))
    };
    levels.iter().map(number).collect()
}

/// One level of a sweep, and what became of the figures.
#[derive(Clone, Debug, Serialize)]
pub struct SweepRow {
    /// The level; `None` for what nothing was done to.
    pub level: Option<f64>,
    /// The figures.
    #[serde(flatten)]
    pub report: PairsReport,
}

/// A sweep with its figures.
#[derive(Clone, Debug, Serialize)]
pub struct SweepTable {
    /// What varied.
    pub name: &'static str,
    /// What a level is.
    pub unit: &'static str,
    /// The levels, in the order asked for, after the figures without the sweep.
    pub rows: Vec<SweepRow>,
}

impl SweepTable {
    /// An empty table for `sweep` that begins with the figures without it, where there are any.
    pub fn new(sweep: &Sweep, unchanged: Option<&PairsReport>) -> Self {
        Self {
            name: sweep.name(),
            unit: sweep.unit(),
            rows: unchanged
                .map(|report| SweepRow {
                    level: None,
                    report: report.clone(),
                })
                .into_iter()
                .collect(),
        }
    }

    /// Adds a level.
    pub fn push(&mut self, level: f64, report: PairsReport) {
        self.rows.push(SweepRow {
            level: Some(level),
            report,
        });
    }

    /// The accuracy over the levels, with its standard error.
    pub fn plot(&self) -> SweepPlot {
        let points = self.rows.iter().filter_map(|row| {
            let accuracy = &row.report.lfw.accuracy;
            Some((row.level?, accuracy.mean, accuracy.sem))
        });
        let points: Vec<(f64, f64, f64)> = points.collect();
        SweepPlot::new("Robustness", self.unit, "accuracy").with_run("accuracy", points)
    }

    /// Prints the table.
    pub fn print(&self) {
        let mut line = format!("{:>12}{:>12}{:>10}", self.name, "accuracy", "+-");
        line += &format!("{:>10}{:>10}", "AUC", "EER");
        let fars = self.rows.first().map_or(&[][..], |row| &row.report.lfw.val);
        for val in fars {
            line += &format!("{:>12}", format!("VAL@{:e}", val.far));
        }
        say!("\n{line}");
        for row in &self.rows {
            let lfw = &row.report.lfw;
            let level = row
                .level
                .map_or("as it is".to_owned(), |level| level.to_string());
            let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.4}"));
            let mut line = format!(
                "{level:>12}{:>12.4}{:>10.4}{:>10}{:>10}",
                lfw.accuracy.mean,
                lfw.accuracy.sem,
                rate(lfw.auc),
                rate(lfw.eer)
            );
            for val in &lfw.val {
                line += &format!("{:>12}", rate(val.mean));
            }
            say!("{line}");
        }
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Degrades faces on all processors.
///
/// # Errors
///
/// A level that cannot be.
pub fn degraded(
    faces: &[image::RgbImage],
    first: usize,
    degradation: Degradation,
    level: f64,
) -> Result<Vec<image::RgbImage>, Failure> {
    use rayon::prelude::*;

    let worse = faces
        .par_iter()
        .enumerate()
        .map(|(offset, face)| degradation.apply(face, level, first + offset));
    Ok(worse.collect::<Result<_, _>>()?)
}

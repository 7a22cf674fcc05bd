use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use facenet_data::Degradation;
use serde::Serialize;

use crate::{EvalError, PairsReport};

/// What a sweep varies; as text `jpeg=10,20,50`, `bits=8,4`, `dims=64.bpk,128.bpk`.
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

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Sweep {
    type Err = EvalError;

    fn from_str(text: &str) -> Result<Self, EvalError> {
        const EXPECTED: &str = "expected NAME=LEVELS, where NAME is jpeg, pixels, blur, noise, occlusion, \
                                brightness, bits or dims, as jpeg=10,30,50";
        let unknown = || EvalError::Sweep(EXPECTED.to_owned());
        let (name, levels) = text.split_once('=').ok_or_else(unknown)?;
        let levels: Vec<&str> = levels.split(',').map(str::trim).collect();
        Ok(match name {
            "bits" => Sweep::Bits(numbers(&levels)?),
            "dims" => Sweep::Dims(levels.iter().map(PathBuf::from).collect()),
            name => {
                let degradation: Degradation = name.parse().map_err(|_| unknown())?;
                Sweep::Degradation(degradation, numbers(&levels)?)
            }
        })
    }
}

fn numbers<T: FromStr>(levels: &[&str]) -> Result<Vec<T>, EvalError> {
    let number = |level: &&str| {
        level
            .parse()
            .map_err(|_| EvalError::Sweep(format!("'{level}': expected a number")))
    };
    levels.iter().map(number).collect()
}

/// One level of a sweep, and what became of the report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SweepRow {
    /// The level; `None` for what nothing was done to.
    pub level: Option<f64>,
    /// The report.
    #[serde(flatten)]
    pub report: PairsReport,
}

/// A sweep with its reports. It displays as a table, a level a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SweepTable {
    /// What varied.
    pub name: &'static str,
    /// What a level is.
    pub unit: &'static str,
    /// The levels, in the order asked for, after the report without the sweep.
    pub rows: Vec<SweepRow>,
}

impl SweepTable {
    /// An empty table for `sweep` that begins with the report without it, where there is any.
    pub fn new(sweep: &Sweep, unchanged: Option<&PairsReport>) -> Self {
        let first = unchanged.map(|report| SweepRow {
            level: None,
            report: report.clone(),
        });
        Self {
            name: sweep.name(),
            unit: sweep.unit(),
            rows: first.into_iter().collect(),
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
    #[cfg(feature = "plot")]
    pub fn plot(&self) -> facenet_metrics::plot::SweepPlot {
        let points = self.rows.iter().filter_map(|row| {
            let accuracy = &row.report.lfw.accuracy;
            Some((row.level?, accuracy.mean, accuracy.sem))
        });
        let points: Vec<(f64, f64, f64)> = points.collect();
        facenet_metrics::plot::SweepPlot::new("Robustness", self.unit, "accuracy")
            .with_run("accuracy", points)
    }
}

impl fmt::Display for SweepTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, accuracy, error) = (self.name, "accuracy", "+-");
        write!(
            f,
            "{name:>12}{accuracy:>12}{error:>10}{:>10}{:>10}",
            "AUC", "EER"
        )?;
        let fars = self.rows.first().map_or(&[][..], |row| &row.report.lfw.val);
        for val in fars {
            write!(f, "{:>12}", format!("VAL@{:e}", val.far))?;
        }
        for row in &self.rows {
            let lfw = &row.report.lfw;
            let level = row
                .level
                .map_or("as it is".to_owned(), |level| level.to_string());
            let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.4}"));
            write!(
                f,
                "\n{level:>12}{:>12.4}{:>10.4}{:>10}{:>10}",
                lfw.accuracy.mean,
                lfw.accuracy.sem,
                rate(lfw.auc),
                rate(lfw.eer)
            )?;
            for val in &lfw.val {
                write!(f, "{:>12}", rate(val.mean))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sweeps_are_read_from_text() {
        let sweep = "bits=8, 4".parse::<Sweep>().unwrap();
        assert_eq!(sweep, Sweep::Bits(vec![8, 4]));
        let Ok(Sweep::Degradation(_, levels)) = "jpeg=10,50".parse() else {
            panic!("expected a degradation");
        };
        assert_eq!(levels, [10.0, 50.0]);
        for (text, expected) in [
            ("jpeg", "NAME=LEVELS"),
            ("rain=1", "NAME=LEVELS"),
            ("bits=x", "'x'"),
        ] {
            let error = text.parse::<Sweep>().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

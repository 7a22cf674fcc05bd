use std::fmt;
use std::path::Path;

use facenet_data::{MissingImages, PairDistances, read_distances};
use facenet_metrics::{DeLong, DistanceKind, Folds, Interval, MetricsError, Scores};
use serde::Serialize;

use crate::embedded_pairs::fitting_range;
use crate::{
    EmbeddedPairs, EvalError, FoldedPairs, NamedEmbeddings, PairsProtocolConfig, PairsReport,
    SweepTable, ValueTable,
};

/// The confidence of [`Measurement::auc_interval`].
const CONFIDENCE: f64 = 0.95;

/// What was measured on pairs and what came of it, for a file and for figures.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Measurement {
    /// The network, the file of embeddings or of distances.
    pub name: String,
    /// The distance of two embeddings.
    pub distance: DistanceKind,
    /// The report by the protocol.
    #[serde(flatten)]
    pub report: PairsReport,
    /// The 95 % interval of the exact AUC (DeLong, DeLong & Clarke-Pearson 1988); absent where one kind
    /// of pair is, or where all are told apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc_interval: Option<Interval>,
    /// The same with something varied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sweeps: Vec<SweepTable>,
    /// The distances of all pairs, before any mean is subtracted; too long for a file of figures.
    #[serde(skip)]
    pub scores: Scores,
}

impl Measurement {
    /// Puts a report and its distances together.
    ///
    /// # Errors
    ///
    /// An interval that cannot be computed.
    pub fn new(
        name: impl Into<String>,
        distance: DistanceKind,
        report: PairsReport,
        scores: Scores,
    ) -> Result<Self, EvalError> {
        let auc = DeLong::new(&scores).map(|auc| auc.logit_interval(CONFIDENCE));
        Ok(Self {
            name: name.into(),
            distance,
            report,
            auc_interval: auc.transpose()?.flatten(),
            sweeps: Vec::new(),
            scores,
        })
    }

    /// Measures embeddings, found by their names, on the pairs of a list in LFW's form, and again
    /// stored in fewer bits for each of `bits`.
    ///
    /// # Errors
    ///
    /// Those of [`FoldedPairs::from_names`], [`EmbeddedPairs::measure`] and
    /// [`EmbeddedPairs::sweep_bits`].
    pub fn from_embeddings(
        name: impl Into<String>,
        embeddings: NamedEmbeddings,
        list: &Path,
        missing: MissingImages,
        bits: &[Vec<u32>],
        config: &PairsProtocolConfig,
    ) -> Result<Self, EvalError> {
        let pairs = FoldedPairs::from_names(list, embeddings.names(), missing)?;
        let embedded = EmbeddedPairs::new(&pairs, embeddings.into_array(), config);
        let (report, scores) = embedded.measure()?;
        let mut measured = Self::new(name, config.distance, report, scores)?;
        for bits in bits {
            let table = embedded.sweep_bits(bits, &measured.report)?;
            measured.sweeps.push(table);
        }
        Ok(measured)
    }

    /// Measures the distances of a file that [`read_distances`] takes, cut into `folds` folds of equal
    /// size.
    ///
    /// # Errors
    ///
    /// [`EvalError::Data`] for a file that cannot be read, [`EvalError::Distances`] for distances that
    /// cannot be evaluated.
    pub fn from_distances(
        path: &Path,
        folds: usize,
        config: &PairsProtocolConfig,
    ) -> Result<Self, EvalError> {
        let PairDistances { distances, same } = read_distances(path)?;
        let refused = |source: MetricsError| EvalError::Distances {
            path: path.to_owned(),
            source,
        };
        let folds = Folds::contiguous(distances.len(), folds).map_err(refused)?;
        let largest = distances.iter().copied().fold(0.0, f64::max);
        let protocol = config.init(&folds, fitting_range(largest));
        let lfw = protocol
            .evaluate_distances(&distances, &same)
            .map_err(refused)?;
        let report = PairsReport::new(lfw, same.len(), 0, 0);
        let scores = Scores::new(&distances, &same)?;
        Self::new(path.display().to_string(), config.distance, report, scores)
    }

    /// This measurement beside earlier reports, as text.
    pub fn beside<'a>(&'a self, earlier: &'a [(String, PairsReport)]) -> Comparison<'a> {
        Comparison {
            measured: self,
            earlier,
        }
    }
}

/// A measurement beside earlier reports. It displays as a table with what is to be said about it.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    measured: &'a Measurement,
    earlier: &'a [(String, PairsReport)],
}

impl Comparison<'_> {
    /// The measurement, and the earlier reports by their names.
    pub(crate) fn reports(&self) -> impl Iterator<Item = (&str, &PairsReport)> {
        let earlier = self.earlier.iter();
        std::iter::once((&*self.measured.name, &self.measured.report))
            .chain(earlier.map(|(name, report)| (&**name, report)))
    }

    #[cfg(feature = "plot")]
    pub(crate) fn measured(&self) -> &Measurement {
        self.measured
    }

    /// The rates of all reports, a column each.
    pub fn table(&self) -> ValueTable {
        let mut table = ValueTable::new(self.reports().map(|(name, _)| name));
        let mut row = |name: String, value: &dyn Fn(&PairsReport) -> Option<f64>| {
            let values: Vec<_> = self.reports().map(|(_, report)| value(report)).collect();
            table.push(name, values);
        };
        row("accuracy".to_owned(), &|r| Some(r.lfw.accuracy.mean));
        row("    standard error".to_owned(), &|r| {
            Some(r.lfw.accuracy.sem)
        });
        row("AUC".to_owned(), &|r| r.lfw.auc);
        row("EER (lower is better)".to_owned(), &|r| r.lfw.eer);
        for val in &self.measured.report.lfw.val {
            row(format!("VAL at FAR {:e}", val.far), &|report| {
                let mut vals = report.lfw.val.iter();
                vals.find(|other| other.far == val.far)?.mean
            });
        }
        table
    }
}

impl fmt::Display for Comparison<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measurement { report, scores, .. } = self.measured;
        write!(f, "{}", self.table())?;
        let below = report.lfw.val.iter().filter(|val| val.below_resolution);
        let below: Vec<String> = below.map(|val| format!("{:e}", val.far)).collect();
        if !below.is_empty() {
            write!(
                f,
                "\nFAR {}: below resolution, less than one impostor pair of those that choose a threshold.",
                below.join(", ")
            )?;
        }
        if let (Some(auc), Some(interval)) = (scores.auc(), self.measured.auc_interval) {
            write!(
                f,
                "\nAUC without folds and grids: {auc:.5}, between {:.5} and {:.5} (DeLong, 95 %).",
                interval.low, interval.high
            )?;
        }
        let kind = match self.measured.distance {
            DistanceKind::Angle => "angle / pi",
            _ => "squared distance",
        };
        write!(
            f,
            "\nThreshold, mean over the folds: {:.3} ({kind}).",
            report.mean_threshold
        )?;
        if report.skipped > 0 {
            write!(f, "\n{} pairs skipped.", report.skipped)?;
        }
        Ok(())
    }
}

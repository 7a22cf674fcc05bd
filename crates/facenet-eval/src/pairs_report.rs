use std::path::Path;

use facenet_metrics::LfwReport;
use serde::{Deserialize, Serialize};

use crate::EvalError;

/// What a list of pairs shows by LFW's protocol, with the numbers that say how far to trust it.
///
/// As JSON the fields of [`LfwReport`] stand beside the counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
#[non_exhaustive]
pub struct PairsReport {
    /// The pairs that were compared.
    pub pairs: usize,
    /// The folds that they are in.
    pub folds: usize,
    /// The pairs that were left out because an image is missing; the report is comparable with
    /// published ones where there are none.
    pub skipped: usize,
    /// The pairs that the list has named before, either way round; they count again.
    pub repeated: usize,
    /// The mean of the thresholds that the folds chose; 0 without folds.
    pub mean_threshold: f64,
    /// The report.
    #[serde(flatten)]
    pub lfw: LfwReport,
}

/// A report as a file holds it; the mean threshold follows from the rest.
#[derive(Deserialize)]
struct Stored {
    pairs: usize,
    skipped: usize,
    #[serde(default)]
    repeated: usize,
    #[serde(flatten)]
    lfw: LfwReport,
}

impl From<Stored> for PairsReport {
    fn from(stored: Stored) -> Self {
        Self::new(stored.lfw, stored.pairs, stored.skipped, stored.repeated)
    }
}

impl PairsReport {
    /// A report over `pairs` pairs, with the pairs that were left out and those that are listed again.
    pub fn new(lfw: LfwReport, pairs: usize, skipped: usize, repeated: usize) -> Self {
        let thresholds = &lfw.accuracy.thresholds;
        Self {
            pairs,
            folds: thresholds.len(),
            skipped,
            repeated,
            mean_threshold: thresholds.iter().sum::<f64>() / thresholds.len().max(1) as f64,
            lfw,
        }
    }

    /// Reads a report that was written as JSON; what else the file holds is passed over.
    ///
    /// # Errors
    ///
    /// [`EvalError::Report`] where the file cannot be read or holds something else.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, EvalError> {
        let path = path.as_ref();
        let refused = |source: Box<dyn std::error::Error + Send + Sync>| EvalError::Report {
            path: path.to_owned(),
            source,
        };
        let json = std::fs::read(path).map_err(|error| refused(error.into()))?;
        serde_json::from_slice(&json).map_err(|error| refused(error.into()))
    }
}

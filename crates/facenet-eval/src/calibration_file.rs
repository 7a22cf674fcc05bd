use std::path::{Path, PathBuf};

use facenet_metrics::Calibration;

use crate::EvalError;

/// Where the calibration of a weight file lies: `network.bpk` has `network.calibration.json` beside it.
pub fn calibration_beside(weights: &Path) -> PathBuf {
    weights.with_extension("calibration.json")
}

/// Reads a calibration.
///
/// # Errors
///
/// [`EvalError::Calibration`] where the file cannot be read or holds something else.
pub fn load_calibration(path: &Path) -> Result<Calibration, EvalError> {
    let json = std::fs::read(path).map_err(|error| refused(path, error))?;
    serde_json::from_slice(&json).map_err(|error| refused(path, error))
}

/// Writes a calibration as JSON; the file is never seen half written.
///
/// # Errors
///
/// [`EvalError::File`] where it cannot be written.
pub fn save_calibration(path: &Path, calibration: &Calibration) -> Result<(), EvalError> {
    let json = serde_json::to_vec_pretty(calibration).map_err(|error| refused(path, error))?;
    let unfinished = path.with_extension("unfinished");
    let file = |source| EvalError::File {
        path: path.to_owned(),
        source,
    };
    std::fs::write(&unfinished, json).map_err(file)?;
    std::fs::rename(&unfinished, path).map_err(file)
}

fn refused(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> EvalError {
    EvalError::Calibration {
        path: path.to_owned(),
        source: source.into(),
    }
}

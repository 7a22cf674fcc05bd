use facenet_data::DataError;
use facenet_eval::EvalError;
use facenet_models::ModelError;

/// What can go wrong in the functions of this crate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A weight file or a network.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// An image file.
    #[error(transparent)]
    Data(#[from] DataError),
    /// No device is called so.
    #[error(
        "no device is called '{name}'; known: {known}, each with an index where there are several (cuda:1)"
    )]
    UnknownDevice {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The backend is not part of this build.
    #[error(
        "this build has no '{name}' backend: build with --features {name} (it has: {compiled})"
    )]
    BackendNotCompiled {
        /// The backend.
        name: &'static str,
        /// The backends that were compiled in.
        compiled: String,
    },
    /// The machine has no such device.
    #[error("device {name}:{index} is not present: {found} of that kind found on this machine")]
    DeviceNotPresent {
        /// The backend.
        name: &'static str,
        /// The index that was asked for.
        index: usize,
        /// How many there are.
        found: usize,
    },
    /// A verdict needs a threshold and the weights bring none.
    #[error("the weights bring no verification threshold: give one (`with_threshold`)")]
    NoThreshold,
    /// A calibration cannot be read.
    #[error(transparent)]
    Evaluation(#[from] EvalError),
    /// A calibration is of angles, and verdicts are by squared distance.
    #[error("the calibration is of angles; expected one of squared Euclidean distances")]
    CalibrationOfAngles,
    /// The distance of two embeddings is no finite number: the weights are no good.
    #[error("the squared distance is {0}: the network gives embeddings that are not finite")]
    NonFinite(f32),
}

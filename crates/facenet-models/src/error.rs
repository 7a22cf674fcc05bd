use std::path::PathBuf;

use crate::weights::{TensorMismatch, list};

/// What can go wrong with weights and with images handed to a network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// No architecture has this name.
    #[error("no network is called '{name}'; known: {known}")]
    UnknownArchitecture {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// The weight file cannot be read: absent, cut short, damaged, or another format.
    #[error("{}: expected a readable weight file: {reason}", path.display())]
    UnreadableWeights {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// The weight file does not say which network it belongs to.
    #[error("{}: expected the metadata entry '{key}' that facenet writes: {reason}", path.display())]
    MissingMetadata {
        /// The file.
        path: PathBuf,
        /// The metadata key.
        key: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of another program holds tensors and nothing else.
    #[error("{}: the file does not say which network it holds; name it, one of {known}", path.display())]
    UnnamedNetwork {
        /// The file.
        path: PathBuf,
        /// The names that exist.
        known: String,
    },
    /// The weight file holds another network than was asked for.
    #[error("{}: expected {expected}, found {found}", path.display())]
    OtherNetwork {
        /// The file.
        path: PathBuf,
        /// What the file says that it holds.
        found: String,
        /// What was asked for.
        expected: String,
    },
    /// The tensors of the file are not those of the network.
    #[error("{}: the tensors are not those of {network}: {mismatch}", path.display())]
    WrongTensors {
        /// The file.
        path: PathBuf,
        /// The network.
        network: String,
        /// The tensors that are missing, extra, misshapen or mistyped.
        mismatch: Box<TensorMismatch>,
    },
    /// Tensors hold NaN or an infinity.
    #[error("{}: tensors with values that are not finite: {}", path.display(), list(tensors))]
    NonFinite {
        /// The file.
        path: PathBuf,
        /// The names of the tensors.
        tensors: Vec<String>,
    },
    /// A folded network is for inference on the spot.
    #[error("{}: a folded network cannot be saved; save it before `fold`", path.display())]
    Folded {
        /// The file.
        path: PathBuf,
    },
    /// The weight file cannot be written.
    #[error("{}: cannot write the weight file: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// No published weights have this name.
    #[error("no published weights are called '{name}'; known: {known}")]
    UnknownPretrained {
        /// The name that was asked for.
        name: String,
        /// The names that exist.
        known: String,
    },
    /// Published weights could not be fetched.
    #[error("cannot fetch {url}: {reason}; where the network is out of reach, put that file at {}", path.display())]
    Fetch {
        /// Where they are published.
        url: String,
        /// Where the file belongs.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// The cache of published weights has another file than the published one.
    #[error("{}: the cache has SHA-256 {found}, expected {expected}; remove the file", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// Its SHA-256.
        found: String,
        /// The published one.
        expected: String,
    },
    /// There is no folder for published weights.
    #[error("this system has no cache folder; name one in the variable FACENET_CACHE")]
    NoCacheFolder,
    /// A configuration value is out of range.
    #[error("network configuration: {0}")]
    Configuration(String),
    /// The device does not compute with 16-bit floats.
    #[error("this device does not compute with 16-bit floats; leave out half precision")]
    NoHalfPrecision,
    /// An image cannot be brought to the network's input size.
    #[error("image {index} of the batch cannot be resized to {height}x{width}: {reason}")]
    Resize {
        /// Position in the batch.
        index: usize,
        /// Wanted height.
        height: usize,
        /// Wanted width.
        width: usize,
        /// What the resizer said.
        reason: String,
    },
}

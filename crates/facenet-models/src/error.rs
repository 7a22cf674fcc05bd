use std::path::PathBuf;

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
    /// The weight file cannot be read as burnpack: absent, cut short, or another format.
    #[error("{}: expected a readable burnpack weight file (.bpk): {reason}", path.display())]
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
    /// The tensors of the file are not those of the network.
    #[error("{}: the tensors are not those of {network}: {reason}", path.display())]
    WrongTensors {
        /// The file.
        path: PathBuf,
        /// The network that the file's own metadata names.
        network: String,
        /// Names of the tensors that are missing, extra or misshapen.
        reason: String,
    },
    /// A tensor holds NaN or an infinity.
    #[error("{}: tensor '{tensor}' holds a value that is not finite", path.display())]
    NonFinite {
        /// The file.
        path: PathBuf,
        /// The tensor's name.
        tensor: String,
    },
    /// The weight file cannot be written.
    #[error("{}: cannot write the weight file: {reason}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// A configuration value is out of range.
    #[error("network configuration: {0}")]
    Configuration(String),
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

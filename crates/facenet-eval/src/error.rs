use std::io;
use std::path::{Path, PathBuf};

use facenet_data::DataError;
use facenet_metrics::MetricsError;
use facenet_models::ModelError;

/// What can go wrong in an evaluation.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// A data set, an image or a list.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A network or a weight file.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Numbers that cannot be evaluated.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// A list of pairs makes fewer folds than the protocol needs.
    #[error("{}: {reason} ({skipped} pairs were skipped)", path.display())]
    Folds {
        /// The list of pairs.
        path: PathBuf,
        /// What was found and what was expected.
        reason: String,
        /// Pairs that were left out because an image is missing.
        skipped: usize,
    },
    /// A list of face boxes lacks an image.
    #[error("{}: has no box for {image}, expected one for every image of the pairs", path.display())]
    MissingBox {
        /// The list of boxes.
        path: PathBuf,
        /// The image, as the list would name it.
        image: String,
    },
    /// A list of pairs has an entry that is no pair.
    #[error("{}: {reason}", path.display())]
    Pairs {
        /// The list of pairs.
        path: PathBuf,
        /// What was found and what was expected.
        reason: String,
    },
    /// No row of a matrix of embeddings has the name of an image that a pair names.
    #[error(
        "{}:{line}: no embedding is named {image}; expected one for every image of the pairs",
        path.display()
    )]
    NoEmbedding {
        /// The list of pairs.
        path: PathBuf,
        /// The line of the pair, counted from 1.
        line: usize,
        /// The image, without folder and ending.
        image: String,
    },
    /// Two rows of a matrix of embeddings have the name of one image.
    #[error("embeddings {first} and {second} are both named {name}; expected a name for each")]
    SameName {
        /// The earlier row, counted from 0.
        first: usize,
        /// The later row.
        second: usize,
        /// The name of the later row.
        name: String,
    },
    /// There are not as many embeddings as faces.
    #[error("{found} embeddings, expected {expected}")]
    Embeddings {
        /// Rows of the matrix.
        found: usize,
        /// What was expected.
        expected: String,
    },
    /// Nothing says whom the faces of a gallery show.
    #[error(
        "expected a gallery with a folder for each person, as Ann/1.jpg: the mean of each is enrolled"
    )]
    NoIdentities,
    /// A list of names does not fit its embeddings.
    #[error("{}: {found} names, expected one for each of the {expected} embeddings", path.display())]
    Names {
        /// The list of names.
        path: PathBuf,
        /// Its names.
        found: usize,
        /// The embeddings.
        expected: usize,
    },
    /// A file is no array of embeddings, or cannot be written.
    #[error(
        "{}: expected a NumPy array of embeddings, [images, dimensions] of 32-bit floats: {source}",
        path.display()
    )]
    Array {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Distances of a file cannot be evaluated.
    #[error("{}: {source}", path.display())]
    Distances {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        source: MetricsError,
    },
    /// A file is no report of an evaluation.
    #[error("{}: expected a report of an evaluation: {source}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Verdicts are by other distances than those that were measured.
    #[error(
        "verdicts are by the squared distance of plain faces: expected no mirrored ones, and no other distance"
    )]
    NotOfVerdicts,
    /// A text is no sweep.
    #[error("{0}")]
    Sweep(String),
    /// A folder holds no image.
    #[error("{}: expected images in this folder (jpg, png, pgm, ppm)", path.display())]
    NoImages {
        /// The folder.
        path: PathBuf,
    },
    /// A file or a folder cannot be opened or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A calibration cannot be read or written.
    #[error("{}: expected a calibration of a network: {source}", path.display())]
    Calibration {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl EvalError {
    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        EvalError::File {
            path: path.to_owned(),
            source,
        }
    }
}

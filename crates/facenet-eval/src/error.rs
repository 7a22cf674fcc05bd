use std::path::PathBuf;

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
    /// A calibration cannot be read or written.
    #[error("{}: expected a calibration of a network", path.display())]
    Calibration {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

use std::path::PathBuf;

use facenet_data::DataError;
use facenet_eval::EvalError;
use facenet_models::ModelError;
use facenet_sampler::SamplerError;

/// What can go wrong in a training run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A data set, an image or a list.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A network or a weight file.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The sampler's settings do not fit the labels.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// An evaluation.
    #[error(transparent)]
    Evaluation(#[from] EvalError),
    /// A file of the run folder cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A run is to be written to a file.
    #[error("{}: exists and is no folder; expected a folder, or nothing, to write a run to", path.display())]
    NoFolder {
        /// The file.
        path: PathBuf,
    },
    /// A new run would overwrite an old one.
    #[error("{}: expected a folder that is absent or empty; to go on with this run, resume it", path.display())]
    RunExists {
        /// The run folder.
        path: PathBuf,
    },
    /// A file of the run folder is absent or broken.
    #[error("{}: expected {expected}: {reason}", path.display())]
    BrokenRun {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A checkpoint is broken and an older one is whole.
    #[error(
        "{reason}; the checkpoint before it is whole: to go on from there, remove {}",
        broken.display()
    )]
    BrokenCheckpoint {
        /// The folder of the broken checkpoint.
        broken: PathBuf,
        /// What is wrong with it; names the file.
        reason: String,
    },
    /// A run is resumed with another configuration than it was started with.
    #[error("{}: the run was started with {field} = {was}, and is resumed with {now}", path.display())]
    OtherConfiguration {
        /// The configuration file.
        path: PathBuf,
        /// The first field that differs.
        field: String,
        /// Its value in the file.
        was: String,
        /// Its value now.
        now: String,
    },
    /// A run is resumed with other data than it was started with.
    #[error(
        "{}: the run was started on {was}, and is resumed on {now}: expected the same data",
        path.display()
    )]
    OtherData {
        /// The run folder.
        path: PathBuf,
        /// The data set then.
        was: String,
        /// The data set now.
        now: String,
    },
    /// The labels of a data set are not as many as its images.
    #[error("a data set of {images} images has {labels} labels, expected one for each image")]
    Labels {
        /// Images of the data set.
        images: usize,
        /// Labels of the data set.
        labels: usize,
    },
    /// A value of the configuration is out of range.
    #[error("training configuration: {0}")]
    Configuration(String),
    /// The loss is no longer a number.
    #[error(
        "the loss of step {step} is {loss}: training has diverged; checkpoints before it are kept \
         (start a new run with a lower learning rate)"
    )]
    Diverged {
        /// The step, counted from 1.
        step: usize,
        /// The loss.
        loss: f64,
    },
}

//! Training with the triplet loss: the loop, its checkpoints, what is measured on the way.

mod config;
mod error;
mod evaluation;
mod observer;
mod run_folder;
mod trainer;

pub use config::{OptimizerConfig, OptimizerKind, TrainConfig};
pub use error::TrainError;
pub use evaluation::{Evaluation, FARS, pixel_embeddings};
pub use observer::{Control, EvaluationRecord, History, StepRecord, TrainObserver};
pub use run_folder::RunFolder;
pub use trainer::{Outcome, Trainer};

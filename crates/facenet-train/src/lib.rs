//! Training with the triplet loss: the loop, its checkpoints, what is measured on the way.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batches;
mod config;
mod data_loader;
mod error;
#[cfg(feature = "plot")]
mod figures;
mod observer;
mod offline;
mod run_folder;
mod trainer;

pub use config::{OptimizerConfig, OptimizerKind, TrainConfig};
pub use data_loader::{FaceBatches, FaceDataLoader, TrainingBatch};
pub use error::TrainError;
#[cfg(feature = "plot")]
pub use figures::{cluster_sheet, training_curve};
pub use observer::{EvaluationRecord, History, MetricValues, StepRecord, TrainObserver};
pub use offline::{Mined, OfflineConfig};
pub use run_folder::RunFolder;
pub use trainer::{TrainOutcome, Trainer};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

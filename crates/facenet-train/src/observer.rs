use std::{collections::BTreeMap, ops::ControlFlow, time::Duration};

use serde::{Deserialize, Serialize};

/// One optimization step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Steps done, this one included.
    pub step: usize,
    /// Epoch of the step, counted from 0.
    pub epoch: usize,
    /// The triplet loss.
    pub loss: f64,
    /// Triplets that the mining rule selected.
    pub selected_triplets: u64,
    /// Selected triplets with a loss above 0.
    pub active_triplets: u64,
    /// Share of the valid triplets that still violate the margin.
    pub violating_share: f64,
    /// Mean distance of the positive pairs of the batch.
    pub mean_d_ap: Option<f64>,
    /// Mean distance of the negative pairs of the batch.
    pub mean_d_an: Option<f64>,
    /// Spread of the embeddings: near 0 they have collapsed into one point.
    pub spread: f64,
    /// Learning rate.
    pub learning_rate: f64,
}

/// Values that an evaluation gives, by name: "LFW accuracy" for instance.
pub type MetricValues = BTreeMap<String, f64>;

/// One evaluation in the course of the training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluationRecord {
    /// Steps done.
    pub step: usize,
    /// Epochs done.
    pub epoch: usize,
    /// What it gave.
    pub values: MetricValues,
}

/// What has happened in a run so far; kept with every checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Every step.
    pub steps: Vec<StepRecord>,
    /// Every evaluation.
    pub evaluations: Vec<EvaluationRecord>,
}

/// Watches a training run: progress bars, logs, Ctrl-C. Every method has an empty default.
pub trait TrainObserver {
    /// Training begins, at `done` of `steps`.
    fn started(&mut self, done: usize, steps: usize) {
        let _ = (done, steps);
    }

    /// A step is done; it took `elapsed`. On a break a checkpoint is written and the training ends.
    fn step(&mut self, record: &StepRecord, elapsed: Duration) -> ControlFlow<()> {
        let _ = (record, elapsed);
        ControlFlow::Continue(())
    }

    /// An evaluation is done.
    fn evaluated(&mut self, record: &EvaluationRecord) {
        let _ = record;
    }

    /// A checkpoint is on disk.
    fn checkpointed(&mut self, folder: &std::path::Path) {
        let _ = folder;
    }
}

/// Watches nothing.
impl TrainObserver for () {}

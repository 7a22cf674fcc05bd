use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::say;
use facenet_core::train::{EvaluationRecord, StepRecord, TrainObserver};
use indicatif::{ProgressBar, ProgressStyle};

/// Runs work that tells the number done and their total, with a progress bar.
pub fn with_bar<T>(name: &'static str, work: impl FnOnce(&dyn Fn(usize, usize)) -> T) -> T {
    let bar = bar(name, 0);
    let done = work(&|done, total| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    done
}

/// A progress bar with a name; nothing is drawn where standard error is no terminal.
pub fn bar(name: &'static str, length: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:>11} {wide_bar} {pos}/{len} {eta} {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length as u64)
        .with_style(style)
        .with_prefix(name)
}

/// `1234567` as `1,234,567`.
pub fn counted(number: usize) -> String {
    indicatif::HumanCount(number as u64).to_string()
}

/// Shows a training run: a bar with the loss, a line for each evaluation.
pub struct TrainingProgress {
    bar: ProgressBar,
    stop: Arc<AtomicBool>,
    loss: f64,
}

impl TrainingProgress {
    /// Watches a run that ends after the step in which `stop` is set.
    pub fn new(stop: Arc<AtomicBool>) -> Self {
        Self {
            bar: ProgressBar::hidden(),
            stop,
            loss: 0.0,
        }
    }

    fn say(&self, line: &str) {
        // Where no bar is drawn, the bar would swallow the line.
        if self.bar.is_hidden() {
            say!("{line}");
        } else {
            self.bar.println(line);
        }
    }
}

impl TrainObserver for TrainingProgress {
    fn started(&mut self, done: usize, steps: usize) {
        self.bar = bar("training", steps).with_position(done as u64);
        self.bar.reset_eta();
    }

    fn step(&mut self, record: &StepRecord, _elapsed: Duration) -> ControlFlow<()> {
        /// Share of the smoothed loss that a step replaces.
        const FRESH: f64 = 0.05;
        self.loss += if self.loss == 0.0 { 1.0 } else { FRESH } * (record.loss - self.loss);
        self.bar.set_position(record.step as u64);
        self.bar.set_message(format!("loss {:.3}", self.loss));
        if self.stop.load(Ordering::SeqCst) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn evaluated(&mut self, record: &EvaluationRecord) {
        let values: Vec<String> = record
            .values
            .iter()
            .map(|(name, value)| format!("{name} {value:.4}"))
            .collect();
        self.say(&format!(
            "epoch {:>3}, step {:>5}, loss {:.3}: {}",
            record.epoch,
            record.step,
            self.loss,
            values.join(", ")
        ));
    }

    fn checkpointed(&mut self, folder: &Path) {
        self.bar
            .set_message(format!("loss {:.3}, saved {}", self.loss, folder.display()));
    }
}

impl Drop for TrainingProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

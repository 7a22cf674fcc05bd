use std::str::FromStr;

use facenet_data::AugmentConfig;
use facenet_loss::TripletLossConfig;
use facenet_models::FaceNetConfig;
use facenet_sampler::{IdentitySelection, PkSamplerConfig};
use serde::{Deserialize, Serialize};

use crate::{OfflineConfig, TrainError};

/// Everything that decides what a training run computes. It is written to the run folder as
/// `config.json`, and a run is only resumed with the configuration that it was started with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The network.
    pub model: FaceNetConfig,
    /// The triplet loss: distance, mining, margin, reduction.
    pub loss: TripletLossConfig,
    /// The batches: P identities × K images.
    pub sampler: PkSamplerConfig,
    /// Offline mining. It is there where [`PkSamplerConfig::selection`] is
    /// [`IdentitySelection::Hard`], and where batches are made of triplets.
    #[serde(default)]
    pub offline: Option<OfflineConfig>,
    /// What happens to training images.
    pub augment: AugmentConfig,
    /// The optimizer.
    pub optimizer: OptimizerConfig,
    /// Passes over the identities. In each, every identity is in one batch with K of its images.
    pub epochs: usize,
    /// Epochs between two evaluations; one comes after the last epoch in any case. 0: only that one.
    pub evaluate_every: usize,
    /// Epochs between two checkpoints; one comes at the end in any case. 0: only that one.
    pub checkpoint_every: usize,
    /// Seed of weights and augmentation. The sampler has its own.
    pub seed: u64,
}

/// The optimizer and its learning rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerConfig {
    /// Which optimizer.
    pub kind: OptimizerKind,
    /// Learning rate at its highest.
    pub learning_rate: f64,
    /// Decoupled weight decay; AdamW alone uses it.
    pub weight_decay: f64,
    /// Steps over which the rate rises linearly from 0.
    pub warmup_steps: usize,
    /// Share of the highest rate that is left at the last step; it falls along half a cosine. 1 keeps
    /// the rate constant.
    pub final_share: f64,
}

/// Optimizers of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OptimizerKind {
    /// AdaGrad, the paper's (§3: "SGD with standard backprop and AdaGrad", rate 0.05).
    Adagrad,
    /// Adam with decoupled weight decay: less sensitive to the rate on small data.
    Adamw,
}

impl OptimizerKind {
    const ALL: [Self; 2] = [Self::Adagrad, Self::Adamw];

    fn name(self) -> &'static str {
        match self {
            Self::Adagrad => "adagrad",
            Self::Adamw => "adamw",
        }
    }
}

impl FromStr for OptimizerKind {
    type Err = TrainError;

    fn from_str(text: &str) -> Result<Self, TrainError> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == text);
        known.ok_or_else(|| {
            TrainError::Configuration(format!(
                "no optimizer is called '{text}', expected one of: {}",
                Self::ALL.map(Self::name).join(", ")
            ))
        })
    }
}

impl Default for OptimizerConfig {
    fn default() -> Self {
        Self::new(OptimizerKind::Adamw)
    }
}

impl OptimizerConfig {
    /// An optimizer with its usual rate and 20 steps of warm-up: AdamW with 1e-3 and a weight decay of 1e-4, AdaGrad with
    /// the paper's 0.05.
    pub fn new(kind: OptimizerKind) -> Self {
        let (learning_rate, weight_decay) = match kind {
            OptimizerKind::Adamw => (1e-3, 1e-4),
            OptimizerKind::Adagrad => (0.05, 0.0),
        };
        Self {
            kind,
            learning_rate,
            weight_decay,
            warmup_steps: 20,
            final_share: 0.01,
        }
    }

    /// Sets which optimizer.
    pub fn with_kind(mut self, kind: OptimizerKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets the learning rate at its highest.
    pub fn with_learning_rate(mut self, learning_rate: f64) -> Self {
        self.learning_rate = learning_rate;
        self
    }

    /// Sets the decoupled weight decay.
    pub fn with_weight_decay(mut self, weight_decay: f64) -> Self {
        self.weight_decay = weight_decay;
        self
    }

    /// Sets the steps over which the rate rises.
    pub fn with_warmup_steps(mut self, warmup_steps: usize) -> Self {
        self.warmup_steps = warmup_steps;
        self
    }

    /// Sets the share of the highest rate that is left at the last step.
    pub fn with_final_share(mut self, final_share: f64) -> Self {
        self.final_share = final_share;
        self
    }

    /// Learning rate of `step`, counted from 0, of `steps` in all.
    pub fn rate(&self, step: usize, steps: usize) -> f64 {
        let warmup = match self.warmup_steps {
            0 => 1.0,
            n => ((step + 1) as f64 / n as f64).min(1.0),
        };
        let done = step as f64 / steps.max(1) as f64;
        let cosine = 0.5 * (1.0 + (std::f64::consts::PI * done.min(1.0)).cos());
        self.learning_rate * warmup * (self.final_share + (1.0 - self.final_share) * cosine)
    }
}

/// Images in a batch at most: the largest whose triplets are counted.
const LARGEST_BATCH: usize = 65_536;

impl TrainConfig {
    /// Trains `model` on batches of `sampler` for 30 epochs: FaceNet's loss, mild augmentation,
    /// AdamW, an evaluation and a checkpoint every 5 epochs, seed 0.
    pub fn new(model: FaceNetConfig, sampler: PkSamplerConfig) -> Self {
        Self {
            model,
            loss: TripletLossConfig::new(),
            offline: match sampler.selection {
                IdentitySelection::Hard { .. } => Some(OfflineConfig::default()),
                _ => None,
            },
            sampler,
            augment: AugmentConfig::default(),
            optimizer: OptimizerConfig::default(),
            epochs: 30,
            evaluate_every: 5,
            checkpoint_every: 5,
            seed: 0,
        }
    }

    /// Sets the network.
    pub fn with_model(mut self, model: FaceNetConfig) -> Self {
        self.model = model;
        self
    }

    /// Sets the triplet loss.
    pub fn with_loss(mut self, loss: TripletLossConfig) -> Self {
        self.loss = loss;
        self
    }

    /// Sets the batches.
    pub fn with_sampler(mut self, sampler: PkSamplerConfig) -> Self {
        self.sampler = sampler;
        self
    }

    /// Sets offline mining, or that there is none.
    pub fn with_offline(mut self, offline: Option<OfflineConfig>) -> Self {
        self.offline = offline;
        self
    }

    /// Sets what happens to training images.
    pub fn with_augment(mut self, augment: AugmentConfig) -> Self {
        self.augment = augment;
        self
    }

    /// Sets the optimizer.
    pub fn with_optimizer(mut self, optimizer: OptimizerConfig) -> Self {
        self.optimizer = optimizer;
        self
    }

    /// Sets the passes over the identities.
    pub fn with_epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// Sets the epochs between two evaluations.
    pub fn with_evaluate_every(mut self, evaluate_every: usize) -> Self {
        self.evaluate_every = evaluate_every;
        self
    }

    /// Sets the epochs between two checkpoints.
    pub fn with_checkpoint_every(mut self, checkpoint_every: usize) -> Self {
        self.checkpoint_every = checkpoint_every;
        self
    }

    /// Sets the seed of weights and augmentation.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Checks what the parts cannot check on their own.
    ///
    /// # Errors
    ///
    /// No epochs, a learning rate that is not positive, a share outside 0 to 1, batches without
    /// positives, too large, or of several replicas, hard identities without mining, mining for nothing
    /// or for two things; and what network, loss and augmentation say of
    /// their own configurations.
    pub fn validate(&self) -> Result<(), TrainError> {
        let wrong = |text: String| Err(TrainError::Configuration(text));
        if self.epochs == 0 {
            return wrong("epochs is 0, expected at least 1".to_owned());
        }
        let OptimizerConfig {
            learning_rate,
            weight_decay,
            final_share,
            ..
        } = self.optimizer;
        if !(learning_rate.is_finite() && learning_rate > 0.0) {
            return wrong(format!(
                "learning_rate is {learning_rate}, expected a number above 0"
            ));
        }
        if !(weight_decay.is_finite() && weight_decay >= 0.0) {
            return wrong(format!(
                "weight_decay is {weight_decay}, expected 0 or more"
            ));
        }
        if !(0.0..=1.0).contains(&final_share) {
            return wrong(format!("final_share is {final_share}, expected 0 to 1"));
        }
        let PkSamplerConfig {
            p,
            k,
            negatives,
            selection,
            rank,
            world,
            ..
        } = self.sampler;
        if k < 2 {
            return wrong(format!(
                "sampler.k is {k}, expected at least 2: a triplet needs two images of an identity"
            ));
        }
        let batch = p.checked_mul(k).and_then(|pk| pk.checked_add(negatives));
        if batch.is_none_or(|batch| batch > LARGEST_BATCH) {
            return wrong(format!(
                "a batch of p = {p} identities with k = {k} images each and {negatives} negatives, \
                 expected at most {LARGEST_BATCH} images"
            ));
        }
        let hard = matches!(selection, IdentitySelection::Hard { .. });
        match &self.offline {
            None if hard => {
                return wrong(format!(
                    "sampler.selection is {selection} and offline is absent, expected when neighbors \
                     are mined"
                ));
            }
            None => {}
            Some(offline) => {
                offline.validate()?;
                match offline.triplets {
                    None if !hard => {
                        return wrong(format!(
                            "sampler.selection is {selection} and offline mines neighbors, expected \
                             hard identities (hard:4), triplets, or no mining"
                        ));
                    }
                    Some(triplets) if hard => {
                        return wrong(format!(
                            "sampler.selection is {selection} and offline.triplets is {triplets}, \
                             expected one of them"
                        ));
                    }
                    Some(_) if p * k < 3 => {
                        return wrong(format!(
                            "p = {p} and k = {k} with offline.triplets, expected room for a triplet"
                        ));
                    }
                    _ => {}
                }
            }
        }
        if (rank, world) != (0, 1) {
            return wrong(format!(
                "sampler.rank is {rank} and sampler.world is {world}, expected 0 and 1: a run has \
                 one replica"
            ));
        }
        self.augment.validate()?;
        self.loss
            .validate()
            .map_err(|e| TrainError::Configuration(e.to_string()))?;
        Ok(self.model.validate()?)
    }
}

use std::{ops::ControlFlow, path::Path, sync::Arc, time::Instant};

use burn::{
    optim::{AdaGradConfig, AdamWConfig, GradientsParams, ModuleOptimizer},
    tensor::Device,
};
use facenet_data::{FaceDataset, FaceLoaderConfig};
use facenet_loss::{BatchState, TripletLoss};
use facenet_models::{Checkpoint, Embedder, FaceNet};
use facenet_sampler::{PkReport, PkSampler};

use crate::{
    EvaluationRecord, FaceDataLoader, History, MetricValues, OfflineConfig, OptimizerKind,
    RunFolder, StepRecord, TrainConfig, TrainError, TrainObserver, TrainingBatch,
    run_folder::{DataMark, State},
};

/// How a call of [`Trainer::train`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrainOutcome {
    /// All epochs are done.
    Finished,
    /// The observer asked to stop; a checkpoint holds the state.
    Stopped,
}

/// Trains a network with the triplet loss: P × K batches, augmentation in worker threads, one
/// optimization step a batch, evaluations and checkpoints in between.
///
/// The batches and their augmentation are a pure function of the configuration, so a run that was
/// stopped and resumed computes what an uninterrupted one does.
pub struct Trainer {
    config: TrainConfig,
    dataset: Arc<dyn FaceDataset>,
    sampler: PkSampler,
    loader: FaceDataLoader,
    loss: TripletLoss,
    run: RunFolder,
    device: Device,
    loading: FaceLoaderConfig,
    network: FaceNet,
    optimizer: ModuleOptimizer,
    state: State,
}

impl TrainConfig {
    /// Starts a run in the folder `run`, which must be absent or empty.
    ///
    /// # Errors
    ///
    /// The configuration is out of range, the sampler does not fit the labels, the folder holds
    /// files or cannot be written.
    ///
    /// The weights follow from the seed as long as no other thread draws random numbers at that
    /// moment: a Burn device has one generator for the whole process.
    pub fn init(
        self,
        dataset: Arc<dyn FaceDataset>,
        run: &Path,
        device: &Device,
    ) -> Result<Trainer, TrainError> {
        let config = self;
        config.validate()?;
        let data = measure(&dataset)?;
        let sampler = config.sampler.init(dataset.labels())?;
        let device = device.clone().autodiff();
        let loader = load(&config, &dataset, &sampler, &device)?;
        let run = RunFolder::create(run, &config)?;
        let network = seeded(&config, &device)?;
        let state = State {
            data,
            epoch: 0,
            batches: 0,
            mined: None,
            history: History::default(),
        };
        Ok(Trainer {
            loss: config.loss.init(),
            optimizer: build_optimizer(&config),
            loading: FaceLoaderConfig::new(),
            config,
            dataset,
            sampler,
            loader,
            run,
            device,
            network,
            state,
        })
    }
}

impl Trainer {
    /// Goes on with the run in the folder `run` from its newest checkpoint, with the configuration
    /// that it was started with. Where `config` is given, it must be that one.
    ///
    /// # Errors
    ///
    /// The folder is no run, a file of it is broken, or the configuration is another one.
    pub fn resume(
        run: &Path,
        config: Option<&TrainConfig>,
        dataset: Arc<dyn FaceDataset>,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let (run, was) = RunFolder::open(run)?;
        if let Some(now) = config {
            same_configuration(&run, &was, now)?;
        }
        was.validate()?;
        let data = measure(&dataset)?;
        let device = device.clone().autodiff();
        let (network, optimizer, state) = run.load(&was, build_optimizer(&was), &device)?;
        if data != state.data {
            let describe = |data: &DataMark| {
                let DataMark {
                    images,
                    identities,
                    crc32,
                } = data;
                format!("{images} images of {identities} identities (names and labels {crc32:08x})")
            };
            return Err(TrainError::OtherData {
                path: run.path().to_owned(),
                was: describe(&state.data),
                now: describe(&data),
            });
        }
        let sampler = was.sampler.init(dataset.labels())?;
        let done = state.epoch.saturating_mul(sampler.batches()) + state.batches;
        if state.history.steps.len() != done || state.epoch > was.epochs {
            return Err(TrainError::BrokenRun {
                path: run.path().to_owned(),
                expected: "a checkpoint whose history has a record for each step",
                reason: format!(
                    "epoch {} and batch {} make {done} steps, {} are recorded",
                    state.epoch,
                    state.batches,
                    state.history.steps.len()
                ),
            });
        }
        let loader = load(&was, &dataset, &sampler, &device)?;
        if let Some(mined) = &state.mined {
            loader.set_mined(mined)?;
        }
        Ok(Self {
            loss: was.loss.init(),
            optimizer,
            loading: FaceLoaderConfig::new(),
            config: was,
            dataset,
            sampler,
            loader,
            run,
            device,
            network,
            state,
        })
    }

    /// Sets how images are decoded and augmented beside the training. The results do not depend on it.
    pub fn with_loading(mut self, loading: FaceLoaderConfig) -> Self {
        self.loading = loading;
        self.loader = self.loader.with_loading(loading);
        self
    }

    /// The configuration of the run.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// The folder of the run.
    pub fn run(&self) -> &RunFolder {
        &self.run
    }

    /// What has happened so far.
    pub fn history(&self) -> &History {
        &self.state.history
    }

    /// Steps of the whole run.
    pub fn steps(&self) -> usize {
        self.config.epochs * self.sampler.batches()
    }

    /// What the sampler found in the labels.
    pub fn sampler_report(&self) -> &PkReport {
        self.sampler.report()
    }

    /// The network as it is now, for inference.
    pub fn embedder(&self) -> Embedder {
        Embedder::new(
            self.network.clone(),
            self.config.model.clone(),
            &self.device,
        )
    }

    /// Trains until the last epoch, or until the observer stops it.
    ///
    /// `evaluate` is called every [`TrainConfig::evaluate_every`] epochs and after the last one; the
    /// figures it returns go into the history under their names.
    ///
    /// # Errors
    ///
    /// An image cannot be read, a checkpoint cannot be written, `evaluate` fails, or the loss is no
    /// longer a number.
    pub fn train(
        &mut self,
        observer: &mut dyn TrainObserver,
        evaluate: &mut dyn FnMut(&Embedder) -> Result<MetricValues, TrainError>,
    ) -> Result<TrainOutcome, TrainError> {
        observer.started(self.state.history.steps.len(), self.steps());
        while self.state.epoch < self.config.epochs {
            if self.train_epoch(observer)?.is_break() {
                self.checkpoint(observer)?;
                return Ok(TrainOutcome::Stopped);
            }
            self.state.epoch += 1;
            self.state.batches = 0;

            let last = self.state.epoch == self.config.epochs;
            let due = |every: usize| last || (every > 0 && self.state.epoch.is_multiple_of(every));
            if due(self.config.evaluate_every) {
                let record = EvaluationRecord {
                    step: self.state.history.steps.len(),
                    epoch: self.state.epoch,
                    values: evaluate(&self.embedder())?,
                };
                observer.evaluated(&record);
                self.state.history.evaluations.push(record);
            }
            if due(self.config.checkpoint_every) {
                self.checkpoint(observer)?;
            }
        }
        self.run.write_json("history.json", &self.state.history)?;
        Ok(TrainOutcome::Finished)
    }

    /// Writes the network to `network.bpk` in the run folder, with its verification threshold.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn save_network(&self, threshold: Option<f32>) -> Result<(), TrainError> {
        Ok(self
            .to_checkpoint(threshold)
            .save(&self.run.file("network.bpk"))?)
    }

    fn to_checkpoint(&self, threshold: Option<f32>) -> Checkpoint {
        Checkpoint {
            network: self.network.clone(),
            config: self.config.model.clone(),
            threshold,
        }
    }

    fn checkpoint(&self, observer: &mut dyn TrainObserver) -> Result<(), TrainError> {
        let folder = self
            .run
            .save(&self.to_checkpoint(None), &self.optimizer, &self.state)?;
        observer.checkpointed(&folder);
        Ok(())
    }

    /// The rest of the current epoch.
    fn train_epoch(
        &mut self,
        observer: &mut dyn TrainObserver,
    ) -> Result<ControlFlow<()>, TrainError> {
        let epoch = self.state.epoch;
        let due = |offline: &&OfflineConfig| self.state.batches == 0 && offline.is_due(epoch);
        if let Some(offline) = self.config.offline.as_ref().filter(due) {
            let mined = offline.mine(&self.dataset, &self.embedder(), &self.loading)?;
            self.loader.set_mined(&mined)?;
            self.state.mined = Some(mined);
        }
        let loader = self.loader.epoch(epoch, self.state.batches);
        for batch in loader {
            let start = Instant::now();
            let record = self.step(batch?, epoch)?;
            self.state.batches += 1;
            self.state.history.steps.push(record.clone());
            if observer.step(&record, start.elapsed()).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn step(&mut self, batch: TrainingBatch, epoch: usize) -> Result<StepRecord, TrainError> {
        let done = self.state.history.steps.len();
        let learning_rate = self.config.optimizer.rate(done, self.steps());
        let output = self
            .loss
            .forward(self.network.forward(batch.images), batch.labels);
        let stats = output.stats.read();
        let loss = output.loss.clone().into_scalar::<f64>();
        if !loss.is_finite() {
            return Err(TrainError::Diverged {
                step: done + 1,
                loss,
            });
        }
        debug_assert_ne!(stats.state(), BatchState::NoTriplets);
        let gradients = GradientsParams::from_grads(output.loss.backward(), &self.network);
        self.network = self
            .optimizer
            .step(learning_rate, self.network.clone(), gradients);

        Ok(StepRecord {
            step: done + 1,
            epoch,
            loss,
            selected_triplets: stats.selected_triplets,
            active_triplets: stats.active_triplets,
            violating_share: stats.violating_triplets as f64 / stats.valid_triplets.max(1) as f64,
            mean_d_ap: stats.mean_d_ap,
            mean_d_an: stats.mean_d_an,
            spread: stats.spread,
            learning_rate,
        })
    }
}

fn load(
    config: &TrainConfig,
    dataset: &Arc<dyn FaceDataset>,
    sampler: &PkSampler,
    device: &Device,
) -> Result<FaceDataLoader, TrainError> {
    FaceDataLoader::new(
        Arc::clone(dataset),
        sampler.clone(),
        &config.augment,
        config.seed,
        &config.model,
        device,
    )
}

/// The network with the random weights of the configuration's seed.
fn seeded(config: &TrainConfig, device: &Device) -> Result<FaceNet, TrainError> {
    device.seed(config.seed);
    let network = config.model.init(device)?;
    // Parameters are drawn when they are first used, and a clone uses them all.
    Ok(network.clone())
}

/// Images and identities of a data set whose labels fit its images.
fn measure(dataset: &dyn FaceDataset) -> Result<DataMark, TrainError> {
    let (images, labels) = (dataset.len(), dataset.labels().len());
    if images != labels {
        return Err(TrainError::Labels { images, labels });
    }
    let mut crc32 = crc32fast::Hasher::new();
    for name in dataset.identities() {
        crc32.update(name.as_bytes());
        crc32.update(&[0]);
    }
    for label in dataset.labels() {
        crc32.update(&label.to_le_bytes());
    }
    Ok(DataMark {
        images,
        identities: dataset.identities().len(),
        crc32: crc32.finalize(),
    })
}

fn build_optimizer(config: &TrainConfig) -> ModuleOptimizer {
    match config.optimizer.kind {
        OptimizerKind::Adagrad => AdaGradConfig::new().init(),
        OptimizerKind::Adamw => AdamWConfig::new()
            .with_weight_decay(config.optimizer.weight_decay as f32)
            .init(),
    }
}

/// Compares field by field, so that the error can name the one that differs.
fn same_configuration(
    run: &RunFolder,
    was: &TrainConfig,
    now: &TrainConfig,
) -> Result<(), TrainError> {
    // Through text, as the file's was: a number read from text can differ in its last bit.
    let as_json = |config: &TrainConfig| {
        serde_json::to_string(config)
            .and_then(|text| serde_json::from_str::<TrainConfig>(&text))
            .and_then(|config| serde_json::to_value(&config))
            .map_err(|e| TrainError::Configuration(e.to_string()))
    };
    let (was, now) = (as_json(was)?, as_json(now)?);
    match first_difference("", &was, &now) {
        None => Ok(()),
        Some((field, was, now)) => Err(TrainError::OtherConfiguration {
            path: run.file("config.json"),
            field,
            was,
            now,
        }),
    }
}

fn first_difference(
    path: &str,
    was: &serde_json::Value,
    now: &serde_json::Value,
) -> Option<(String, String, String)> {
    use serde_json::Value::Object;
    if let (Object(a), Object(b)) = (was, now) {
        let null = serde_json::Value::Null;
        let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        return keys.into_iter().find_map(|key| {
            let inner = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            first_difference(
                &inner,
                a.get(key).unwrap_or(&null),
                b.get(key).unwrap_or(&null),
            )
        });
    }
    (was != now).then(|| (path.to_owned(), was.to_string(), now.to_string()))
}

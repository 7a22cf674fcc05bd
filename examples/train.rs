//! Trains a FaceNet on a folder of identities and evaluates it on LFW as it learns.
//!
//! `cargo run --release --example train -- --data DIR --lfw DIR --boxes CSV`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser};
use facenet_core::data::{FaceLoaderConfig, MissingImages};
use facenet_core::eval::{
    EvalError, FaceCut, LfwFaces, LfwFacesConfig, PairsReport, pixel_embeddings,
};
use facenet_core::metrics::plot::RocPlot;
use facenet_core::metrics::{DistanceKind, Scores, VerificationReport};
use facenet_core::prelude::*;
use facenet_core::sampler::{IdentitySelection, OfflineMining};
use facenet_core::train::{OptimizerKind, RunFolder, TrainError, TrainOutcome, training_curve};
use facenet_examples::{
    Failure, TrainingData, TrainingProgress, bar, open_lfw, print_figures, run, say, size,
    stop_on_ctrl_c, unused_folder,
};
use serde::{Deserialize, Serialize};

/// Trains a FaceNet on a folder of identities and evaluates it as it learns.
#[derive(Parser)]
#[command(args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    config: ConfigArguments,
    /// Device: flex (the CPU), and with their features wgpu, vulkan, metal, webgpu, cuda, rocm
    #[arg(long, default_value = "flex")]
    device: DeviceName,
    /// Threads that decode and augment images; by default one a core
    #[arg(long)]
    workers: Option<usize>,
    /// Folder of the run; numbered where it is taken
    #[arg(long, default_value = "runs/train", conflicts_with = "resume")]
    run: PathBuf,
    /// Go on with the run in this folder, from its newest checkpoint; data and configuration are the
    /// run's own, and an option that says otherwise is an error
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
}

/// Where the faces are. Kept in the run folder as `data.json`.
#[derive(Args, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct DataArguments {
    #[command(flatten)]
    faces: TrainingData,
    /// Folder of Labeled Faces in the Wild: name/name_0001.jpg in it or in its folder `images`
    #[arg(long, value_name = "DIR")]
    lfw: Option<PathBuf>,
    /// List of LFW's pairs; by default pairs.txt in the folder
    #[arg(long, value_name = "FILE", requires = "lfw")]
    pairs: Option<PathBuf>,
    /// Face boxes of LFW: CSV with file,x1,y1,x2,y2; without it, the middle of the image is taken
    #[arg(long, value_name = "FILE.csv", requires = "lfw")]
    boxes: Option<PathBuf>,
    /// Leave out pairs of LFW whose images are missing, and count them
    #[arg(long, requires = "lfw")]
    skip_missing: bool,
}

/// What decides the result. Kept in the run folder as `config.json`.
#[derive(Args)]
struct ConfigArguments {
    /// Start from this configuration, such as the config.json of another run
    #[arg(long, conflicts_with = "resume")]
    config: Option<PathBuf>,
    /// Network: nn1, nn2, nn3, nn4, nns1, nns2, nn4.small2, inception-resnet-v1, mobilefacenet; nns2
    /// unless given
    #[arg(long)]
    model: Option<Architecture>,
    /// Dimensions of the embedding
    #[arg(long)]
    embedding_dim: Option<usize>,
    /// Height and width of the input, as 140x116
    #[arg(long, value_parser = size)]
    input_size: Option<[usize; 2]>,
    /// Passes over the identities, each with K images a pass
    #[arg(long)]
    epochs: Option<usize>,
    /// P, identities in a batch
    #[arg(long)]
    p: Option<usize>,
    /// K, images of each identity in a batch
    #[arg(long)]
    k: Option<usize>,
    /// Random images of other identities in a batch, beside the P x K
    #[arg(long, value_name = "N")]
    negatives: Option<usize>,
    /// Identities of an epoch: uniform (each once), by-count (in proportion to their images, or with
    /// by-count:0.5 to a power of them), hard (each once, with those that look alike in one batch, in
    /// groups of 4, or with hard:8 of 8)
    #[arg(long, value_name = "SELECTION")]
    identities: Option<IdentitySelection>,
    /// Batches of triplets in place of P x K, P K / 3 of them, mined offline by the network: hard (the
    /// farthest positive and the nearest negative of an image), semi-hard, semi-hard:0.2
    #[arg(long, value_name = "RULE", conflicts_with = "identities")]
    offline: Option<OfflineMining>,
    /// Epochs after which the network mines anew, identities that look alike or triplets; 2 unless given
    #[arg(long, value_name = "EPOCHS")]
    mine_every: Option<usize>,
    /// Distance: squared-euclidean, euclidean, cosine
    #[arg(long)]
    distance: Option<Distance>,
    /// Mining rule: semi-hard, batch-all, batch-hard, nearest-farther, violators, hardest-negative
    #[arg(long)]
    mining: Option<Mining>,
    /// Margin of the loss: hinge:0.2, soft, soft-plus:0.2
    #[arg(long)]
    loss_margin: Option<Margin>,
    /// Reduction: mean-active, mean-selected, mean-anchors, sum
    #[arg(long)]
    reduction: Option<Reduction>,
    /// Optimizer: adamw, adagrad
    #[arg(long)]
    optimizer: Option<OptimizerKind>,
    /// Learning rate at its highest
    #[arg(long)]
    learning_rate: Option<f64>,
    /// Decoupled weight decay
    #[arg(long)]
    weight_decay: Option<f64>,
    /// Least and greatest area of the random crop, as 0.6..0.9
    #[arg(long, value_parser = range)]
    crop: Option<(f32, f32)>,
    /// Epochs between two evaluations; 0: only at the end
    #[arg(long)]
    evaluate_every: Option<usize>,
    /// Epochs between two checkpoints; 0: only at the end
    #[arg(long)]
    checkpoint_every: Option<usize>,
    /// Seed of weights, batches and augmentation
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    run(|| train(Arguments::parse()))
}

fn train(arguments: Arguments) -> Result<(), Failure> {
    let stop = stop_on_ctrl_c()?;
    let device = arguments.device.open()?;
    let (base, places) = match &arguments.resume {
        Some(run) => {
            let (run, config) = RunFolder::open(run)?;
            (
                config,
                run.read_json("data.json", "where a run's data is (JSON)")?,
            )
        }
        None => (arguments.config.base()?, arguments.data.clone()),
    };
    let mut config = base;
    arguments.config.apply(&mut config);
    let places = if arguments.resume.is_some() {
        arguments.data.over(places)
    } else {
        places
    };

    config.validate()?;
    let kept = places.absolute()?;
    let size = config.model.input_size;
    let share = if places.lfw.is_some() { 0.0 } else { HELD_OUT };
    let faces = places.faces.open(size, share, config.seed)?;
    let test = Test::open(&places, faces.held_out.as_deref(), size)?;
    let training = Arc::clone(&faces.training);
    let mut trainer = match &arguments.resume {
        Some(run) => Trainer::resume(run, Some(&config), training, &device)?,
        None => config.init(training, &unused_folder(&arguments.run)?, &device)?,
    };
    if let Some(workers) = arguments.workers {
        trainer = trainer.with_loading(FaceLoaderConfig::default().with_workers(workers));
    }
    let folder = trainer.run().path().to_owned();
    let started = trainer.history().steps.is_empty();
    if arguments.resume.is_none() {
        trainer.run().write_json("data.json", &kept)?;
    }
    say!("{}", trainer.sampler_report());
    say!(
        "Training {} on {}: step {} of {}, run folder {}.",
        trainer.config().model.architecture,
        arguments.device,
        trainer.history().steps.len(),
        trainer.steps(),
        folder.display()
    );
    if started {
        let baselines = Baselines {
            untrained: test.evaluate(&trainer.embedder())?,
            pixels: test.evaluate_pixels(trainer.config().model.input_size)?,
        };
        trainer.run().write_json("baselines.json", &baselines)?;
    }

    let mut progress = TrainingProgress::new(stop);
    let outcome = trainer.train(&mut progress, &mut |embedder| {
        Ok(test.evaluate(embedder)?.values())
    })?;
    drop(progress);
    faces.report();
    training_curve(trainer.history()).save(folder.join("training.png"))?;
    if outcome == TrainOutcome::Stopped {
        say!(
            "Stopped after step {} of {}. To go on: --resume {}",
            trainer.history().steps.len(),
            trainer.steps(),
            folder.display()
        );
        return Ok(());
    }

    let trained = test.evaluate(&trainer.embedder())?;
    trainer.save_network(trained.threshold())?;
    trainer.run().write_json("metrics.json", &trained)?;
    let baselines: Baselines = trainer
        .run()
        .read_json("baselines.json", "figures before the training (JSON)")?;
    report(&test, &baselines, &trained, &folder)
}

impl ConfigArguments {
    /// The configuration that the options change: that of a file, or ours.
    fn base(&self) -> Result<TrainConfig, Failure> {
        let Some(path) = &self.config else {
            let model = FaceNetConfig::new(self.model.unwrap_or(Architecture::Nns2));
            return Ok(TrainConfig::new(model, PkSamplerConfig::new(24, 4)));
        };
        let expected = "expected the configuration of a run (JSON)";
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}; {expected}", path.display()))?;
        Ok(serde_json::from_str(&text)
            .map_err(|error| format!("{}: {error}; {expected}", path.display()))?)
    }

    fn apply(&self, config: &mut TrainConfig) {
        fn set<T: Clone>(field: &mut T, given: &Option<T>) {
            if let Some(value) = given {
                field.clone_from(value);
            }
        }
        if let Some(architecture) = self.model
            && architecture != config.model.architecture
        {
            config.model = FaceNetConfig::new(architecture);
        }
        set(&mut config.model.embedding_dim, &self.embedding_dim);
        set(&mut config.model.input_size, &self.input_size);
        set(&mut config.epochs, &self.epochs);
        set(&mut config.sampler.p, &self.p);
        set(&mut config.sampler.k, &self.k);
        set(&mut config.sampler.negatives, &self.negatives);
        set(&mut config.sampler.selection, &self.identities);
        match self.identities {
            Some(IdentitySelection::Hard { .. }) => {
                config.offline.get_or_insert_default().triplets = None;
            }
            Some(_) => config.offline = None,
            None => {}
        }
        if self.offline.is_some() {
            config.offline.get_or_insert_default().triplets = self.offline;
        }
        if let Some(every) = self.mine_every {
            config.offline.get_or_insert_default().every = every;
        }
        set(&mut config.loss.distance, &self.distance);
        set(&mut config.loss.mining, &self.mining);
        set(&mut config.loss.margin, &self.loss_margin);
        set(&mut config.loss.reduction, &self.reduction);
        set(&mut config.optimizer.kind, &self.optimizer);
        set(&mut config.optimizer.learning_rate, &self.learning_rate);
        set(&mut config.optimizer.weight_decay, &self.weight_decay);
        set(&mut config.augment.scale, &self.crop);
        set(&mut config.evaluate_every, &self.evaluate_every);
        set(&mut config.checkpoint_every, &self.checkpoint_every);
        set(&mut config.seed, &self.seed);
        set(&mut config.sampler.seed, &self.seed);
    }
}

impl DataArguments {
    /// These, and where they say nothing, those of a run.
    fn over(&self, run: Self) -> Self {
        Self {
            faces: self.faces.over(run.faces),
            lfw: self.lfw.clone().or(run.lfw),
            pairs: self.pairs.clone().or(run.pairs),
            boxes: self.boxes.clone().or(run.boxes),
            skip_missing: self.skip_missing || run.skip_missing,
        }
    }

    /// The same places, found from any folder.
    fn absolute(&self) -> Result<Self, Failure> {
        let absolute = |path: &Option<PathBuf>| -> Result<_, Failure> {
            let Some(path) = path else {
                return Ok(None);
            };
            let path = std::path::absolute(path)?;
            match path.to_str() {
                Some(_) => Ok(Some(path)),
                None => Err(format!(
                    "{}: expected a path that is UTF-8, which the run's data.json can hold",
                    path.display()
                )
                .into()),
            }
        };
        Ok(Self {
            faces: TrainingData {
                data: absolute(&self.faces.data)?,
                cache: absolute(&self.faces.cache)?,
                ..self.faces.clone()
            },
            lfw: absolute(&self.lfw)?,
            pairs: absolute(&self.pairs)?,
            boxes: absolute(&self.boxes)?,
            ..self.clone()
        })
    }
}

/// What a network is tested on in the course of the training.
struct Test {
    lfw: Option<LfwFaces>,
    held_out: Option<HeldOut>,
}

struct HeldOut {
    faces: facenet_core::data::DecodedFaces,
}

/// What a test gives.
#[derive(Serialize, Deserialize)]
struct Measured {
    #[serde(skip_serializing_if = "Option::is_none")]
    lfw: Option<PairsReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<VerificationReport>,
}

#[derive(Serialize, Deserialize)]
struct Baselines {
    untrained: Measured,
    pixels: Measured,
}

/// Share of the identities that is held out where nothing else is evaluated on.
const HELD_OUT: f64 = 0.1;

/// The false accept rate that VAL is reported at.
const FAR: f64 = 1e-3;

impl Test {
    fn open(
        places: &DataArguments,
        held_out: Option<&dyn FaceDataset>,
        size: [usize; 2],
    ) -> Result<Self, Failure> {
        let lfw = match &places.lfw {
            None => None,
            Some(folder) => {
                let mut options = LfwFacesConfig::new(folder);
                if let Some(pairs) = &places.pairs {
                    options = options.with_pairs(pairs);
                }
                if let Some(boxes) = &places.boxes {
                    options = options.with_cut(FaceCut::Boxes {
                        list: boxes.clone(),
                        margin: places.faces.margin(),
                    });
                }
                if places.skip_missing {
                    options = options.with_missing(MissingImages::Skip);
                }
                Some(open_lfw(&options, size)?)
            }
        };
        let held_out = held_out
            .map(|faces| HeldOut::open(faces, size))
            .transpose()?;
        Ok(Self { lfw, held_out })
    }

    fn evaluate(&self, embedder: &Embedder) -> Result<Measured, TrainError> {
        Ok(Measured {
            lfw: self
                .lfw
                .as_ref()
                .map(|lfw| lfw.evaluate(embedder))
                .transpose()?,
            held_out: match &self.held_out {
                Some(held_out) => {
                    Some(held_out.evaluate(embedder.embed(held_out.faces.faces())?.view())?)
                }
                None => None,
            },
        })
    }

    fn evaluate_pixels(&self, size: [usize; 2]) -> Result<Measured, TrainError> {
        let size = size.map(|side| side / 4);
        Ok(Measured {
            lfw: self
                .lfw
                .as_ref()
                .map(|lfw| lfw.evaluate_embeddings(pixel_embeddings(lfw.faces(), size).view()))
                .transpose()?,
            held_out: self
                .held_out
                .as_ref()
                .map(|held_out| {
                    held_out.evaluate(pixel_embeddings(held_out.faces.faces(), size).view())
                })
                .transpose()?,
        })
    }
}

impl HeldOut {
    fn open(faces: &dyn FaceDataset, [height, width]: [usize; 2]) -> Result<Self, TrainError> {
        let (height, width) = (height as u32, width as u32);
        // The middle of the image, as the random crops of the training are on average.
        let cut = |image, _| facenet_core::data::resize(&image, height, width);
        let bar = bar("held out", faces.len());
        let decoded = facenet_core::data::DecodedFaces::new(faces, cut, |_| bar.inc(1));
        bar.finish_and_clear();
        Ok(Self { faces: decoded? })
    }

    fn evaluate(
        &self,
        embeddings: ndarray::ArrayView2<'_, f32>,
    ) -> Result<VerificationReport, EvalError> {
        let kind = DistanceKind::SquaredEuclidean;
        let scores = Scores::all_pairs(embeddings, self.faces.labels(), kind)?;
        Ok(VerificationReport::new(&scores, &[FAR])?)
    }
}

impl Measured {
    /// The figures of the training curve.
    fn values(&self) -> BTreeMap<String, f64> {
        let mut values = BTreeMap::new();
        if let Some(PairsReport { lfw, .. }) = &self.lfw {
            values.insert("LFW accuracy".to_owned(), lfw.accuracy.mean);
            if let Some(auc) = lfw.auc {
                values.insert("LFW AUC".to_owned(), auc);
            }
        }
        if let Some(auc) = self.held_out.as_ref().and_then(|report| report.auc) {
            values.insert("held-out AUC".to_owned(), auc);
        }
        values
    }

    /// A squared distance for verdicts: that of LFW's folds, else the best on the held-out pairs.
    fn threshold(&self) -> Option<f32> {
        if let Some(PairsReport { lfw, .. }) = &self.lfw {
            let thresholds = &lfw.accuracy.thresholds;
            return Some((thresholds.iter().sum::<f64>() / thresholds.len() as f64) as f32);
        }
        let best = self.held_out.as_ref()?.balanced_accuracy?;
        best.threshold.map(|threshold| threshold as f32)
    }
}

fn report(
    test: &Test,
    baselines: &Baselines,
    trained: &Measured,
    folder: &Path,
) -> Result<(), Failure> {
    let columns = [
        ("untrained", &baselines.untrained),
        ("raw pixels", &baselines.pixels),
        ("trained", trained),
    ];
    let names = columns.map(|(name, _)| name);
    let mut rows = Vec::new();
    let mut row = |name: &'static str, value: fn(&Measured) -> Option<f64>| {
        rows.push((name, columns.map(|(_, measured)| value(measured)).to_vec()));
    };
    if test.lfw.is_some() {
        row("LFW accuracy", |m| Some(m.lfw.as_ref()?.lfw.accuracy.mean));
        row("    standard error", |m| {
            Some(m.lfw.as_ref()?.lfw.accuracy.sem)
        });
        row("LFW AUC", |m| m.lfw.as_ref()?.lfw.auc);
        row("LFW EER (lower is better)", |m| m.lfw.as_ref()?.lfw.eer);
        row("LFW VAL at FAR 1e-3", |m| {
            m.lfw.as_ref()?.lfw.val.first()?.mean
        });
    }
    if test.held_out.is_some() {
        row("held-out AUC", |m| m.held_out.as_ref()?.auc);
        row("held-out EER", |m| m.held_out.as_ref()?.eer);
        row("held-out VAL at FAR 1e-3", |m| {
            Some(m.held_out.as_ref()?.val.first()?.val)
        });
    }
    say!("");
    print_figures(&names, &rows);
    let curves: Vec<_> = columns
        .iter()
        .filter_map(|(name, measured)| Some((*name, measured.lfw.as_ref()?.lfw.roc.as_ref()?)))
        .collect();
    if !curves.is_empty() {
        let mut plot = RocPlot::new("LFW, averaged over the folds");
        for (name, roc) in curves {
            plot = plot.with_curve(name, roc);
        }
        plot.save(folder.join("roc.png"))?;
    }
    say!(
        "\n{}: metrics.json, network.bpk, training.png",
        folder.display()
    );
    Ok(())
}

fn range(text: &str) -> Result<(f32, f32), String> {
    let ends = text
        .split_once("..")
        .and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    ends.ok_or_else(|| "expected two numbers, as 0.6..0.9".to_owned())
}

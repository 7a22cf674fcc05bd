use std::path::PathBuf;

use clap::Args;
use facenet_core::data::MissingImages;
use facenet_core::eval::{FaceCut, LfwFacesConfig};
use facenet_core::prelude::*;
use facenet_core::sampler::{IdentitySelection, OfflineMining};
use facenet_core::train::OptimizerKind;
use serde::{Deserialize, Serialize};

use crate::values::range;
use crate::{Failure, TrainingData, size};

/// Where the faces are. Kept in the run folder as `data.json`.
#[derive(Args, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DataArguments {
    /// The faces to train on
    #[command(flatten)]
    pub faces: TrainingData,
    /// Folder of Labeled Faces in the Wild: name/name_0001.jpg in it or in its folder `images`
    #[arg(long, value_name = "DIR")]
    pub lfw: Option<PathBuf>,
    /// List of LFW's pairs; by default pairs.txt in the folder
    #[arg(long, value_name = "FILE", requires = "lfw")]
    pub pairs: Option<PathBuf>,
    /// Face boxes of LFW: CSV with file,x1,y1,x2,y2; without it, the middle of the image is taken
    #[arg(long, value_name = "FILE.csv", requires = "lfw")]
    pub boxes: Option<PathBuf>,
    /// Leave out pairs of LFW whose images are missing, and count them
    #[arg(long, requires = "lfw")]
    pub skip_missing: bool,
}

/// What decides the result. Kept in the run folder as `config.json`.
#[derive(Args)]
pub struct ConfigArguments {
    /// Start from this configuration, such as the config.json of another run
    #[arg(long, conflicts_with = "resume")]
    pub config: Option<PathBuf>,
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

impl ConfigArguments {
    /// The configuration that the options change: that of a file, or ours.
    ///
    /// # Errors
    ///
    /// A file that is no configuration.
    pub fn base(&self) -> Result<TrainConfig, Failure> {
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

    /// Sets what the options give.
    pub fn apply(&self, config: &mut TrainConfig) {
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
    /// LFW, where it is given.
    pub fn lfw_config(&self) -> Option<LfwFacesConfig> {
        let mut config = LfwFacesConfig::new(self.lfw.as_ref()?);
        if let Some(pairs) = &self.pairs {
            config = config.with_pairs(pairs);
        }
        if let Some(boxes) = &self.boxes {
            config = config.with_cut(FaceCut::Boxes {
                list: boxes.clone(),
                margin: self.faces.margin(),
            });
        }
        if self.skip_missing {
            config = config.with_missing(MissingImages::Skip);
        }
        Some(config)
    }

    /// These, and where they say nothing, those of a run.
    pub fn over(&self, run: Self) -> Self {
        Self {
            faces: self.faces.over(run.faces),
            lfw: self.lfw.clone().or(run.lfw),
            pairs: self.pairs.clone().or(run.pairs),
            boxes: self.boxes.clone().or(run.boxes),
            skip_missing: self.skip_missing || run.skip_missing,
        }
    }

    /// The same places, found from any folder.
    ///
    /// # Errors
    ///
    /// A path that is no UTF-8.
    pub fn absolute(&self) -> Result<Self, Failure> {
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

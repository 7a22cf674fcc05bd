use std::path::PathBuf;

use clap::{Args, ValueEnum};
use facenet_core::data::{
    DEFAULT_MARGIN, DataError, TrainingFaces, TrainingFacesConfig, UnreadableImages,
};
use facenet_core::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{Failure, bar, complain, counted, say};

/// The faces that a network is trained on. Kept in the run folder as a part of `data.json`.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingData {
    /// Faces to train on: a folder with a folder of face crops for each identity, a table (.csv) with
    /// path, identity and maybe box and landmarks, or a pack of MXNet records (.rec)
    #[arg(long, value_name = "PATH", required_unless_present = "resume")]
    pub data: Option<PathBuf>,
    /// Identities with fewer images are left out; 2 unless given
    #[arg(long, value_name = "N")]
    pub min_images: Option<usize>,
    /// What becomes of images that cannot be read; refuse unless given
    #[arg(long, value_name = "WHAT")]
    pub bad_images: Option<BadImages>,
    /// Pixels that a box grows by, in a table and in LFW, half of it on each side; 32 unless given
    #[arg(long, value_name = "PIXELS")]
    pub margin: Option<f32>,
    /// Turn faces so that the landmarks of the table lie on those of ArcFace's template, in place of
    /// cutting out the box
    #[arg(long)]
    pub align: bool,
    /// Keep decoded and cut faces in this folder, for later epochs and runs
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Share of the identities that is kept from training and evaluated on; 0.1 unless given, and 0
    /// with --lfw
    #[arg(long, value_name = "SHARE")]
    pub hold_out: Option<f64>,
}

/// [`UnreadableImages`], as an option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadImages {
    /// All are read before the training, which does not begin if one fails
    #[default]
    Refuse,
    /// All are read before the training, which goes on without those that fail
    Skip,
    /// Nothing is read before; another image of the identity stands in for one that fails
    Replace,
}

impl From<BadImages> for UnreadableImages {
    fn from(images: BadImages) -> Self {
        match images {
            BadImages::Refuse => Self::Refuse,
            BadImages::Skip => Self::Skip,
            BadImages::Replace => Self::Replace,
        }
    }
}

impl TrainingData {
    /// The margin of boxes.
    pub fn margin(&self) -> f32 {
        self.margin.unwrap_or(DEFAULT_MARGIN)
    }

    /// These, and where they say nothing, those of a run.
    pub fn over(&self, run: Self) -> Self {
        Self {
            data: self.data.clone().or(run.data),
            min_images: self.min_images.or(run.min_images),
            bad_images: self.bad_images.or(run.bad_images),
            margin: self.margin.or(run.margin),
            align: self.align || run.align,
            cache: self.cache.clone().or(run.cache),
            hold_out: self.hold_out.or(run.hold_out),
        }
    }

    /// Opens the faces for a network with this input, tells what is left out, and keeps `default_share` of
    /// the identities from the training unless told otherwise.
    ///
    /// # Errors
    ///
    /// There is no such data, or images that cannot be read are not to be there.
    pub fn open(
        &self,
        input: [usize; 2],
        default_share: f64,
        seed: u64,
    ) -> Result<TrainingFaces, Failure> {
        let path = self.data.as_ref().ok_or("--data is missing")?;
        let config = TrainingFacesConfig::new(path)
            .with_min_images(self.min_images.unwrap_or(2))
            .with_unreadable(self.bad_images.unwrap_or_default().into())
            .with_margin(self.margin())
            .with_align(self.align)
            .with_cache(self.cache.clone())
            .with_held_out_share(self.hold_out.unwrap_or(default_share))
            .with_seed(seed);
        let bar = bar("checking", 0);
        let faces = config.init(input, |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        let faces = faces.map_err(|error| match error {
            DataError::Unreadable { .. } => Failure::from(format!(
                "{error}; --bad-images skip goes on without, --bad-images replace with others"
            )),
            DataError::NoLandmarks { .. } => {
                format!("{error} (--align turns faces by them)").into()
            }
            error => error.into(),
        })?;
        if faces.skipped.identities > 0 {
            say!(
                "{}: {} identities with fewer than {} images ({} images) are left out.",
                path.display(),
                counted(faces.skipped.identities),
                config.min_images,
                counted(faces.skipped.images)
            );
        }
        for bad in &faces.unreadable {
            complain!("skipped: {}", bad.error);
        }
        if !faces.unreadable.is_empty() {
            say!(
                "{} unreadable images are skipped.",
                counted(faces.unreadable.len())
            );
        }
        if let Some(held_out) = &faces.held_out {
            say!(
                "{} images of {} identities are held out.",
                counted(held_out.len()),
                held_out.identities().len()
            );
        }
        Ok(faces)
    }
}

/// Says what the cache spared, and which images others stood in for.
pub fn tell_account(faces: &TrainingFaces) {
    if let Some((folder, counts)) = faces.cache() {
        say!(
            "Cache {}: {} faces read from it, {} made, {} of these not kept.",
            folder.display(),
            counted(counts.read),
            counted(counts.made),
            counted(counts.unkept)
        );
    }
    let replaced = faces.replaced();
    for replacement in &replaced {
        complain!("replaced: {}", replacement.error);
    }
    if !replaced.is_empty() {
        say!(
            "{} images could not be read; another of the same identity stood in for each.",
            counted(replaced.len())
        );
    }
}

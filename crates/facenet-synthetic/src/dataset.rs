use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::photograph::Photograph;
use super::render::{check_side, render};
use facenet_data::{DataError, FaceDataset};

/// Settings of a set of rendered faces.
///
/// Two sets with the same seed and disjoint ranges of identities, `first_identity` ..
/// `first_identity + identities`, show different people: a training and a test set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntheticFacesConfig {
    /// Number of identities.
    pub identities: usize,
    /// Number of photographs of each.
    pub photographs_per_identity: usize,
    /// Height in pixels, 16..=2048; 70, half of the 140 of NNS2 (FaceNet, section 3.3), by default.
    #[serde(default = "default_height")]
    pub height: u32,
    /// Width in pixels, 16..=2048; 58, half of the 116 of NNS2, by default.
    #[serde(default = "default_width")]
    pub width: u32,
    /// Seed of the population; 0 by default.
    #[serde(default)]
    pub seed: u64,
    /// Number of the first identity in the population; 0 by default.
    #[serde(default)]
    pub first_identity: u64,
}

fn default_height() -> u32 {
    70
}

fn default_width() -> u32 {
    58
}

impl SyntheticFacesConfig {
    /// Settings for so many identities with so many photographs each.
    pub fn new(identities: usize, photographs_per_identity: usize) -> Self {
        Self {
            identities,
            photographs_per_identity,
            height: default_height(),
            width: default_width(),
            seed: 0,
            first_identity: 0,
        }
    }

    /// Sets height and width in pixels.
    pub fn with_size(mut self, height: u32, width: u32) -> Self {
        (self.height, self.width) = (height, width);
        self
    }

    /// Sets the seed of the population.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the number of the first identity.
    pub fn with_first_identity(mut self, first_identity: u64) -> Self {
        self.first_identity = first_identity;
        self
    }

    /// The data set. Nothing is rendered yet.
    ///
    /// # Errors
    /// A side is outside 16..=2048 pixels, or there are more identities or images than numbers for
    /// them.
    pub fn init(&self) -> Result<SyntheticFaces, DataError> {
        check_side("height", self.height)?;
        check_side("width", self.width)?;
        let identities = u32::try_from(self.identities)
            .ok()
            .filter(|&n| self.first_identity.checked_add(u64::from(n)).is_some())
            .ok_or_else(|| DataError::Setting {
                setting: "identities",
                found: self.identities.to_string(),
                expected: "at most 2³² − 1, first_identity + identities below 2⁶⁴",
            })?;
        let each = self.photographs_per_identity;
        let images = self.identities.checked_mul(each);
        if images.is_none_or(|n| u32::try_from(n).is_err()) {
            return Err(DataError::Setting {
                setting: "photographs_per_identity",
                found: each.to_string(),
                expected: "at most 2³² − 1 images of all identities",
            });
        }
        Ok(SyntheticFaces {
            labels: (0..identities)
                .flat_map(|label| std::iter::repeat_n(label, each))
                .collect(),
            identities: (0..u64::from(identities))
                .map(|label| format!("synthetic_{:05}", self.first_identity + label))
                .collect(),
            config: self.clone(),
        })
    }
}

/// Rendered faces: photographs of identities that never existed.
///
/// Each image is a pure function of the seed, the number of the identity and the number of the
/// photograph: the same bytes in any order, from any thread. Images are ordered by identity, then by
/// photograph.
#[derive(Debug, Clone)]
pub struct SyntheticFaces {
    config: SyntheticFacesConfig,
    labels: Vec<u32>,
    identities: Vec<String>,
}

impl SyntheticFaces {
    /// The settings that the set was made with.
    pub fn config(&self) -> &SyntheticFacesConfig {
        &self.config
    }

    /// Numbers of the identity and the photograph of an image.
    fn numbers(&self, index: usize) -> (u64, u64) {
        let each = self.config.photographs_per_identity.max(1);
        (
            self.config
                .first_identity
                .saturating_add((index / each) as u64),
            (index % each) as u64,
        )
    }
}

impl FaceDataset for SyntheticFaces {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn identities(&self) -> &[String] {
        &self.identities
    }

    fn describe(&self, index: usize) -> String {
        let (identity, photograph) = self.numbers(index);
        format!("synthetic identity {identity}, photograph {photograph}")
    }

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        if index >= self.len() {
            return Err(DataError::IndexOutOfRange {
                index,
                len: self.len(),
            });
        }
        let (identity, photograph) = self.numbers(index);
        let config = &self.config;
        let person = Identity::sample(config.seed, identity);
        let photograph = Photograph::sample(config.seed, identity, photograph);
        render(&person, &photograph, config.height, config.width)
    }
}

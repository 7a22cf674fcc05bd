use std::collections::HashMap;
use std::sync::Arc;

use facenet_data::{FaceDataset, FaceLoaderConfig, resize};
use facenet_models::Embedder;
use facenet_sampler::{IdentityNeighbors, OfflineMining, Triplet};
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// Offline mining, as the paper tried it (§3.2): every few epochs the present network embeds a subset of
/// the images, and what is hard for it decides the batches until the next time. Epochs before the first
/// mining have the sampler's own batches.
///
/// With [`IdentitySelection::Hard`](facenet_sampler::IdentitySelection::Hard) identities that look alike
/// come into one batch of P × K; with [`triplets`](Self::triplets) a batch is made of the triplets
/// themselves, P K / 3 of them. In both, the loss mines online in the batch, by its own rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OfflineConfig {
    /// Epochs between two minings, at least 1; the first is after as many. Default: 2.
    pub every: usize,
    /// Images of each identity that are embedded, the first ones, at least 1. Default: 4.
    pub images: usize,
    /// Neighbors of each identity, at least 1. Default: 16.
    #[serde(alias = "neighbours")]
    pub neighbors: usize,
    /// Which triplets the batches are made of, in place of identities. Default: none.
    pub triplets: Option<OfflineMining>,
}

impl Default for OfflineConfig {
    fn default() -> Self {
        Self {
            every: 2,
            images: 4,
            neighbors: 16,
            triplets: None,
        }
    }
}

/// What was mined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mined {
    /// The neighbors of each identity.
    #[serde(alias = "neighbours")]
    Neighbors(IdentityNeighbors),
    /// Triplets of images of the data set. There may be none: then the batches are the sampler's.
    Triplets(Vec<Triplet>),
}

/// Images that are embedded at a time.
const BATCH: usize = 32;

impl OfflineConfig {
    /// The defaults: every 2 epochs, 4 images and 16 neighbors of each identity, no triplets.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the epochs between two minings.
    pub fn with_every(mut self, every: usize) -> Self {
        self.every = every;
        self
    }

    /// Sets the images of each identity that are embedded.
    pub fn with_images(mut self, images: usize) -> Self {
        self.images = images;
        self
    }

    /// Sets the neighbors of each identity.
    pub fn with_neighbors(mut self, neighbors: usize) -> Self {
        self.neighbors = neighbors;
        self
    }

    /// Sets which triplets the batches are made of, or none.
    pub fn with_triplets(mut self, triplets: Option<OfflineMining>) -> Self {
        self.triplets = triplets;
        self
    }

    pub(crate) fn validate(&self) -> Result<(), TrainError> {
        let Self {
            every,
            images,
            neighbors,
            ..
        } = self;
        let values = [
            ("every", every),
            ("neighbors", neighbors),
            ("images", images),
        ];
        match values.iter().find(|(_, value)| **value == 0) {
            None => Ok(()),
            Some((name, _)) => Err(TrainError::Configuration(format!(
                "offline.{name} is 0, expected at least 1"
            ))),
        }
    }

    /// Whether it is time to mine before an epoch, counted from 0.
    pub(crate) fn is_due(&self, epoch: usize) -> bool {
        epoch > 0 && epoch.is_multiple_of(self.every)
    }

    /// Embeds the subset of `faces` with the present network, and mines in it.
    ///
    /// # Errors
    ///
    /// An image cannot be read, or an embedding is not finite.
    pub fn mine(
        &self,
        faces: &Arc<dyn FaceDataset>,
        embedder: &Embedder,
        loading: &FaceLoaderConfig,
    ) -> Result<Mined, TrainError> {
        let subset = first_images(faces.labels(), self.images);
        let labels: Vec<u32> = subset.iter().map(|&image| faces.labels()[image]).collect();
        let dims = embedder.config().embedding_dim;
        let embeddings = embed(faces, &subset, embedder, loading)?;
        Ok(match self.triplets {
            None => Mined::Neighbors(IdentityNeighbors::from_embeddings(
                &embeddings,
                dims,
                &labels,
                self.neighbors,
            )?),
            Some(mining) => {
                let triplets = mining.mine(&embeddings, dims, &labels)?;
                let of_images = |triplet: Triplet| triplet.of_images(&subset);
                Mined::Triplets(triplets.into_iter().map(of_images).collect())
            }
        })
    }
}

/// The embeddings of some images, one after the other.
fn embed(
    faces: &Arc<dyn FaceDataset>,
    subset: &[usize],
    embedder: &Embedder,
    loading: &FaceLoaderConfig,
) -> Result<Vec<f32>, TrainError> {
    let [height, width] = embedder.config().input_size.map(|side| side as u32);
    let batches: Vec<Vec<usize>> = subset.chunks(BATCH).map(<[usize]>::to_vec).collect();
    let loader = loading.init(
        Arc::clone(faces),
        move |image, _| resize(&image, height, width),
        batches,
    );
    let dims = embedder.config().embedding_dim;
    let mut embeddings: Vec<f32> = Vec::with_capacity(subset.len() * dims);
    for batch in loader {
        let batch = batch?;
        let face = batch.height * batch.width * 3;
        let images: Vec<RgbImage> = batch
            .pixels
            .chunks_exact(face)
            .filter_map(|pixels| RgbImage::from_raw(width, height, pixels.to_vec()))
            .collect();
        embeddings.extend(embedder.embed(&images)?);
    }
    Ok(embeddings)
}

/// The first `images` images of each identity.
fn first_images(labels: &[u32], images: usize) -> Vec<usize> {
    let mut met: HashMap<u32, usize> = HashMap::new();
    let mut subset = Vec::new();
    for (image, &label) in labels.iter().enumerate() {
        let met = met.entry(label).or_default();
        if *met < images {
            *met += 1;
            subset.push(image);
        }
    }
    subset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subset_has_all_identities() {
        assert_eq!(first_images(&[3, 0, 3, 3, 0, 1], 2), [0, 1, 2, 4, 5]);
        assert!(first_images(&[], 2).is_empty());
    }

    #[test]
    fn mining_is_due_after_every_few_epochs() {
        let offline = OfflineConfig {
            every: 3,
            ..OfflineConfig::default()
        };
        let due: Vec<usize> = (0..10).filter(|&epoch| offline.is_due(epoch)).collect();
        assert_eq!(due, [3, 6, 9]);
    }

    #[test]
    fn zeros_are_refused() {
        let refused = |text: &str| {
            let offline: OfflineConfig = serde_json::from_str(text).unwrap();
            offline.validate().unwrap_err().to_string()
        };
        assert_eq!(
            refused(r#"{"every": 0}"#),
            "training configuration: offline.every is 0, expected at least 1"
        );
        assert!(refused(r#"{"neighbors": 0}"#).contains("offline.neighbors"));
        assert!(refused(r#"{"images": 0}"#).contains("offline.images"));
        assert!(OfflineConfig::default().validate().is_ok());
    }
}

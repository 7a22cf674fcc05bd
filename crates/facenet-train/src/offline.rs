use std::collections::HashMap;
use std::sync::Arc;

use facenet_data::{FaceDataset, FaceLoader, LoaderOptions, resize};
use facenet_models::Embedder;
use facenet_sampler::IdentityNeighbours;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// When and how the neighbours of identities are mined for batches of hard identities
/// ([`IdentitySelection::Hard`](facenet_sampler::IdentitySelection::Hard)).
///
/// It is the paper's offline mining (§3.2: every n steps, with the newest network, on a subset) with
/// identities for triplets: the online mining of the loss then finds hard triplets in batches of
/// identities that look alike. Epochs before the first mining have random company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HardConfig {
    /// Epochs between two minings, at least 1; the first is after as many. Default: 2.
    pub every: usize,
    /// Neighbours of each identity, at least 1. Default: 16.
    pub neighbours: usize,
    /// Images of each identity that are embedded, the first ones, at least 1. Default: 4.
    pub images: usize,
}

impl Default for HardConfig {
    fn default() -> Self {
        Self {
            every: 2,
            neighbours: 16,
            images: 4,
        }
    }
}

/// Images that are embedded at a time.
const BATCH: usize = 32;

impl HardConfig {
    pub(crate) fn check(&self) -> Result<(), TrainError> {
        let Self {
            every,
            neighbours,
            images,
        } = self;
        let values = [
            ("every", every),
            ("neighbours", neighbours),
            ("images", images),
        ];
        match values.iter().find(|(_, value)| **value == 0) {
            None => Ok(()),
            Some((name, _)) => Err(TrainError::Configuration(format!(
                "hard.{name} is 0, expected at least 1"
            ))),
        }
    }

    /// Whether neighbours are mined before an epoch, counted from 0.
    pub(crate) fn is_due(&self, epoch: usize) -> bool {
        epoch > 0 && epoch.is_multiple_of(self.every)
    }

    /// The neighbours of all identities of `faces` by the present network.
    ///
    /// # Errors
    ///
    /// An image cannot be read, or an embedding is not finite.
    pub fn mine(
        &self,
        faces: &Arc<dyn FaceDataset>,
        embedder: &Embedder,
        loading: &LoaderOptions,
    ) -> Result<IdentityNeighbours, TrainError> {
        let subset = first_images(faces.labels(), self.images);
        let labels: Vec<u32> = subset.iter().map(|&image| faces.labels()[image]).collect();
        let [height, width] = embedder.config().input_size.map(|side| side as u32);
        let batches: Vec<Vec<usize>> = subset.chunks(BATCH).map(<[usize]>::to_vec).collect();
        let loader = FaceLoader::new(
            Arc::clone(faces),
            move |image, _| resize(&image, height, width),
            batches,
            loading,
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
        let neighbours =
            IdentityNeighbours::from_embeddings(&embeddings, dims, &labels, self.neighbours)?;
        Ok(neighbours)
    }
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
        let hard = HardConfig {
            every: 3,
            ..HardConfig::default()
        };
        let due: Vec<usize> = (0..10).filter(|&epoch| hard.is_due(epoch)).collect();
        assert_eq!(due, [3, 6, 9]);
    }

    #[test]
    fn zeros_are_refused() {
        let refused = |text: &str| {
            let hard: HardConfig = serde_json::from_str(text).unwrap();
            hard.check().unwrap_err().to_string()
        };
        assert_eq!(
            refused(r#"{"every": 0}"#),
            "training configuration: hard.every is 0, expected at least 1"
        );
        assert!(refused(r#"{"neighbours": 0}"#).contains("hard.neighbours"));
        assert!(refused(r#"{"images": 0}"#).contains("hard.images"));
        assert!(HardConfig::default().check().is_ok());
    }
}

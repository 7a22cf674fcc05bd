use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::{
    CacheCounts, CachedFaces, FaceDataset, ReplacedFaces, Replacement, SkippedIdentities,
    Unreadable,
};

/// Faces to train on, and an account of what is not among them.
#[non_exhaustive]
pub struct TrainingFaces {
    /// The faces to train on.
    pub training: Arc<dyn FaceDataset>,
    /// Those of people that are kept from the training.
    pub held_out: Option<Arc<dyn FaceDataset>>,
    /// Identities that were left out because they have too few images.
    pub skipped: SkippedIdentities,
    /// Images that cannot be read and were left out, in the order of their indices.
    pub unreadable: Vec<Unreadable>,
    pub(super) cache: Option<Arc<CachedFaces<Arc<dyn FaceDataset>>>>,
    pub(super) replaced: Option<Arc<ReplacedFaces<Arc<dyn FaceDataset>>>>,
}

impl TrainingFaces {
    /// The folder of the cache and what it has spared so far; `None` without a cache.
    pub fn cache(&self) -> Option<(&Path, CacheCounts)> {
        let cache = self.cache.as_ref()?;
        Some((cache.folder(), cache.counts()))
    }

    /// The images that others have stood in for so far.
    pub fn replaced(&self) -> Vec<Replacement> {
        let replaced = self.replaced.as_ref().map(|faces| faces.replaced());
        replaced.unwrap_or_default()
    }
}

impl fmt::Debug for TrainingFaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrainingFaces")
            .field("training", &self.training.len())
            .field("held_out", &self.held_out.as_ref().map(|faces| faces.len()))
            .field("skipped", &self.skipped)
            .field("unreadable", &self.unreadable)
            .finish_non_exhaustive()
    }
}

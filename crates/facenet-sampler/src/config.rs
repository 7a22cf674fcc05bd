use serde::{Deserialize, Serialize};

use crate::IdentitySelection;

/// What to do with an identity that has fewer than K images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ShortIdentity {
    /// Repeat its images until there are K, each as often as the others (give or take one).
    ///
    /// A repeated image is a positive at distance zero unless augmentation tells the copies apart.
    #[default]
    Repeat,
    /// Give the images it has, so that some batches hold fewer than P × K images.
    Fewer,
    /// Leave the identity out of every epoch.
    Skip,
}

/// Settings of a [`PkSampler`](crate::PkSampler).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PkSamplerConfig {
    /// P, the number of identities in a batch, at least 2.
    pub p: usize,
    /// K, the number of images of each identity in a batch, at least 1.
    pub k: usize,
    /// Random images of other identities after the P × K, all different. Default: 0.
    ///
    /// FaceNet §3.2 has about 40 faces of each anchor identity and randomly drawn negatives beside
    /// them: 45 × 40 = 1,800 faces, as P = 22, K = 40 and 920 negatives are.
    #[serde(default)]
    pub negatives: usize,
    /// Which identities an epoch draws, and which share a batch. Default: each once, shuffled.
    #[serde(default)]
    pub selection: IdentitySelection,
    /// Seed of every choice. Default: 0.
    #[serde(default)]
    pub seed: u64,
    /// What to do with an identity that has fewer than K images. Default: repeat its images.
    #[serde(default)]
    pub short: ShortIdentity,
    /// Number of this replica, below [`world`](Self::world). Default: 0.
    #[serde(default)]
    pub rank: usize,
    /// Number of replicas that share an epoch. Default: 1.
    #[serde(default = "one")]
    pub world: usize,
}

fn one() -> usize {
    1
}

impl PkSamplerConfig {
    /// Batches of `p` identities with `k` images each.
    ///
    /// The values are checked by [`init`](Self::init).
    pub fn new(p: usize, k: usize) -> Self {
        Self {
            p,
            k,
            negatives: 0,
            selection: IdentitySelection::default(),
            seed: 0,
            short: ShortIdentity::default(),
            rank: 0,
            world: 1,
        }
    }

    /// Appends `n` random images of other identities to each batch.
    pub fn with_negatives(mut self, n: usize) -> Self {
        self.negatives = n;
        self
    }

    /// Sets which identities an epoch draws, and which share a batch.
    pub fn with_selection(mut self, selection: IdentitySelection) -> Self {
        self.selection = selection;
        self
    }

    /// Sets the seed of every choice.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets what happens to an identity that has fewer than K images.
    pub fn with_short(mut self, short: ShortIdentity) -> Self {
        self.short = short;
        self
    }

    /// Gives this sampler the share of replica `rank` out of `world`.
    pub fn with_replica(mut self, rank: usize, world: usize) -> Self {
        self.rank = rank;
        self.world = world;
        self
    }
}

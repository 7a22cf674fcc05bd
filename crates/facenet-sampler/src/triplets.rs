use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;

use rand::seq::SliceRandom;

use crate::stream::{Purpose, stream};
use crate::{SamplerError, Triplet};

/// Batches of triplets that were mined offline.
///
/// As with a [`PkSampler`](crate::PkSampler), an epoch is a pure function of seed, epoch and replica,
/// and any batch can be reached without making those before it. Each triplet is in one batch an epoch,
/// the last batch is filled with triplets from the start of the epoch, and replicas get equal numbers of
/// batches and different triplets (images, unlike triplets, may be on several).
///
/// ```
/// use facenet_sampler::{Triplet, OfflineMining, TripletSampler};
///
/// let embeddings = [0.0, 0.5, 0.4, 2.0];
/// let labels = [7, 7, 8, 8];
/// let mined = OfflineMining::Hard.mine(&embeddings, 1, &labels)?;
/// // The four images were a subset of a data set.
/// let subset = [10, 20, 30, 40];
/// let mined = mined.into_iter().map(|triplet| triplet.of_images(&subset)).collect();
///
/// let sampler = TripletSampler::new(mined, 3)?.with_seed(1);
/// assert_eq!(sampler.batches(), 2); // four triplets, three a batch: the second batch wraps
/// for batch in sampler.epoch(0) {
///     assert_eq!(batch.len(), 9); // anchor, positive, negative, anchor, positive, negative, …
/// }
/// # Ok::<(), facenet_sampler::SamplerError>(())
/// ```
#[derive(Debug, Clone)]
pub struct TripletSampler {
    triplets: Arc<[Triplet]>,
    /// Triplets in a batch.
    size: usize,
    seed: u64,
    rank: usize,
    world: usize,
}

impl TripletSampler {
    /// Batches of `size` triplets, or of all there are where there are fewer, seed 0, one replica.
    ///
    /// # Errors
    /// [`SamplerError`] where there is no triplet, 2^32 of them or more, or `size` is 0.
    pub fn new(triplets: Vec<Triplet>, size: usize) -> Result<Self, SamplerError> {
        if size == 0 {
            return Err(SamplerError::NoTripletsPerBatch);
        }
        if u32::try_from(triplets.len()).is_err() {
            return Err(SamplerError::TooManyTriplets {
                triplets: triplets.len(),
            });
        }
        let sampler = Self {
            triplets: triplets.into(),
            size,
            seed: 0,
            rank: 0,
            world: 1,
        };
        sampler.with_replica(0, 1)
    }

    /// Sets the seed of the order.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Gives this sampler the share of replica `rank` out of `world`.
    ///
    /// # Errors
    /// [`SamplerError`] where `rank` is not below `world`, or there are fewer triplets than replicas.
    pub fn with_replica(mut self, rank: usize, world: usize) -> Result<Self, SamplerError> {
        if rank >= world {
            return Err(SamplerError::Replica { rank, world });
        }
        let triplets = self.triplets.len();
        if triplets < world {
            return Err(SamplerError::TooFewTriplets { triplets, world });
        }
        (self.rank, self.world) = (rank, world);
        Ok(self)
    }

    /// Triplets in every batch: the size that was asked for, or the smallest share of a replica where
    /// that is less.
    pub fn triplets_per_batch(&self) -> usize {
        self.size.min(self.triplets.len() / self.world)
    }

    /// The number of batches in every epoch: ⌈triplets / (triplets in a batch × replicas)⌉.
    pub fn batches(&self) -> usize {
        self.triplets
            .len()
            .div_ceil(self.world)
            .div_ceil(self.triplets_per_batch())
    }

    /// The batches of one epoch on this replica.
    pub fn epoch(&self, epoch: usize) -> TripletEpoch {
        let mut order: Vec<u32> = (0..self.triplets.len() as u32).collect();
        order.shuffle(&mut stream(self.seed, Purpose::Triplets, epoch as u64, 0));
        let order = order.into_iter().skip(self.rank).step_by(self.world);
        TripletEpoch {
            triplets: Arc::clone(&self.triplets),
            order: order.collect(),
            size: self.triplets_per_batch(),
            left: 0..self.batches(),
        }
    }
}

/// The batches of one epoch, each a list of image indices: anchor, positive, negative of its first
/// triplet, then of the next.
#[derive(Debug, Clone)]
pub struct TripletEpoch {
    triplets: Arc<[Triplet]>,
    /// This replica's triplets in the order of this epoch.
    order: Arc<[u32]>,
    size: usize,
    left: Range<usize>,
}

impl TripletEpoch {
    fn batch(&self, batch: usize) -> Vec<usize> {
        let mut indices = Vec::with_capacity(3 * self.size);
        for position in batch * self.size..(batch + 1) * self.size {
            let triplet = self.order[position % self.order.len()];
            indices.extend(self.triplets[triplet as usize].indices());
        }
        indices
    }
}

impl Iterator for TripletEpoch {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left.next().map(|batch| self.batch(batch))
    }

    fn nth(&mut self, n: usize) -> Option<Self::Item> {
        self.left.nth(n).map(|batch| self.batch(batch))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left.size_hint()
    }
}

impl ExactSizeIterator for TripletEpoch {}

impl FusedIterator for TripletEpoch {}

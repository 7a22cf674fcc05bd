use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;

use rand::seq::SliceRandom;

use crate::groups::Groups;
use crate::stream::{Purpose, stream};
use crate::{PkSamplerConfig, ShortIdentity};

/// What all epochs of a sampler share.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) config: PkSamplerConfig,
    pub(crate) groups: Groups,
    /// The identities that take part.
    pub(crate) usable: Vec<u32>,
    /// Batches in each epoch of each replica.
    pub(crate) batches: usize,
}

/// The batches of one epoch, each a list of image indices, the K images of an identity side by side.
///
/// Any batch can be reached without making those before it: [`Iterator::nth`] and
/// [`Iterator::skip`] cost nothing for what they pass over.
#[derive(Debug, Clone)]
pub struct PkEpoch {
    plan: Arc<Plan>,
    epoch: usize,
    /// This replica's identities in the order of this epoch, at least P of them.
    order: Arc<[u32]>,
    left: Range<usize>,
}

impl PkEpoch {
    pub(crate) fn new(plan: Arc<Plan>, epoch: usize) -> Self {
        let &PkSamplerConfig {
            seed, rank, world, ..
        } = &plan.config;
        let mut order = plan.usable.clone();
        // All replicas shuffle alike and take turns, hence their identities are disjoint.
        order.shuffle(&mut stream(seed, Purpose::Identities, epoch as u64, 0));
        let order = order.into_iter().skip(rank).step_by(world).collect();
        let left = 0..plan.batches;
        Self {
            plan,
            epoch,
            order,
            left,
        }
    }

    fn batch(&self, batch: usize) -> Vec<usize> {
        let p = self.plan.config.p;
        // P × K are not reserved: with `Fewer`, a large K asks for all images there are.
        let mut indices = Vec::new();
        // The order has at least P identities, so P positions in a row never meet one twice.
        for position in batch * p..(batch + 1) * p {
            let identity = self.order[position % self.order.len()];
            self.push_images(identity, position / self.order.len(), &mut indices);
        }
        indices
    }

    /// Appends K images of an identity, `turn` counting its earlier turns in this epoch.
    ///
    /// Its n images are shuffled once for every ⌈n/K⌉ epochs, which take K of them each, so that
    /// after those epochs all were used; the next shuffle puts other images side by side.
    fn push_images(&self, identity: u32, turn: usize, indices: &mut Vec<usize>) {
        let &PkSamplerConfig { k, seed, short, .. } = &self.plan.config;
        let images = self.plan.groups.of(identity);
        let turns = images.len().div_ceil(k);
        let round = self.epoch / turns;
        let window = (self.epoch % turns + turn) % turns;
        let count = match short {
            ShortIdentity::Fewer => k.min(images.len()),
            ShortIdentity::Repeat | ShortIdentity::Skip => k,
        };
        let mut images = images.to_vec();
        let rng = &mut stream(seed, Purpose::Images, u64::from(identity), round as u64);
        images.shuffle(rng);
        let from = images.iter().cycle().skip(window * k % images.len());
        indices.extend(from.take(count).map(|&image| image as usize));
    }
}

impl Iterator for PkEpoch {
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

impl ExactSizeIterator for PkEpoch {}

impl FusedIterator for PkEpoch {}

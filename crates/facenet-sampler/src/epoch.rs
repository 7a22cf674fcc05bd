use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;

use rand::seq::SliceRandom;

use crate::groups::Groups;
use crate::negatives::push_negatives;
use crate::neighbor_groups::NeighborGroups;
use crate::permutation::Permutation;
use crate::stream::{Purpose, stream};
use crate::weights::{Line, Weights};
use crate::{IdentityNeighbors, IdentitySelection, PkSamplerConfig, ShortIdentity};

/// What all epochs of a sampler share.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) config: PkSamplerConfig,
    /// The identities that take part, numbered from 0.
    pub(crate) groups: Groups,
    /// The number of each in the labels, ascending.
    pub(crate) names: Vec<u32>,
    /// With [`IdentitySelection::ByCount`].
    pub(crate) weights: Option<Weights>,
    /// Identities that the labels name.
    pub(crate) identities: usize,
    /// Batches in each epoch of each replica.
    pub(crate) batches: usize,
}

/// The batches of one epoch, each a list of image indices: the K images of an identity side by side,
/// then the random negatives.
///
/// Any batch can be reached without making those before it: [`Iterator::nth`] and
/// [`Iterator::skip`] cost nothing for what they pass over.
#[derive(Debug, Clone)]
pub struct PkEpoch {
    plan: Arc<Plan>,
    epoch: usize,
    slots: Arc<Slots>,
    left: Range<usize>,
}

/// Which identity is in which slot of which batch.
#[derive(Debug)]
enum Slots {
    /// This replica's identities, at least P of them; slots after the last one start again.
    Order(Vec<u32>),
    Line(Line),
}

impl PkEpoch {
    pub(crate) fn new(
        plan: Arc<Plan>,
        epoch: usize,
        neighbors: Option<&IdentityNeighbors>,
    ) -> Self {
        let &PkSamplerConfig {
            p,
            seed,
            rank,
            world,
            selection,
            ..
        } = &plan.config;
        let mut order: Vec<u32> = (0..plan.groups.len() as u32).collect();
        // All replicas shuffle alike and take turns, hence their identities are disjoint.
        let number = epoch as u64;
        order.shuffle(&mut stream(seed, Purpose::Identities, number, 0));
        let slots = match (selection, neighbors, &plan.weights) {
            (IdentitySelection::Hard { group }, Some(neighbors), _) => {
                let grouping = NeighborGroups {
                    neighbors,
                    names: &plan.names,
                    p,
                    group,
                    rank,
                    world,
                };
                Slots::Order(grouping.order(order, seed, number))
            }
            (_, _, weights) => {
                let order = order.into_iter().skip(rank).step_by(world).collect();
                match weights {
                    None => Slots::Order(order),
                    Some(weights) => Slots::Line(Line::new(
                        weights,
                        order,
                        [p, plan.batches],
                        seed,
                        [number, rank as u64],
                    )),
                }
            }
        };
        Self {
            epoch,
            slots: Arc::new(slots),
            left: 0..plan.batches,
            plan,
        }
    }

    fn batch(&self, batch: usize) -> Vec<usize> {
        let &PkSamplerConfig {
            p,
            seed,
            negatives,
            rank,
            world,
            ..
        } = &self.plan.config;
        // P × K are not reserved: with `Fewer`, a large K asks for all images there are.
        let mut indices = Vec::new();
        let mut anchors = Vec::with_capacity(p);
        for slot in 0..p {
            let (identity, turn) = match &*self.slots {
                // At least P identities, so P positions in a row never meet one twice.
                Slots::Order(order) => {
                    let position = batch * p + slot;
                    (order[position % order.len()], position / order.len())
                }
                Slots::Line(line) => line.at(batch, slot),
            };
            anchors.push(identity);
            self.push_images(identity, turn, &mut indices);
        }
        if negatives > 0 {
            // No two replicas draw alike.
            let number = batch as u64 * world as u64 + rank as u64;
            let mut rng = stream(seed, Purpose::Negatives, self.epoch as u64, number);
            push_negatives(
                &self.plan.groups,
                &anchors,
                negatives,
                &mut rng,
                &mut indices,
            );
        }
        indices
    }

    /// Appends K images of an identity, `turn` counting its earlier turns in this epoch.
    ///
    /// Its n images are shuffled once for every ⌈n/K⌉ turns, which take K of them each, so that
    /// after those turns all were used; the next shuffle puts other images side by side. An identity
    /// that has s turns an epoch starts each epoch s turns on.
    fn push_images(&self, identity: u32, turn: usize, indices: &mut Vec<usize>) {
        let plan = &self.plan;
        let &PkSamplerConfig { k, seed, short, .. } = &plan.config;
        let images = plan.groups.of(identity);
        let turns = images.len().div_ceil(k);
        let stride = match &plan.weights {
            None => 1,
            Some(weights) => {
                weights.stride(identity, plan.config.p * plan.batches * plan.config.world)
            }
        };
        let start = self.epoch as u128 * stride as u128;
        let round = (start / turns as u128) as u64;
        let window = ((start % turns as u128) as usize + turn) % turns;
        let count = match short {
            ShortIdentity::Fewer => k.min(images.len()),
            ShortIdentity::Repeat | ShortIdentity::Skip => k,
        };
        let name = u64::from(plan.names[identity as usize]);
        let mut rng = stream(seed, Purpose::Images, name, round);
        let order = Permutation::new(images.len() as u32, &mut rng);
        indices.extend((0..count).map(|image| {
            let place = (window * k + image) % images.len();
            images[order.at(place as u32) as usize] as usize
        }));
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

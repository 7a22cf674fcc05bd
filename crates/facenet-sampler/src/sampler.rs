use std::sync::Arc;

use crate::epoch::Plan;
use crate::groups::Groups;
use crate::negatives::fewest_left;
use crate::weights::Weights;
use crate::{
    IdentityNeighbors, IdentitySelection, PkEpoch, PkReport, PkSamplerConfig, SamplerError,
    ShortIdentity,
};

/// Samples batches of P identities × K images from labels.
///
/// It holds at most sixteen bytes an image and never an image itself. See the [crate] for what it
/// promises.
#[derive(Debug, Clone)]
pub struct PkSampler {
    plan: Arc<Plan>,
    report: PkReport,
}

impl PkSamplerConfig {
    /// A sampler over the images whose identities are `labels`, image `i` having `labels[i]`.
    ///
    /// Labels may be any numbers in any order.
    ///
    /// # Errors
    /// [`SamplerError`] where K is 0, P is below 2, a batch does not fit 32 bits, the replica is not
    /// below the number of replicas, the selection is out of range, the labels are none or all the
    /// same, fewer than P identities are left for each replica, or the largest P of them leave fewer
    /// images than negatives are asked for.
    pub fn init(&self, labels: &[u32]) -> Result<PkSampler, SamplerError> {
        let config = self;
        let &Self {
            p,
            k,
            negatives,
            selection,
            short,
            rank,
            world,
            ..
        } = config;
        if k == 0 {
            return Err(SamplerError::NoImagesPerIdentity);
        }
        if p < 2 {
            return Err(SamplerError::TooFewIdentitiesPerBatch { p });
        }
        let size = p.checked_mul(k).and_then(|pk| pk.checked_add(negatives));
        if size.is_none_or(|size| u32::try_from(size).is_err()) {
            return Err(SamplerError::BatchTooLarge { p, k, negatives });
        }
        selection.validate()?;
        if rank >= world {
            return Err(SamplerError::Replica { rank, world });
        }

        let mut groups = Groups::new(labels)?;
        let (images, identities) = (groups.images(), groups.len());
        match identities {
            0 => return Err(SamplerError::NoIdentities),
            1 => {
                return Err(SamplerError::OneIdentity { images });
            }
            _ => {}
        }
        let (mut short_identities, mut short_images, mut single_identities) = (0, 0, 0);
        for identity in 0..identities as u32 {
            let images = groups.of(identity).len();
            if images < k {
                short_identities += 1;
                short_images += images;
                single_identities += usize::from(images == 1);
            }
        }
        let names = groups.retain(match short {
            ShortIdentity::Skip => k,
            ShortIdentity::Repeat | ShortIdentity::Fewer => 1,
        });
        let usable = names.len();
        let share = usable / world;
        if share < p {
            return Err(SamplerError::TooFewIdentities {
                identities,
                usable,
                share,
                p,
                k,
                short,
                world,
            });
        }
        if negatives > 0 {
            let left = fewest_left(&groups, p);
            if negatives > left {
                return Err(SamplerError::TooManyNegatives { negatives, left, p });
            }
        }
        let weights = match selection {
            IdentitySelection::ByCount { alpha } => Some(Weights::new(&groups, alpha, p)),
            IdentitySelection::Uniform | IdentitySelection::Hard { .. } => None,
        };
        let batches = usable.div_ceil(world).div_ceil(p);
        let report = PkReport {
            p,
            k,
            negatives,
            selection,
            images,
            identities,
            short_identities,
            short_images,
            single_identities,
            short,
            world,
            batches,
        };
        let plan = Plan {
            config: config.clone(),
            groups,
            names,
            weights,
            identities,
            batches,
        };
        Ok(PkSampler {
            plan: Arc::new(plan),
            report,
        })
    }
}

impl PkSampler {
    /// The batches of one epoch on this replica.
    ///
    /// It is the same for the same seed, labels, epoch and replica, whatever was asked before.
    pub fn epoch(&self, epoch: usize) -> PkEpoch {
        PkEpoch::new(Arc::clone(&self.plan), epoch, None)
    }

    /// The batches of one epoch on this replica, with the identities' neighbors by the last
    /// embeddings, for [`IdentitySelection::Hard`]; the other selections do not look at them.
    ///
    /// It is the same for the same seed, labels, epoch, replica and neighbors.
    ///
    /// # Errors
    /// [`SamplerError::OtherIdentities`] where there are not as many lists of neighbors as identities
    /// in the labels, those that are left out included.
    pub fn epoch_with(
        &self,
        epoch: usize,
        neighbors: &IdentityNeighbors,
    ) -> Result<PkEpoch, SamplerError> {
        if neighbors.len() != self.plan.identities {
            return Err(SamplerError::OtherIdentities {
                neighbors: neighbors.len(),
                identities: self.plan.identities,
            });
        }
        let plan = Arc::clone(&self.plan);
        Ok(PkEpoch::new(plan, epoch, Some(neighbors)))
    }

    /// The number of batches in every epoch: ⌈identities / (P × replicas)⌉.
    pub fn batches(&self) -> usize {
        self.plan.batches
    }

    /// What was found in the labels, and what happens to identities with fewer than K images.
    pub fn report(&self) -> &PkReport {
        &self.report
    }
}

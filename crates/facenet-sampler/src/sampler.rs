use std::sync::Arc;

use crate::epoch::Plan;
use crate::groups::Groups;
use crate::{PkEpoch, PkReport, PkSamplerConfig, SamplerError, ShortIdentity};

/// Samples batches of P identities × K images from labels.
///
/// It holds at most twelve bytes an image and never an image itself. See the [crate] for what it
/// promises.
#[derive(Debug, Clone)]
pub struct PkSampler {
    plan: Arc<Plan>,
    report: PkReport,
}

impl PkSampler {
    /// A sampler over the images whose identities are `labels`, image `i` having `labels[i]`.
    ///
    /// Labels may be any numbers in any order. Ten million take about a second.
    ///
    /// # Errors
    /// [`SamplerError`] where K is 0, P is below 2, P × K does not fit 32 bits, the replica is not
    /// below the number of replicas, the labels are none or all the same, or where fewer than P
    /// identities are left for each replica.
    pub fn new(config: &PkSamplerConfig, labels: &[u32]) -> Result<Self, SamplerError> {
        let &PkSamplerConfig {
            p,
            k,
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
        if p.checked_mul(k)
            .is_none_or(|size| u32::try_from(size).is_err())
        {
            return Err(SamplerError::BatchTooLarge { p, k });
        }
        if rank >= world {
            return Err(SamplerError::Replica { rank, world });
        }

        let groups = Groups::new(labels)?;
        let identities = groups.len();
        match identities {
            0 => return Err(SamplerError::NoIdentities),
            1 => {
                return Err(SamplerError::OneIdentity {
                    images: groups.images(),
                });
            }
            _ => {}
        }
        let all = 0..identities as u32;
        let (mut short_identities, mut short_images, mut single_identities) = (0, 0, 0);
        for identity in all.clone() {
            let images = groups.of(identity).len();
            if images < k {
                short_identities += 1;
                short_images += images;
                single_identities += usize::from(images == 1);
            }
        }
        let usable: Vec<u32> = match short {
            ShortIdentity::Skip => all
                .filter(|&identity| groups.of(identity).len() >= k)
                .collect(),
            ShortIdentity::Repeat | ShortIdentity::Fewer => all.collect(),
        };
        let share = usable.len() / world;
        if share < p {
            return Err(SamplerError::TooFewIdentities {
                identities,
                usable: usable.len(),
                share,
                p,
                k,
                short,
                world,
            });
        }
        let batches = usable.len().div_ceil(world).div_ceil(p);
        let report = PkReport {
            p,
            k,
            images: groups.images(),
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
            usable,
            batches,
        };
        Ok(Self {
            plan: Arc::new(plan),
            report,
        })
    }

    /// The batches of one epoch on this replica.
    ///
    /// It is the same for the same seed, labels, epoch and replica, whatever was asked before.
    pub fn epoch(&self, epoch: usize) -> PkEpoch {
        PkEpoch::new(Arc::clone(&self.plan), epoch)
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

use std::fmt;

use serde::Serialize;

use crate::{IdentitySelection, ShortIdentity};

/// What a [`PkSampler`](crate::PkSampler) found in the labels, and what it does with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PkReport {
    /// P, the identities in a batch.
    pub p: usize,
    /// K, the images of each identity in a batch.
    pub k: usize,
    /// Random images of other identities in a batch.
    pub negatives: usize,
    /// Which identities an epoch draws, and which share a batch.
    pub selection: IdentitySelection,
    /// Images that the labels name.
    pub images: usize,
    /// Identities that the labels name.
    pub identities: usize,
    /// Identities with fewer than K images.
    pub short_identities: usize,
    /// Images of the identities with fewer than K.
    pub short_images: usize,
    /// Identities with one image: they have no positive of their own.
    pub single_identities: usize,
    /// What happens to the identities with fewer than K images.
    pub short: ShortIdentity,
    /// Replicas that share an epoch.
    pub world: usize,
    /// Batches in an epoch of one replica.
    pub batches: usize,
}

impl fmt::Display for PkReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            p,
            k,
            images,
            identities,
            short_identities,
            short_images,
            ..
        } = self;
        write!(f, "{images} images of {identities} identities; ")?;
        if *short_identities == 0 {
            write!(f, "all have at least K = {k}")?;
        } else {
            let fate = match self.short {
                ShortIdentity::Repeat => "their images are repeated",
                ShortIdentity::Fewer => "they give the images they have",
                ShortIdentity::Skip => "they are left out",
            };
            write!(
                f,
                "{short_identities} ({short_images} images) have fewer than K = {k}, \
                 {} of them one image: {fate}",
                self.single_identities
            )?;
        }
        write!(f, "; {} batches of P = {p} identities", self.batches)?;
        if self.negatives > 0 {
            write!(f, " and {} random negatives", self.negatives)?;
        }
        f.write_str(" an epoch")?;
        match self.selection {
            IdentitySelection::Uniform => {}
            IdentitySelection::ByCount { alpha } => {
                write!(f, ", identities in proportion to (images)^{alpha}")?;
            }
            IdentitySelection::Hard { group } => {
                write!(f, ", neighbors in groups of {}", group.min(*p))?;
            }
        }
        if self.world > 1 {
            write!(f, " on each of {} replicas", self.world)?;
        }
        Ok(())
    }
}

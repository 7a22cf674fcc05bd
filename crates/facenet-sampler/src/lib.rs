//! Batches of P identities × K images for metric learning: labels in, batches of indices out.
//!
//! A triplet loss with online mining needs several images of each identity in every batch; FaceNet
//! (Schroff et al., CVPR 2015, §3.2) takes about 40 faces of an identity, and Hermans et al. (*In
//! Defense of the Triplet Loss*, 2017, §2) name the layout P × K. No image and no framework is in
//! sight here: a [`PkSampler`] knows labels and gives indices.
//!
//! ```
//! use facenet_sampler::{PkSampler, PkSamplerConfig};
//!
//! let labels = [0, 0, 0, 1, 1, 2, 2, 2, 2];
//! let sampler = PkSamplerConfig::new(2, 2).with_seed(7).init(&labels)?;
//!
//! let epoch = sampler.epoch(0);
//! assert_eq!(epoch.len(), 2); // three identities, two a batch: the second batch wraps
//! for batch in epoch {
//!     assert_eq!(batch.len(), 4);
//!     assert_eq!(labels[batch[0]], labels[batch[1]]);
//!     assert_ne!(labels[batch[0]], labels[batch[2]]);
//! }
//!
//! // A run that stopped after one batch goes on with the second.
//! let rest: Vec<_> = sampler.epoch(0).skip(1).collect();
//! assert_eq!(rest[0], sampler.epoch(0).nth(1).unwrap());
//! # Ok::<(), facenet_sampler::SamplerError>(())
//! ```
//!
//! # What is promised
//! - Every batch holds exactly P distinct identities with K images each, the K images of an identity
//!   side by side ([`ShortIdentity`] says what happens to an identity with fewer than K), then the
//!   [random negatives](PkSamplerConfig::negatives), all different and none of an identity before them.
//! - Each identity appears once in an epoch. Where P does not divide their number, the last batch is
//!   filled with identities from the start of the epoch, again distinct; nothing is dropped. Other
//!   [selections](IdentitySelection) draw identities by their images, or put neighbors in a batch.
//! - The images of an identity rotate: an identity of n images shows all of them within ⌈n/K⌉
//!   epochs, then they are shuffled anew.
//! - An epoch is a pure function of seed, epoch and replica (and of the neighbors, where
//!   [`PkSampler::epoch_with`] gets some), the same on every platform.
//! - Replicas get equal numbers of batches and disjoint identities; negatives are drawn from all.
//!
//! # Mining over more than a batch
//! FaceNet tried two sources of hard triplets (§3.2): large batches, from which the loss mines online,
//! and embeddings of a subset, recomputed every n steps. For the second, [`IdentityNeighbors`] bring
//! identities that look alike into one batch, and [`OfflineMining`] gives triplets, of which a
//! [`TripletSampler`] makes batches.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod epoch;
mod error;
mod groups;
mod nearest;
mod negatives;
mod neighbor_groups;
mod neighbors;
mod offline;
mod permutation;
mod report;
mod sampler;
mod selection;
mod stream;
mod triplet;
mod triplets;
mod weights;

pub use config::{PkSamplerConfig, ShortIdentity};
pub use epoch::PkEpoch;
pub use error::SamplerError;
pub use neighbors::IdentityNeighbors;
pub use offline::OfflineMining;
pub use report::PkReport;
pub use sampler::PkSampler;
pub use selection::IdentitySelection;
pub use triplet::Triplet;
pub use triplets::{TripletEpoch, TripletSampler};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

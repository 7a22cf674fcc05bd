//! The sampler at ten million labels: its set-up, the start of an epoch, and batches.
//!
//! The extra memory of a set-up, over the number of labels, is what an image takes at the peak; `epoch` has that
//! of an epoch beside a sampler that is there already. A run of `batches` is many of them, each reached by its
//! number as a run that is resumed reaches it.
//!
//! `cargo bench --workspace --bench sampler -- --filter identities=100000`

use std::process::ExitCode;

use facenet_benches::{Case, Failure, Session, benchmark};
use facenet_core::burn::tensor::TensorData;
use facenet_core::prelude::*;
use facenet_core::sampler::{IdentityNeighbors, IdentitySelection};
use serde_json::json;

/// Images, and identities among them: a hundred images each, as in MS1M, and ten, as in WebFace260M.
const SIZES: [(u32, u32); 2] = [(10_000_000, 100_000), (10_000_000, 1_000_000)];
const QUICK: [(u32, u32); 1] = [(100_000, 1_000)];
/// Batches in a run.
const BATCHES: usize = 1000;
/// Batches of the peer in a run, which shuffles all identities for each.
const PEER_BATCHES: usize = 20;
/// Seconds after which warm-up and timed runs of a case end.
const LIMIT: f64 = 20.0;

fn main() -> ExitCode {
    benchmark("sampler", |session| {
        let sizes: &[(u32, u32)] = match session.options().quick {
            true => &QUICK,
            false => &SIZES,
        };
        for &(images, identities) in sizes {
            size(session, images, identities)?;
        }
        Ok(())
    })
}

fn size(session: &mut Session, images: u32, identities: u32) -> Result<(), Failure> {
    let size = format!("images={images}/identities={identities}");
    for selection in ["uniform", "by-count:0.5"] {
        let config = PkSamplerConfig::new(45, 40).with_selection(selection.parse()?);
        let case = Case::new(format!("{size}/setup/{selection}"))
            .throughput(f64::from(images), "labels/s")
            .limit(LIMIT);
        let case = match selection {
            "uniform" => case.peer(json!({
                "what": "setup", "images": images, "identities": identities, "p": 45, "k": 40,
            })),
            _ => case,
        };
        session.case(case, |device| {
            let labels = labels(images, identities);
            let device = device.clone();
            Ok(move || match config.init(&labels) {
                Ok(sampler) => number(sampler.batches(), &device),
                Err(_) => Vec::new(),
            })
        })?;
    }

    for (p, k, negatives) in [(45, 40, 0), (22, 40, 920), (128, 4, 0)] {
        for selection in ["uniform", "by-count:0.5", "hard:4"] {
            let config = PkSamplerConfig::new(p, k)
                .with_negatives(negatives)
                .with_selection(selection.parse()?);
            let more = match negatives {
                0 => String::new(),
                n => format!("+{n}"),
            };
            let layout = format!("{selection}/P={p}/K={k}{more}");
            if negatives == 0 && p == 45 {
                let case = Case::new(format!("{size}/epoch/{selection}")).limit(LIMIT);
                let config = config.clone();
                session.case(case, |device| {
                    let batches = Batches::new(&config, images, identities, device)?;
                    Ok(move || batches.start())
                })?;
            }
            let case = Case::new(format!("{size}/batches/{layout}"))
                .throughput(BATCHES as f64, "batches/s")
                .limit(LIMIT);
            session.case(case, |device| {
                let batches = Batches::new(&config, images, identities, device)?;
                let epoch = batches.epoch(0)?;
                Ok(move || batches.many(&epoch))
            })?;
            if (selection, negatives) == ("uniform", 0) {
                // As many as the peer makes: its time is over the time of as many of ours.
                let case = Case::new(format!("{size}/batches/{layout}/first={PEER_BATCHES}"))
                    .throughput(PEER_BATCHES as f64, "batches/s")
                    .limit(LIMIT)
                    .peer(json!({
                        "what": "batches", "images": images, "identities": identities, "p": p,
                        "k": k, "batches": PEER_BATCHES,
                    }));
                session.case(case, |device| {
                    let batches = Batches::new(&config, images, identities, device)?;
                    // A new epoch each run, as with the peer.
                    let mut number = 0;
                    Ok(move || {
                        number += 1;
                        batches.first(number)
                    })
                })?;
            }
        }
    }
    Ok(())
}

/// The same as in peers/sampler.py.
fn labels(images: u32, identities: u32) -> Vec<u32> {
    (0..images)
        .map(|image| image.wrapping_mul(48_271) % identities)
        .collect()
}

/// What a run gives, so that nothing can be left out.
fn number(number: usize, device: &Device) -> Vec<Tensor<2>> {
    vec![Tensor::from_data(
        TensorData::new(vec![number as f32], [1, 1]),
        device,
    )]
}

struct Batches {
    sampler: PkSampler,
    neighbors: Option<IdentityNeighbors>,
    device: Device,
}

impl Batches {
    fn new(
        config: &PkSamplerConfig,
        images: u32,
        identities: u32,
        device: &Device,
    ) -> Result<Self, Failure> {
        let neighbors = match config.selection {
            // In a ring: each identity with the 16 after it.
            IdentitySelection::Hard { .. } => {
                let lists =
                    (0..identities).map(|i| (1..=16).map(|n| (i + n) % identities).collect());
                Some(IdentityNeighbors::from_lists(lists.collect())?)
            }
            _ => None,
        };
        Ok(Self {
            sampler: config.init(&labels(images, identities))?,
            neighbors,
            device: device.clone(),
        })
    }

    fn epoch(&self, epoch: usize) -> Result<facenet_core::sampler::PkEpoch, Failure> {
        Ok(match &self.neighbors {
            Some(neighbors) => self.sampler.epoch_with(epoch, neighbors)?,
            None => self.sampler.epoch(epoch),
        })
    }

    /// The start of an epoch.
    fn start(&self) -> Vec<Tensor<2>> {
        match self.epoch(1) {
            Ok(epoch) => number(epoch.len(), &self.device),
            Err(_) => Vec::new(),
        }
    }

    /// The first batches of an epoch that begins.
    fn first(&self, epoch: usize) -> Vec<Tensor<2>> {
        let sum = |batch: Vec<usize>| batch.first().copied().unwrap_or(0);
        match self.epoch(epoch) {
            Ok(epoch) => number(epoch.take(PEER_BATCHES).map(sum).sum(), &self.device),
            Err(_) => Vec::new(),
        }
    }

    /// Many batches of an epoch, from all over it.
    fn many(&self, epoch: &facenet_core::sampler::PkEpoch) -> Vec<Tensor<2>> {
        let mut sum = 0;
        for batch in 0..BATCHES {
            let batch = batch * 7919 % epoch.len();
            let images = epoch.clone().nth(batch).unwrap_or_default();
            sum += images.first().copied().unwrap_or(0) % 1000;
        }
        number(sum, &self.device)
    }
}

//! Each promise of the sampler, over random labels and settings.

mod cases;
mod hard;
mod negatives;
mod offline;
mod selection;

use std::collections::BTreeSet;

use facenet_sampler::{PkSamplerConfig, SamplerError, ShortIdentity};
use proptest::prelude::*;

use crate::cases::{by_label, labels, runs, short, usable};

proptest! {
    #[test]
    fn every_batch_has_p_distinct_identities_with_k_images(
        labels in labels(), p in 2usize..8, k in 1usize..8, seed: u64, epoch in 0usize..50,
        short in short(),
    ) {
        let images = usable(&labels, k, short);
        let config = PkSamplerConfig::new(p, k).with_seed(seed).with_short(short);
        let Ok(sampler) = config.init(&labels) else {
            prop_assert!(images.len() < p);
            return Ok(());
        };
        prop_assert!(images.len() >= p);
        for batch in sampler.epoch(epoch) {
            let runs = runs(&batch, &labels);
            prop_assert_eq!(runs.len(), p);
            prop_assert_eq!(runs.iter().map(|run| run.0).collect::<BTreeSet<_>>().len(), p);
            for (label, taken) in runs {
                let own = &images[&label];
                let distinct: BTreeSet<_> = taken.iter().collect();
                if short == ShortIdentity::Fewer {
                    prop_assert_eq!(taken.len(), k.min(own.len()));
                } else {
                    prop_assert_eq!(taken.len(), k);
                }
                // As many different images as there can be, each as often as the others.
                prop_assert_eq!(distinct.len(), k.min(own.len()));
                for image in distinct {
                    let times = taken.iter().filter(|other| *other == image).count();
                    prop_assert!(times == taken.len() / own.len().min(k)
                        || times == taken.len().div_ceil(own.len().min(k)));
                }
            }
        }
    }

    #[test]
    fn each_identity_appears_once_and_the_tail_wraps(
        labels in labels(), p in 2usize..8, k in 1usize..8, seed: u64, epoch in 0usize..50,
    ) {
        let config = PkSamplerConfig::new(p, k).with_seed(seed);
        let Ok(sampler) = config.init(&labels) else { return Ok(()) };
        let identities = by_label(&labels).len();
        let met: Vec<u32> = sampler
            .epoch(epoch)
            .flat_map(|batch| runs(&batch, &labels))
            .map(|run| run.0)
            .collect();
        prop_assert_eq!(met.len(), identities.div_ceil(p) * p);
        let (once, again) = met.split_at(identities);
        prop_assert_eq!(once.iter().collect::<BTreeSet<_>>().len(), identities);
        prop_assert_eq!(again, &once[..again.len()]);
    }

    #[test]
    fn all_images_are_used_within_the_round(
        labels in labels(), p in 2usize..4, k in 1usize..5, seed: u64, round in 0usize..6,
    ) {
        let config = PkSamplerConfig::new(p, k).with_seed(seed);
        let Ok(sampler) = config.init(&labels) else { return Ok(()) };
        for (label, images) in by_label(&labels) {
            let epochs = images.len().div_ceil(k);
            let taken: BTreeSet<usize> = (round * epochs..(round + 1) * epochs)
                .flat_map(|epoch| sampler.epoch(epoch).flatten())
                .filter(|&image| labels[image] == label)
                .collect();
            prop_assert_eq!(taken.into_iter().collect::<Vec<_>>(), images);
        }
    }

    #[test]
    fn an_epoch_is_a_pure_function(
        labels in labels(), p in 2usize..8, k in 1usize..8, seed: u64, epoch in 0usize..50,
    ) {
        let config = PkSamplerConfig::new(p, k).with_seed(seed);
        let Ok(sampler) = config.init(&labels) else { return Ok(()) };
        let fresh = config.init(&labels).unwrap();
        for earlier in 0..3 {
            sampler.epoch(earlier).for_each(drop);
        }
        prop_assert!(sampler.epoch(epoch).eq(fresh.epoch(epoch)));
    }

    #[test]
    fn len_is_exact_and_skipping_equals_stepping(
        labels in labels(), p in 2usize..8, k in 1usize..8, seed: u64, done in 0usize..12,
    ) {
        let config = PkSamplerConfig::new(p, k).with_seed(seed);
        let Ok(sampler) = config.init(&labels) else { return Ok(()) };
        let all: Vec<_> = sampler.epoch(3).collect();
        prop_assert_eq!(all.len(), sampler.epoch(3).len());
        prop_assert_eq!(all.len(), sampler.batches());
        let mut stepped = sampler.epoch(3);
        for _ in 0..done {
            stepped.next();
        }
        prop_assert_eq!(stepped.len(), all.len().saturating_sub(done));
        prop_assert_eq!(stepped.collect::<Vec<_>>(), &all[done.min(all.len())..]);
        prop_assert_eq!(sampler.epoch(3).nth(done), all.get(done).cloned());
        prop_assert!(sampler.epoch(3).skip(done).eq(all.into_iter().skip(done)));
    }

    #[test]
    fn replicas_share_the_identities_evenly(
        labels in labels(), p in 2usize..5, k in 1usize..5, seed: u64, epoch in 0usize..50,
        world in 1usize..5,
    ) {
        let identities = by_label(&labels).len();
        let config = PkSamplerConfig::new(p, k).with_seed(seed);
        let sampler = |rank| config.clone().with_replica(rank, world).init(&labels);
        if identities / world < p {
            let refused =
                matches!(sampler(0), Err(SamplerError::TooFewIdentities { share, .. })
                    if share == identities / world);
            prop_assert!(refused);
            return Ok(());
        }
        let mut met = BTreeSet::new();
        for rank in 0..world {
            let batches: Vec<_> = sampler(rank).unwrap().epoch(epoch).collect();
            prop_assert_eq!(batches.len(), identities.div_ceil(p * world));
            let own: BTreeSet<u32> =
                batches.iter().flatten().map(|&image| labels[image]).collect();
            for batch in &batches {
                prop_assert_eq!(runs(batch, &labels).len(), p);
            }
            for label in own {
                prop_assert!(met.insert(label), "identity {} on two replicas", label);
            }
        }
        prop_assert_eq!(met.len(), identities);
    }

    #[test]
    fn the_report_counts_what_the_labels_say(
        labels in labels(), k in 1usize..8, short in short(),
    ) {
        let images = by_label(&labels);
        let config = PkSamplerConfig::new(2, k).with_short(short);
        let Ok(sampler) = config.init(&labels) else { return Ok(()) };
        let report = sampler.report();
        let short: Vec<_> = images.values().filter(|images| images.len() < k).collect();
        prop_assert_eq!(report.images, labels.len());
        prop_assert_eq!(report.identities, images.len());
        prop_assert_eq!(report.short_identities, short.len());
        prop_assert_eq!(report.short_images, short.iter().map(|images| images.len()).sum::<usize>());
        let single = short.iter().filter(|images| images.len() == 1).count();
        prop_assert_eq!(report.single_identities, single);
        prop_assert_eq!(report.batches, sampler.epoch(0).len());
    }

    #[test]
    fn no_settings_panic(
        labels in labels(), p: usize, k: usize, rank in 0usize..4, world in 0usize..4,
        epoch: usize, short in short(),
    ) {
        // Any p or k is nearly always refused; small ones are nearly always taken.
        for (p, k) in [(p, k), (p % 8, k), (p, k % 8), (p % 8, k % 8)] {
            let config =
                PkSamplerConfig::new(p, k).with_replica(rank, world).with_short(short);
            if let Ok(sampler) = config.init(&labels) {
                prop_assert!((p * k) <= u32::MAX as usize);
                if k < 8 {
                    sampler.epoch(epoch).for_each(drop);
                }
            }
        }
    }
}

#[test]
fn epochs_seeds_and_rounds_differ() {
    let labels: Vec<u32> = (0..400).map(|image| image / 8).collect();
    let sampler = |seed| {
        PkSamplerConfig::new(10, 4)
            .with_seed(seed)
            .init(&labels)
            .unwrap()
    };
    assert_ne!(sampler(1).epoch(0).next(), sampler(2).epoch(0).next());
    assert_ne!(sampler(1).epoch(0).next(), sampler(1).epoch(1).next());

    // With n = 2K a fixed order would put the same images side by side for ever.
    let together = |epoch: usize| -> BTreeSet<Vec<usize>> {
        let runs = sampler(1)
            .epoch(epoch)
            .flat_map(|batch| runs(&batch, &labels));
        runs.map(|(_, mut images)| {
            images.sort_unstable();
            images
        })
        .collect()
    };
    assert_ne!(together(0), together(2));
}

#[test]
fn an_identity_of_the_tail_shows_other_images_the_second_time() {
    let labels: Vec<u32> = (0..24).map(|image| image / 8).collect();
    let sampler = PkSamplerConfig::new(2, 4).init(&labels).unwrap();
    let images: Vec<usize> = sampler.epoch(0).flatten().collect();
    assert_eq!(images.len(), 16);
    assert_eq!(images.iter().collect::<BTreeSet<_>>().len(), 16);
}

#[test]
fn a_k_beyond_all_images_takes_all_of_them() {
    let labels = [4, 4, 4, 9, 9];
    let config = PkSamplerConfig::new(2, u32::MAX as usize / 2).with_short(ShortIdentity::Fewer);
    let sampler = config.init(&labels).unwrap();
    let mut batch = sampler.epoch(5).next().unwrap();
    assert!(batch.capacity() < 100);
    batch.sort_unstable();
    assert_eq!(batch, [0, 1, 2, 3, 4]);
}

#[test]
fn refusals_are_typed() {
    let two = [0, 0, 1, 1];
    let refused = |config: PkSamplerConfig, labels: &[u32]| {
        config.init(labels).expect_err("expected a refusal")
    };
    assert_eq!(
        refused(PkSamplerConfig::new(2, 0), &two),
        SamplerError::NoImagesPerIdentity
    );
    for p in [0, 1] {
        assert_eq!(
            refused(PkSamplerConfig::new(p, 2), &two),
            SamplerError::TooFewIdentitiesPerBatch { p }
        );
    }
    assert_eq!(
        refused(PkSamplerConfig::new(2, 2), &[]),
        SamplerError::NoIdentities
    );
    assert_eq!(
        refused(PkSamplerConfig::new(2, 2), &[5; 7]),
        SamplerError::OneIdentity { images: 7 }
    );
    assert!(matches!(
        refused(PkSamplerConfig::new(3, 2), &two),
        SamplerError::TooFewIdentities {
            p: 3,
            identities: 2,
            usable: 2,
            share: 2,
            ..
        }
    ));
    assert!(matches!(
        refused(
            PkSamplerConfig::new(2, 3).with_short(ShortIdentity::Skip),
            &[0, 0, 0, 1, 1]
        ),
        SamplerError::TooFewIdentities { usable: 1, .. }
    ));
    for (rank, world) in [(0, 0), (2, 2)] {
        assert_eq!(
            refused(PkSamplerConfig::new(2, 2).with_replica(rank, world), &two),
            SamplerError::Replica { rank, world }
        );
    }
    for (p, k) in [(2, usize::MAX), (usize::MAX, 1), (1 << 16, 1 << 16)] {
        assert_eq!(
            refused(PkSamplerConfig::new(p, k), &two),
            SamplerError::BatchTooLarge { p, k, negatives: 0 }
        );
    }
}

#[test]
fn messages_are_one_line_and_say_what_was_expected() {
    let config = PkSamplerConfig::new(5, 4).with_replica(0, 2);
    let error = config.init(&[0, 1, 2, 3, 4, 5]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "6 of 6 identities can be used (K = 4, short identities: Repeat), 3 for each of 2 \
         replica(s); expected at least P = 5"
    );
}

#[test]
fn the_report_reads_as_a_sentence() {
    let sampler = PkSamplerConfig::new(2, 3)
        .init(&[0, 0, 0, 1, 1, 2])
        .unwrap();
    assert_eq!(
        sampler.report().to_string(),
        "6 images of 3 identities; 2 (3 images) have fewer than K = 3, 1 of them one image: their \
         images are repeated; 2 batches of P = 2 identities an epoch"
    );
}

#[test]
fn the_stream_is_the_same_on_every_platform_and_in_every_release() {
    let labels: Vec<u32> = (0..20).map(|image| image / 5).collect();
    let sampler = PkSamplerConfig::new(2, 2)
        .with_seed(42)
        .init(&labels)
        .unwrap();
    let batches: Vec<_> = sampler.epoch(7).collect();
    assert_eq!(batches, [[13, 10, 17, 19], [1, 3, 7, 8]]);
}

#[test]
fn settings_are_read_from_json_with_defaults() {
    let config: PkSamplerConfig =
        serde_json::from_str(r#"{"p": 45, "k": 40, "short": "skip"}"#).unwrap();
    assert_eq!(
        config,
        PkSamplerConfig::new(45, 40).with_short(ShortIdentity::Skip)
    );
    let back = serde_json::to_string(&config).unwrap();
    assert_eq!(
        serde_json::from_str::<PkSamplerConfig>(&back).unwrap(),
        config
    );
    assert!(serde_json::from_str::<PkSamplerConfig>(r#"{"p": 2, "k": 2, "sed": 1}"#).is_err());
}

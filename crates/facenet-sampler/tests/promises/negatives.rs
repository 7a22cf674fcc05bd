//! Random negatives after the P × K.

use std::collections::BTreeSet;

use facenet_sampler::{PkSamplerConfig, SamplerError, ShortIdentity};
use proptest::prelude::*;

use crate::cases::{labels, selection, short, usable};

proptest! {
    #[test]
    fn negatives_are_different_images_of_other_identities(
        labels in labels(), p in 2usize..6, k in 1usize..6, negatives in 1usize..60, seed: u64,
        epoch in 0usize..50, short in short(), selection in selection(), world in 1usize..3,
    ) {
        let config = PkSamplerConfig::new(p, k)
            .with_seed(seed)
            .with_short(short)
            .with_selection(selection)
            .with_replica(world - 1, world);
        let images = usable(&labels, k, short);
        let with = config.clone().with_negatives(negatives).init(&labels);
        let Ok(without) = config.init(&labels) else {
            prop_assert!(with.is_err());
            return Ok(());
        };
        // The worst batch has the largest identities.
        let mut counts: Vec<usize> = images.values().map(Vec::len).collect();
        counts.sort_unstable();
        let left: usize = counts[..counts.len() - p].iter().sum();
        let Ok(with) = with else {
            let refused = matches!(with, Err(SamplerError::TooManyNegatives { left: l, .. }) if l == left);
            prop_assert!(refused && negatives > left);
            return Ok(());
        };
        prop_assert!(negatives <= left);
        for (batch, anchors) in with.epoch(epoch).zip(without.epoch(epoch)) {
            // The anchors are those of a batch without negatives.
            let (first, rest) = batch.split_at(anchors.len());
            prop_assert_eq!(first, &anchors);
            prop_assert_eq!(rest.len(), negatives);
            prop_assert_eq!(rest.iter().collect::<BTreeSet<_>>().len(), negatives);
            let identities: BTreeSet<u32> = first.iter().map(|&image| labels[image]).collect();
            for &image in rest {
                prop_assert!(!identities.contains(&labels[image]));
                prop_assert!(images.contains_key(&labels[image]));
            }
        }
        prop_assert!(with.epoch(epoch).eq(with.clone().epoch(epoch)));
    }
}

#[test]
fn all_other_images_are_equally_likely() {
    // Five images of one identity, one each of five others; anchors are two of the seven identities.
    let labels = [0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6];
    let config = PkSamplerConfig::new(2, 1).with_negatives(2).with_seed(4);
    let sampler = config.init(&labels).unwrap();
    let (mut drawn, mut possible) = ([0u32; 11], [0u32; 11]);
    for batch in (0..4000).flat_map(|epoch| sampler.epoch(epoch)) {
        let (anchors, negatives) = batch.split_at(2);
        let identities: Vec<u32> = anchors.iter().map(|&image| labels[image]).collect();
        let free = labels.iter().filter(|label| !identities.contains(label));
        // Two of the images that are free, each as likely as the others.
        let chance = 2.0 / free.count() as f64;
        for image in 0..11 {
            if !identities.contains(&labels[image]) {
                possible[image] += (1e4 * chance) as u32;
            }
        }
        for &image in negatives {
            drawn[image] += 1;
        }
    }
    for (drawn, possible) in drawn.iter().zip(possible) {
        let expected = f64::from(possible) / 1e4;
        // Ten standard deviations of a count.
        let tolerance = 10.0 * expected.sqrt();
        assert!(
            (f64::from(*drawn) - expected).abs() < tolerance,
            "{drawn} {expected}"
        );
    }
}

#[test]
fn the_batch_of_the_paper() {
    // §3.2: 40 faces of an anchor identity, randomly drawn negatives, 1,800 in all.
    let labels: Vec<u32> = (0..20_000).map(|image| image / 50).collect();
    let config = PkSamplerConfig::new(22, 40).with_negatives(920);
    let sampler = config.init(&labels).unwrap();
    assert!(sampler.epoch(0).all(|batch| batch.len() == 1800));
    assert_eq!(
        sampler.report().to_string(),
        "20000 images of 400 identities; all have at least K = 40; 19 batches of P = 22 identities \
         and 920 random negatives an epoch"
    );
}

#[test]
fn negatives_of_identities_that_are_left_out_are_not_drawn() {
    let labels = [0, 0, 1, 1, 2, 2, 3, 4, 5, 6];
    let config = PkSamplerConfig::new(2, 2)
        .with_short(ShortIdentity::Skip)
        .with_negatives(2);
    let sampler = config.init(&labels).unwrap();
    for batch in (0..20).flat_map(|epoch| sampler.epoch(epoch)) {
        assert!(batch.iter().all(|&image| image < 6), "{batch:?}");
    }
    let error = config.with_negatives(3).init(&labels).unwrap_err();
    assert_eq!(
        error,
        SamplerError::TooManyNegatives {
            negatives: 3,
            left: 2,
            p: 2
        }
    );
    assert_eq!(
        error.to_string(),
        "3 negatives in a batch; expected at most 2, the images beside those of the P = 2 largest \
         identities"
    );
}

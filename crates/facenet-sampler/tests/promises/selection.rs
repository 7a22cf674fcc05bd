//! Identities by their images, and the names of the selections.

use std::collections::{BTreeMap, BTreeSet};

use facenet_sampler::{IdentitySelection, PkSamplerConfig, SamplerError};
use proptest::prelude::*;

use crate::cases::{by_label, labels, runs, selection, short, usable};

/// The identities of each batch.
fn identities(batches: &[Vec<usize>], labels: &[u32]) -> Vec<Vec<u32>> {
    let identities =
        |batch: &Vec<usize>| runs(batch, labels).into_iter().map(|run| run.0).collect();
    batches.iter().map(identities).collect()
}

proptest! {
    #[test]
    fn every_selection_keeps_the_shape_of_batches(
        labels in labels(), p in 2usize..6, k in 1usize..6, seed: u64, epoch in 0usize..1000,
        short in short(), selection in selection(), world in 1usize..4, done in 0usize..9,
    ) {
        let mut met = BTreeSet::new();
        let mut lengths = BTreeSet::new();
        for rank in 0..world {
            let config = PkSamplerConfig::new(p, k)
                .with_seed(seed)
                .with_short(short)
                .with_selection(selection)
                .with_replica(rank, world);
            let Ok(sampler) = config.init(&labels) else { return Ok(()) };
            let images = usable(&labels, k, short);
            let batches: Vec<_> = sampler.epoch(epoch).collect();
            lengths.insert(batches.len());
            prop_assert_eq!(batches.len(), sampler.batches());
            prop_assert_eq!(batches.len(), images.len().div_ceil(world).div_ceil(p));
            let mut own = BTreeSet::new();
            for batch in &batches {
                let runs = runs(batch, &labels);
                prop_assert_eq!(runs.len(), p);
                let distinct: BTreeSet<u32> = runs.iter().map(|run| run.0).collect();
                prop_assert_eq!(distinct.len(), p);
                for (label, taken) in runs {
                    let all = &images[&label];
                    let fewer = short == facenet_sampler::ShortIdentity::Fewer;
                    prop_assert_eq!(taken.len(), if fewer { k.min(all.len()) } else { k });
                    let distinct: BTreeSet<_> = taken.iter().collect();
                    prop_assert_eq!(distinct.len(), k.min(all.len()));
                }
                own.extend(distinct);
            }
            for label in own {
                prop_assert!(met.insert(label), "identity {} on two replicas", label);
            }
            // Pure, and resumable in the middle.
            let fresh = config.init(&labels).unwrap();
            prop_assert!(fresh.epoch(epoch).skip(done).eq(batches.iter().skip(done).cloned()));
            prop_assert_eq!(fresh.epoch(epoch).nth(done), batches.get(done).cloned());
        }
        prop_assert_eq!(lengths.len(), 1);
    }

    #[test]
    fn appearances_are_in_proportion_to_the_images(
        labels in labels(), p in 2usize..6, seed: u64, epoch in 0usize..1000, alpha in 0.0..1.5,
    ) {
        let config = PkSamplerConfig::new(p, 2)
            .with_seed(seed)
            .with_selection(IdentitySelection::ByCount { alpha });
        let Ok(sampler) = config.init(&labels) else { return Ok(()) };
        let batches: Vec<_> = sampler.epoch(epoch).collect();
        let mut times: BTreeMap<u32, usize> = BTreeMap::new();
        for label in identities(&batches, &labels).into_iter().flatten() {
            *times.entry(label).or_default() += 1;
        }
        // Weights cut until none is more than a P-th of their sum, by repeated cutting.
        let images = by_label(&labels);
        let mut weights: BTreeMap<u32, f64> = images
            .iter()
            .map(|(&label, images)| (label, (images.len() as f64).powf(alpha)))
            .collect();
        for _ in 0..10_000 {
            let most = weights.values().sum::<f64>() / p as f64;
            weights.values_mut().for_each(|weight| *weight = weight.min(most));
        }
        let slots = (p * batches.len()) as f64;
        let sum: f64 = weights.values().sum();
        for (label, weight) in weights {
            let expected = slots * weight / sum;
            let times = times.get(&label).copied().unwrap_or(0) as f64;
            prop_assert!((times - expected).abs() < 1.0 + 1e-3, "{} times, {} expected", times, expected);
        }
    }

    #[test]
    fn alpha_0_shows_identities_as_often_as_each_other(
        labels in labels(), p in 2usize..6, seed: u64, epoch in 0usize..1000,
    ) {
        let config = PkSamplerConfig::new(p, 1)
            .with_seed(seed)
            .with_selection(IdentitySelection::ByCount { alpha: 0.0 });
        let Ok(sampler) = config.init(&labels) else { return Ok(()) };
        let mut times: BTreeMap<u32, usize> = BTreeMap::new();
        for batch in sampler.epoch(epoch) {
            for (label, _) in runs(&batch, &labels) {
                *times.entry(label).or_default() += 1;
            }
        }
        prop_assert_eq!(times.len(), by_label(&labels).len());
        prop_assert!(times.values().all(|&times| times <= 2));
    }

    #[test]
    fn names_are_read_as_they_are_written(selection in selection()) {
        let text = selection.to_string();
        prop_assert_eq!(text.parse::<IdentitySelection>().unwrap(), selection);
        let json = serde_json::to_string(&selection).unwrap();
        prop_assert_eq!(&json, &format!("\"{text}\""));
        prop_assert_eq!(serde_json::from_str::<IdentitySelection>(&json).unwrap(), selection);
    }

    #[test]
    fn no_name_panics(text in "(uniform|by-count|hard|[a-z]{0,4})(:[-0-9.a-z]{0,6})?") {
        if let Ok(selection) = text.parse::<IdentitySelection>() {
            prop_assert_eq!(selection.to_string().parse::<IdentitySelection>().unwrap(), selection);
        }
    }
}

#[test]
fn within_an_epoch_an_identity_shows_other_images_each_time() {
    // One identity of 40 images is in all batches; 4 images a batch are all different.
    let labels: Vec<u32> = (0..40)
        .map(|_| 0)
        .chain((1..20).flat_map(|i| [i, i]))
        .collect();
    let config =
        PkSamplerConfig::new(2, 4).with_selection(IdentitySelection::ByCount { alpha: 2.0 });
    let sampler = config.init(&labels).unwrap();
    assert_eq!(sampler.batches(), 10);
    for epoch in 0..3 {
        let shown: Vec<usize> = sampler.epoch(epoch).flatten().filter(|&i| i < 40).collect();
        assert_eq!(shown.len(), 40);
        assert_eq!(shown.into_iter().collect::<BTreeSet<_>>().len(), 40);
    }
}

#[test]
fn by_count_every_image_is_shown_over_the_epochs() {
    let labels: Vec<u32> = (0..30u32).flat_map(|i| vec![i; 2 + i as usize]).collect();
    let config =
        PkSamplerConfig::new(5, 2).with_selection(IdentitySelection::ByCount { alpha: 1.0 });
    let sampler = config.init(&labels).unwrap();
    // An epoch shows 60 of the 495 images; all images being equally likely, few are left after 80.
    let mut times = vec![0; labels.len()];
    for image in (0..80).flat_map(|epoch| sampler.epoch(epoch)).flatten() {
        times[image] += 1;
    }
    let met = times.iter().filter(|&&times| times > 0).count();
    assert!(met > 485, "{met}");
    // About ten times each, whatever the identity: the rare ones are not worn out.
    assert!(times.iter().all(|&times| times < 40), "{times:?}");
}

#[test]
fn refusals_are_typed() {
    let refused = |text: &str| text.parse::<IdentitySelection>().unwrap_err();
    for text in [
        "",
        "random",
        "uniform:1",
        "by-count:",
        "by-count:x",
        "hard:",
        "hard:2.5",
        "hard:-1",
    ] {
        let error = refused(text);
        assert!(matches!(&error, SamplerError::UnknownSelection { given, .. } if given == text));
        assert_eq!(
            error.to_string(),
            format!(
                "no selection of identities is called '{text}'; expected one of: uniform, by-count, \
                 by-count:0.5, hard, hard:4"
            )
        );
    }
    assert!(matches!(
        refused("by-count:NaN"),
        SamplerError::CountPower { .. }
    ));
    assert_eq!(
        refused("by-count:9").to_string(),
        "by-count:9; expected a power from -8 to 8"
    );
    assert_eq!(refused("hard:1"), SamplerError::NeighborGroup { group: 1 });
    // The same where the settings come without a text.
    let labels = [0, 0, 1, 1];
    let with = |selection| {
        PkSamplerConfig::new(2, 2)
            .with_selection(selection)
            .init(&labels)
    };
    let alpha = f64::INFINITY;
    assert_eq!(
        with(IdentitySelection::ByCount { alpha }).unwrap_err(),
        SamplerError::CountPower { alpha }
    );
    assert_eq!(
        with(IdentitySelection::Hard { group: 0 }).unwrap_err(),
        SamplerError::NeighborGroup { group: 0 }
    );
    let json = r#"{"p": 2, "k": 2, "selection": "hard:1"}"#;
    assert!(serde_json::from_str::<PkSamplerConfig>(json).is_err());
}

#[test]
fn the_report_says_how_identities_are_selected() {
    let labels = [0, 0, 1, 1, 2, 2];
    let report = |selection: &str| {
        let selection = selection.parse().unwrap();
        let config = PkSamplerConfig::new(2, 2).with_selection(selection);
        config.init(&labels).unwrap().report().to_string()
    };
    let start =
        "6 images of 3 identities; all have at least K = 2; 2 batches of P = 2 identities an epoch";
    assert_eq!(report("uniform"), start);
    assert_eq!(
        report("by-count:0.5"),
        format!("{start}, identities in proportion to (images)^0.5")
    );
    assert_eq!(report("hard"), format!("{start}, neighbors in groups of 2"));
}

#[test]
fn the_stream_is_the_same_on_every_platform_and_in_every_release() {
    let labels: Vec<u32> = (0..24)
        .map(|image| [0, 0, 0, 1, 1, 2, 2, 3][image % 8])
        .collect();
    let config = PkSamplerConfig::new(2, 2)
        .with_seed(42)
        .with_negatives(2)
        .with_selection(IdentitySelection::ByCount { alpha: 0.7 });
    let sampler = config.init(&labels).unwrap();
    let batches: Vec<_> = sampler.epoch(7).collect();
    assert_eq!(batches, [[21, 5, 9, 0, 4, 15], [23, 7, 11, 4, 14, 22]]);
}

//! Batches of neighboring identities.

use std::collections::{BTreeMap, BTreeSet};

use facenet_sampler::{
    IdentityNeighbors, IdentitySelection, PkSamplerConfig, SamplerError, ShortIdentity,
};
use proptest::prelude::*;

use crate::cases::{by_label, labels, runs, short, usable};

/// Lists of up to `k` random neighbors for each of `identities`.
fn lists(identities: usize, k: usize, seed: u64) -> Vec<Vec<u32>> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    (0..identities)
        .map(|_| {
            (0..next() % (k + 1))
                .map(|_| (next() % identities) as u32)
                .collect()
        })
        .collect()
}

proptest! {
    #[test]
    fn each_identity_appears_once_whatever_its_neighbors(
        labels in labels(), p in 2usize..7, k in 1usize..4, group in 2usize..9, seed: u64,
        epoch in 0usize..50, short in short(), world in 1usize..4, per_list in 0usize..6,
    ) {
        let identities = by_label(&labels).len();
        let neighbors = IdentityNeighbors::from_lists(lists(identities, per_list, seed)).unwrap();
        let images = usable(&labels, k, short);
        let mut times: BTreeMap<u32, usize> = BTreeMap::new();
        for rank in 0..world {
            let config = PkSamplerConfig::new(p, k)
                .with_seed(seed)
                .with_short(short)
                .with_selection(IdentitySelection::Hard { group })
                .with_replica(rank, world);
            let Ok(sampler) = config.init(&labels) else { return Ok(()) };
            let batches: Vec<_> = sampler.epoch_with(epoch, &neighbors).unwrap().collect();
            prop_assert_eq!(batches.len(), sampler.batches());
            let met: Vec<u32> = batches
                .iter()
                .flat_map(|batch| runs(batch, &labels))
                .map(|run| run.0)
                .collect();
            prop_assert_eq!(met.len(), p * batches.len());
            let share = (images.len() - rank).div_ceil(world);
            let (once, again) = met.split_at(share);
            prop_assert_eq!(again, &once[..again.len()]);
            for &label in once {
                *times.entry(label).or_default() += 1;
            }
            for batch in &batches {
                let distinct: BTreeSet<u32> = batch.iter().map(|&image| labels[image]).collect();
                prop_assert_eq!(distinct.len(), p);
            }
            // Pure, and resumable in the middle.
            let fresh = config.init(&labels).unwrap();
            let again = fresh.epoch_with(epoch, &neighbors).unwrap().skip(1);
            prop_assert!(again.eq(batches.into_iter().skip(1)));
        }
        prop_assert_eq!(times.keys().collect::<Vec<_>>(), images.keys().collect::<Vec<_>>());
        prop_assert!(times.values().all(|&times| times == 1));
    }

    #[test]
    fn other_selections_do_not_look_at_neighbors(
        labels in labels(), p in 2usize..7, seed: u64, epoch in 0usize..50, alpha in 0.0..2.0,
    ) {
        let identities = by_label(&labels).len();
        let neighbors = IdentityNeighbors::from_lists(lists(identities, 4, seed)).unwrap();
        for selection in [IdentitySelection::Uniform, IdentitySelection::ByCount { alpha }] {
            let config = PkSamplerConfig::new(p, 2).with_seed(seed).with_selection(selection);
            let Ok(sampler) = config.init(&labels) else { return Ok(()) };
            let with = sampler.epoch_with(epoch, &neighbors).unwrap();
            prop_assert!(with.eq(sampler.epoch(epoch)));
        }
        // And without neighbors, hard batches are uniform ones.
        let config = PkSamplerConfig::new(p, 2).with_seed(seed);
        let hard = config.clone().with_selection(IdentitySelection::Hard { group: 2 });
        let uniform = config.init(&labels).unwrap();
        let hard = hard.init(&labels).unwrap();
        prop_assert!(hard.epoch(epoch).eq(uniform.epoch(epoch)));
    }

    #[test]
    fn neighbors_are_those_of_all_distances(
        points in prop::collection::vec(-9i8..9, 1..80), dims in 1usize..12, k in 0usize..9,
    ) {
        // Whole numbers: distances are exact, and often equal.
        let centers: Vec<f32> = points.iter().map(|&x| f32::from(x)).collect();
        let neighbors = IdentityNeighbors::from_centers(&centers, dims, k);
        if !centers.len().is_multiple_of(dims) {
            let error = SamplerError::Rows { values: centers.len(), dims };
            prop_assert_eq!(neighbors, Err(error));
            return Ok(());
        }
        let neighbors = neighbors.unwrap();
        let rows: Vec<&[f32]> = centers.chunks(dims).collect();
        prop_assert_eq!(neighbors.len(), rows.len());
        for (row, center) in rows.iter().enumerate() {
            let distance = |other: &[f32]| -> f32 {
                center.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum()
            };
            let mut others: Vec<usize> = (0..rows.len()).filter(|&other| other != row).collect();
            others.sort_by(|&a, &b| distance(rows[a]).total_cmp(&distance(rows[b])).then(a.cmp(&b)));
            others.truncate(k);
            let found: Vec<usize> = neighbors.of(row).iter().map(|&n| n as usize).collect();
            prop_assert_eq!(found, others);
        }
    }
}

/// Clusters of four identities that look alike, all far from each other.
fn clusters() -> (Vec<u32>, IdentityNeighbors) {
    let labels: Vec<u32> = (0..720).map(|image| image / 3).collect();
    // Identity i is in cluster i mod 60.
    let centers: Vec<f32> = (0..240)
        .flat_map(|i| [10.0 * (i % 60) as f32, (i / 60) as f32])
        .collect();
    let neighbors = IdentityNeighbors::from_centers(&centers, 2, 3).unwrap();
    (labels, neighbors)
}

#[test]
fn neighbors_share_a_batch() {
    let (labels, neighbors) = clusters();
    let hard = IdentitySelection::Hard { group: 4 };
    for (p, world) in [(4, 1), (12, 1), (10, 1), (12, 3)] {
        for rank in 0..world {
            let config = PkSamplerConfig::new(p, 2)
                .with_selection(hard)
                .with_replica(rank, world);
            let sampler = config.init(&labels).unwrap();
            for batch in sampler.epoch_with(3, &neighbors).unwrap() {
                let identities: Vec<u32> = runs(&batch, &labels).iter().map(|run| run.0).collect();
                // Where the groups fill the batches, whole clusters do.
                let groups = match p % 4 {
                    0 => &identities[..],
                    _ => continue,
                };
                for group in groups.chunks(4) {
                    let clusters: BTreeSet<u32> = group.iter().map(|i| i % 60).collect();
                    assert_eq!(clusters.len(), 1, "{group:?}");
                }
            }
        }
    }
    // The company changes, as far as there is other company, and the order does.
    let config = PkSamplerConfig::new(12, 2).with_selection(hard);
    let sampler = config.init(&labels).unwrap();
    let first = |epoch| sampler.epoch_with(epoch, &neighbors).unwrap().next();
    assert_ne!(first(0), first(1));
}

#[test]
fn identities_that_are_left_out_are_no_neighbors() {
    // Every third identity has one image; the nearest of each is such a one.
    let labels: Vec<u32> = (0..90u32)
        .flat_map(|i| vec![i; if i % 3 == 0 { 1 } else { 4 }])
        .collect();
    let centers: Vec<f32> = (0..90).map(|i| i as f32).collect();
    let neighbors = IdentityNeighbors::from_centers(&centers, 1, 6).unwrap();
    let config = PkSamplerConfig::new(4, 2)
        .with_short(ShortIdentity::Skip)
        .with_selection(IdentitySelection::Hard { group: 2 });
    let sampler = config.init(&labels).unwrap();
    let (mut near, mut pairs) = (0, 0);
    for batch in sampler.epoch_with(0, &neighbors).unwrap() {
        let identities: Vec<u32> = runs(&batch, &labels).iter().map(|run| run.0).collect();
        assert!(identities.iter().all(|i| i % 3 != 0));
        for pair in identities.chunks(2) {
            near += usize::from(pair[0].abs_diff(pair[1]) <= 4);
            pairs += 1;
        }
    }
    assert!(near * 10 >= pairs * 7, "{near} of {pairs}");
}

#[test]
fn centers_are_the_directions_of_the_means() {
    // Identity 5 points up, identity 2 right, identity 9 nearly right.
    let embeddings = [0.0, 2.0, 1.0, 0.0, 0.5, 0.1, 0.1, 2.0, 3.0, 0.0];
    let neighbors =
        IdentityNeighbors::from_embeddings(&embeddings, 2, &[5, 2, 9, 5, 2], 1).unwrap();
    // In the order of the labels: 2, 5, 9.
    assert_eq!(
        [neighbors.of(0), neighbors.of(1), neighbors.of(2)],
        [[2], [2], [0]]
    );
    // Embeddings that cancel out are no numbers that are not finite.
    let neighbors =
        IdentityNeighbors::from_embeddings(&[1.0, -1.0, 1.0], 1, &[0, 0, 1], 5).unwrap();
    assert_eq!(neighbors.of(0), [1]);
}

#[test]
fn a_graph_of_images_is_one_of_identities() {
    // Images 0 and 1 are of identity 4, 2 and 3 of identity 6, 4 of identity 8.
    let labels = [4, 4, 6, 6, 8];
    let nearest = [1, 4, 2, 4, 3, 0, 0, 2, 2, 3];
    let neighbors = IdentityNeighbors::from_image_graph(&nearest, 2, &labels, 2).unwrap();
    assert_eq!(neighbors.of(0), [2, 1]);
    assert_eq!(neighbors.of(1), [0]);
    assert_eq!(neighbors.of(2), [1]);
    assert_eq!(
        IdentityNeighbors::from_image_graph(&[1, 0, 9, 3, 2], 1, &labels, 2),
        Err(SamplerError::NeighborOutOfRange {
            of: 2,
            neighbor: 9,
            len: 5
        })
    );
    assert_eq!(
        IdentityNeighbors::from_image_graph(&[1, 0], 1, &labels, 2),
        Err(SamplerError::Rows { values: 2, dims: 1 })
    );
}

#[test]
fn refusals_are_typed() {
    let error = IdentityNeighbors::from_lists(vec![vec![1], vec![0, 2]]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the neighbors of 1 name 2; expected numbers below 2"
    );
    let error = IdentityNeighbors::from_centers(&[0.0, 1.0, f32::NAN, 3.0], 2, 1).unwrap_err();
    assert_eq!(error, SamplerError::NotFinite { row: 1 });
    let error = IdentityNeighbors::from_centers(&[], 0, 1).unwrap_err();
    assert_eq!(error, SamplerError::Rows { values: 0, dims: 0 });
    let error = IdentityNeighbors::from_embeddings(&[0.0, 1.0], 1, &[0], 1).unwrap_err();
    assert_eq!(error, SamplerError::RowLabels { rows: 2, labels: 1 });
    assert!(
        IdentityNeighbors::from_centers(&[], 3, 1)
            .unwrap()
            .is_empty()
    );

    let sampler = PkSamplerConfig::new(2, 1).init(&[0, 1, 2]).unwrap();
    let two = IdentityNeighbors::from_lists(vec![vec![1], vec![0]]).unwrap();
    assert_eq!(
        sampler.epoch_with(0, &two).unwrap_err(),
        SamplerError::OtherIdentities {
            neighbors: 2,
            identities: 3
        }
    );
}

#[test]
fn neighbors_are_kept_in_files() {
    let neighbors = IdentityNeighbors::from_lists(vec![vec![2, 0, 1], vec![], vec![1]]).unwrap();
    let text = serde_json::to_string(&neighbors).unwrap();
    assert_eq!(text, "[[2,1],[],[1]]");
    assert_eq!(
        serde_json::from_str::<IdentityNeighbors>(&text).unwrap(),
        neighbors
    );
    assert!(serde_json::from_str::<IdentityNeighbors>("[[7]]").is_err());
}

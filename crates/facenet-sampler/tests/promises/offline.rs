//! Triplets that are mined from the embeddings of a subset, and batches of them.

use std::collections::BTreeSet;

use facenet_sampler::{OfflineMining, SamplerError, Triplet, TripletSampler};
use proptest::prelude::*;

/// Up to 40 points with small whole coordinates, so that distances are exact and often equal, and
/// their labels.
fn subset() -> impl Strategy<Value = (Vec<f32>, Vec<u32>)> {
    let point = (-3i8..4, -3i8..4, 0u32..5);
    prop::collection::vec(point, 0..40).prop_map(|points| {
        let coordinates = points
            .iter()
            .flat_map(|&(x, y, _)| [f32::from(x), f32::from(y)]);
        (
            coordinates.collect(),
            points.iter().map(|point| point.2 * 11).collect(),
        )
    })
}

/// The rule as loops over explicit triplets.
fn brute_force(mining: OfflineMining, points: &[f32], labels: &[u32]) -> Vec<[usize; 3]> {
    let distance = |a: usize, b: usize| -> f32 {
        (0..2)
            .map(|i| (points[2 * a + i] - points[2 * b + i]).powi(2))
            .sum()
    };
    let all = 0..labels.len();
    let mut triplets = Vec::new();
    for a in all.clone() {
        let positives: Vec<usize> = all
            .clone()
            .filter(|&p| p != a && labels[p] == labels[a])
            .collect();
        let negatives: Vec<usize> = all.clone().filter(|&n| labels[n] != labels[a]).collect();
        match mining {
            OfflineMining::Hard => {
                let mut best: Option<[usize; 3]> = None;
                for &p in &positives {
                    for &n in &negatives {
                        let better = best.is_none_or(|[_, bp, bn]| {
                            (distance(a, p), -distance(a, n)) > (distance(a, bp), -distance(a, bn))
                        });
                        if better {
                            best = Some([a, p, n]);
                        }
                    }
                }
                triplets.extend(best);
            }
            OfflineMining::SemiHard { margin } => {
                for &p in &positives {
                    let mut best: Option<usize> = None;
                    for &n in &negatives {
                        let (d_ap, d_an) = (distance(a, p), distance(a, n));
                        if d_an > d_ap
                            && d_an < d_ap + margin
                            && best.is_none_or(|b| d_an < distance(a, b))
                        {
                            best = Some(n);
                        }
                    }
                    triplets.extend(best.map(|n| [a, p, n]));
                }
            }
            _ => unreachable!(),
        }
    }
    triplets
}

fn triplets(count: usize) -> Vec<Triplet> {
    (0..count)
        .map(|i| Triplet {
            anchor: 3 * i,
            positive: 3 * i + 1,
            negative: 3 * i + 2,
        })
        .collect()
}

proptest! {
    #[test]
    fn triplets_are_those_of_brute_force((points, labels) in subset(), margin in 1u8..9) {
        let semi_hard = OfflineMining::SemiHard { margin: f32::from(margin) };
        for mining in [OfflineMining::Hard, semi_hard] {
            let mined = mining.mine(&points, 2, &labels).unwrap();
            let mined: Vec<[usize; 3]> = mined.into_iter().map(Triplet::indices).collect();
            prop_assert_eq!(mined, brute_force(mining, &points, &labels));
        }
    }

    #[test]
    fn each_triplet_is_in_one_batch_and_the_tail_wraps(
        count in 1usize..60, size in 1usize..20, seed: u64, epoch in 0usize..20, world in 1usize..5,
        done in 0usize..9,
    ) {
        let mut met = BTreeSet::new();
        for rank in 0..world {
            let sampler = TripletSampler::new(triplets(count), size)
                .unwrap()
                .with_seed(seed)
                .with_replica(rank, world);
            let Ok(sampler) = sampler else {
                prop_assert!(count < world);
                return Ok(());
            };
            let size = size.min(count / world);
            prop_assert_eq!(sampler.triplets_per_batch(), size);
            let batches: Vec<_> = sampler.epoch(epoch).collect();
            prop_assert_eq!(batches.len(), sampler.epoch(epoch).len());
            prop_assert_eq!(batches.len(), count.div_ceil(world).div_ceil(size));
            prop_assert_eq!(sampler.batches(), batches.len());
            for batch in &batches {
                prop_assert_eq!(batch.len(), 3 * size);
                let anchors: BTreeSet<usize> = batch.iter().step_by(3).copied().collect();
                prop_assert_eq!(anchors.len(), size);
                for triplet in batch.chunks(3) {
                    prop_assert_eq!(triplet, [triplet[0], triplet[0] + 1, triplet[0] + 2]);
                }
            }
            let all: Vec<usize> = batches.iter().flatten().step_by(3).copied().collect();
            let share = (count - rank).div_ceil(world);
            prop_assert_eq!(&all[share..], &all[..all.len() - share]);
            for &anchor in &all[..share] {
                prop_assert!(met.insert(anchor), "a triplet on two replicas");
            }
            prop_assert!(sampler.epoch(epoch).skip(done).eq(batches.into_iter().skip(done)));
        }
        prop_assert_eq!(met.len(), count);
    }
}

#[test]
fn many_images_are_mined_alike() {
    // More than one thread has something to do.
    let labels: Vec<u32> = (0..600).map(|image| image % 37).collect();
    let points: Vec<f32> = (0..1200u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as f32)
        .collect();
    for mining in [
        OfflineMining::Hard,
        OfflineMining::SemiHard { margin: 500.0 },
    ] {
        let mined = mining.mine(&points, 2, &labels).unwrap();
        let mined: Vec<[usize; 3]> = mined.into_iter().map(Triplet::indices).collect();
        assert_eq!(mined, brute_force(mining, &points, &labels));
    }
}

#[test]
fn without_positives_or_negatives_there_is_no_triplet() {
    for mining in [OfflineMining::Hard, OfflineMining::SemiHard { margin: 0.2 }] {
        for labels in [&[][..], &[3], &[3, 3], &[1, 2, 3]] {
            let points: Vec<f32> = labels.iter().map(|&label| label as f32).collect();
            assert_eq!(mining.mine(&points, 1, labels).unwrap(), []);
        }
    }
}

#[test]
fn refusals_are_typed() {
    let hard = OfflineMining::Hard;
    assert_eq!(
        hard.mine(&[0.0; 6], 2, &[0, 1]).unwrap_err(),
        SamplerError::RowLabels { rows: 3, labels: 2 }
    );
    assert_eq!(
        hard.mine(&[0.0; 5], 2, &[0, 1]).unwrap_err().to_string(),
        "5 numbers; expected rows of 2, fewer than 2^32 of them"
    );
    assert_eq!(
        hard.mine(&[0.0, f32::INFINITY], 1, &[0, 1])
            .unwrap_err()
            .to_string(),
        "row 1 has a number that is not finite; expected finite embeddings"
    );
    for margin in [0.0, -1.0, f32::NAN] {
        let error = OfflineMining::SemiHard { margin }.mine(&[], 1, &[]);
        assert!(matches!(error, Err(SamplerError::OfflineMargin { .. })));
    }
    assert_eq!(
        TripletSampler::new(Vec::new(), 4).unwrap_err().to_string(),
        "0 mined triplets; expected at least one for each of 1 replica(s)"
    );
    assert_eq!(
        TripletSampler::new(triplets(4), 0).unwrap_err(),
        SamplerError::NoTripletsPerBatch
    );
    let sampler = TripletSampler::new(triplets(2), 4).unwrap();
    assert_eq!(
        sampler.clone().with_replica(0, 3).unwrap_err(),
        SamplerError::TooFewTriplets {
            triplets: 2,
            world: 3
        }
    );
    assert_eq!(
        sampler.with_replica(2, 2).unwrap_err(),
        SamplerError::Replica { rank: 2, world: 2 }
    );
}

#[test]
fn names_are_read_as_they_are_written() {
    for text in ["hard", "semi-hard:0.2", "semi-hard:1"] {
        let mining: OfflineMining = text.parse().unwrap();
        assert_eq!(mining.to_string(), text);
        let json = format!("\"{text}\"");
        assert_eq!(serde_json::to_string(&mining).unwrap(), json);
        assert_eq!(
            serde_json::from_str::<OfflineMining>(&json).unwrap(),
            mining
        );
    }
    assert_eq!(
        "semi-hard".parse::<OfflineMining>().unwrap().to_string(),
        "semi-hard:0.2"
    );
    for text in ["", "hard:1", "semi-hard:", "semi-hard:x", "soft"] {
        assert!(matches!(
            text.parse::<OfflineMining>(),
            Err(SamplerError::UnknownOfflineMining { .. })
        ));
    }
    assert!("semi-hard:-1".parse::<OfflineMining>().is_err());
}

//! All pairs without a list of them, against the list.

use std::sync::{Arc, Mutex};

use facenet_metrics::{
    AllPairsProtocol, AllPairsReport, DistanceKind, MetricsError, Scores, VerificationReport,
    identity_splits,
};
use ndarray::{Array2, ArrayView2, array, s};
use proptest::prelude::*;

/// Bytes for kept distances: none, some for one kind or the other, and enough for all.
const MEMORIES: [usize; 6] = [0, 80, 8_000, 80_000, 2 << 20, 128 << 20];
const FARS: [f64; 9] = [0.0, 1e-5, 1e-3, 0.01, 0.1, 0.25, 0.5, 0.999, 1.0];

/// Numbers without a pattern, from a seed.
fn noise(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    }
}

/// Unit embeddings of people with `per_identity` images each, `scatter` around a center of their own.
fn people(rows: usize, per_identity: usize, dim: usize, scatter: f32) -> (Array2<f32>, Vec<u32>) {
    let labels: Vec<u32> = (0..rows).map(|row| (row / per_identity) as u32).collect();
    let mut data = Array2::zeros((rows, dim));
    for (mut row, (index, &label)) in data.rows_mut().into_iter().zip(labels.iter().enumerate()) {
        let (mut center, mut own) = (noise(u64::from(label) + 1), noise(index as u64 + (1 << 40)));
        row.mapv_inplace(|_: f32| center() + scatter * own());
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        row.mapv_inplace(|x| x / length);
    }
    (data, labels)
}

/// Everything that both reports have, bit by bit.
fn same(report: &AllPairsReport, scores: &Scores<f32>, fars: &[f64]) {
    let expected = VerificationReport::new(scores, fars).unwrap();
    assert_eq!(report.genuine, expected.genuine as u64);
    assert_eq!(report.impostor, expected.impostor as u64);
    assert_eq!(report.val, expected.val);
    assert_eq!(report.eer, expected.eer);
    match (report.auc, expected.auc) {
        (Some(bounds), Some(auc)) => {
            assert!(bounds.low <= auc && auc <= bounds.high, "{auc} {bounds:?}");
            assert!(bounds.exact().is_none_or(|exact| exact == auc));
        }
        (bounds, auc) => assert_eq!(bounds.is_some(), auc.is_some()),
    }
}

fn check(data: ArrayView2<'_, f32>, labels: &[u32], fars: &[f64]) -> Vec<AllPairsReport> {
    let mut reports = Vec::new();
    for kind in [DistanceKind::SquaredEuclidean, DistanceKind::Angle] {
        let scores = Scores::all_pairs(data, labels, kind).unwrap();
        for memory in MEMORIES {
            let protocol = AllPairsProtocol::new(kind)
                .with_fars(fars)
                .with_memory(memory);
            let report = protocol.evaluate(data, labels).unwrap();
            same(&report, &scores, fars);
            reports.push(report);
        }
    }
    reports
}

#[test]
fn the_numbers_are_those_of_the_list() {
    for (rows, per_identity, dim, scatter) in [
        (700, 10, 16, 0.8),
        (600, 3, 8, 2.0),
        (513, 100, 4, 0.5),
        (300, 1, 8, 1.0),
    ] {
        let (data, labels) = people(rows, per_identity, dim, scatter);
        check(data.view(), &labels, &FARS);
    }
}

#[test]
fn with_memory_for_all_the_area_is_exact_and_one_pass_is_enough() {
    let (data, labels) = people(700, 10, 16, 0.8);
    let kind = DistanceKind::default();
    let scores = Scores::all_pairs(data.view(), &labels, kind).unwrap();
    let report = AllPairsProtocol::new(kind)
        .evaluate(data.view(), &labels)
        .unwrap();
    assert_eq!(report.auc.unwrap().exact(), scores.auc());
    assert_eq!(report.passes, 1);
}

#[test]
fn with_memory_for_what_is_needed_one_pass_is_enough() {
    // 12 million pairs, of which some hundred thousand are kept.
    let (data, labels) = people(5000, 20, 32, 1.0);
    let kind = DistanceKind::default();
    let fars = [1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8];
    let scores = Scores::all_pairs(data.view(), &labels, kind).unwrap();
    let protocol = AllPairsProtocol::new(kind).with_fars(fars);
    let report = protocol.evaluate(data.view(), &labels).unwrap();
    same(&report, &scores, &fars);
    assert_eq!(report.passes, 1);
    assert!(report.auc.unwrap().half_width() < 1e-4);
    assert!(report.val[5].below_resolution);
}

#[test]
fn the_points_of_the_roc_are_exact() {
    let (data, labels) = people(1000, 10, 16, 0.8);
    let kind = DistanceKind::SquaredEuclidean;
    let scores = Scores::all_pairs(data.view(), &labels, kind).unwrap();
    let area = scores.auc().unwrap();
    for memory in MEMORIES {
        let protocol = AllPairsProtocol::new(kind)
            .with_memory(memory)
            .with_roc(true);
        let roc = protocol
            .evaluate(data.view(), &labels)
            .unwrap()
            .roc
            .unwrap();
        assert!(
            (100..3000).contains(&roc.points.len()),
            "{}",
            roc.points.len()
        );
        for point in &roc.points[1..] {
            let expected = scores.at(point.threshold.unwrap());
            assert_eq!(
                (Some(point.far), Some(point.val)),
                (expected.far, expected.val)
            );
        }
        let last = roc.points.last().unwrap();
        assert_eq!((last.far, last.val), (1.0, 1.0));
        assert!((roc.area() - area).abs() < 0.01);
    }
    let without = AllPairsProtocol::new(kind).evaluate(data.view(), &labels);
    assert_eq!(without.unwrap().roc, None);
}

#[test]
fn few_values_that_many_pairs_share() {
    // Corners of a cube: distances are whole numbers, each of very many pairs.
    let mut bit = noise(5);
    let data = Array2::from_shape_fn((600, 12), |_| f32::from(u8::from(bit() > 0.0)));
    let labels: Vec<u32> = (0..600).map(|row| row % 40).collect();
    let kind = DistanceKind::SquaredEuclidean;
    let scores = Scores::all_pairs(data.view(), &labels, kind).unwrap();
    for memory in MEMORIES {
        let protocol = AllPairsProtocol::new(kind)
            .with_fars(FARS)
            .with_memory(memory);
        same(
            &protocol.evaluate(data.view(), &labels).unwrap(),
            &scores,
            &FARS,
        );
    }
}

#[test]
fn a_collapsed_network_is_no_better_than_chance() {
    let labels: Vec<u32> = (0..400).map(|row| row % 3).collect();
    for report in check(Array2::ones((400, 4)).view(), &labels, &FARS) {
        assert_eq!(report.auc.unwrap().exact(), Some(0.5));
        assert_eq!((report.eer, report.passes), (Some(0.5), 1));
        assert_eq!(report.val[3].threshold, None);
    }
}

#[test]
fn genuine_pairs_may_be_more_than_impostor_pairs() {
    let (data, mut labels) = people(600, 300, 8, 1.5);
    check(data.view(), &labels, &FARS);
    // A single impostor.
    labels.fill(3);
    labels[17] = 4;
    check(data.view(), &labels, &FARS);
}

#[test]
fn degenerate_sets() {
    let line = |values: &[f32]| Array2::from_shape_fn((values.len(), 1), |(row, _)| values[row]);
    // None, one, one pair of either kind, one genuine pair of three.
    for (values, labels) in [
        (vec![], vec![]),
        (vec![1.0], vec![1]),
        (vec![1.0, 2.0], vec![1, 1]),
        (vec![1.0, 2.0], vec![1, 2]),
        (vec![1.0, 1.5, 3.0], vec![1, 1, 2]),
        // Inverted: one's own images are the far ones; and all the same.
        (vec![0.1, 5.0, 0.1, 5.0], vec![1, 1, 2, 2]),
        (vec![2.0; 5], vec![1, 1, 1, 2, 2]),
    ] {
        let (data, labels) = (line(&values), &labels[..]);
        let kind = DistanceKind::SquaredEuclidean;
        let scores = Scores::all_pairs(data.view(), labels, kind).unwrap();
        for memory in MEMORIES {
            let protocol = AllPairsProtocol::new(kind)
                .with_fars(FARS)
                .with_memory(memory);
            let report = protocol.evaluate(data.view(), labels).unwrap();
            same(&report, &scores, &FARS);
        }
    }
    let perfect = AllPairsProtocol::new(DistanceKind::SquaredEuclidean)
        .with_fars([1e-3])
        .evaluate(line(&[1.0, 1.0, 7.0, 7.0]).view(), &[1, 1, 2, 2])
        .unwrap();
    assert_eq!(
        (perfect.auc.unwrap().exact(), perfect.eer),
        (Some(1.0), Some(0.0))
    );
    assert_eq!(
        (perfect.val[0].true_accepts, perfect.val[0].false_accepts),
        (2, 0)
    );
    // No dimension at all: every distance is 0.
    let nothing = Array2::<f32>::zeros((4, 0));
    let report = AllPairsProtocol::new(DistanceKind::SquaredEuclidean)
        .evaluate(nothing.view(), &[1, 1, 2, 2])
        .unwrap();
    assert_eq!(report.auc.unwrap().exact(), Some(0.5));
}

#[test]
fn lengths_that_are_not_one() {
    let (mut data, labels) = people(500, 5, 8, 1.0);
    for (index, mut row) in data.rows_mut().into_iter().enumerate() {
        let length = 10f32.powi(index as i32 % 7 - 3);
        row.mapv_inplace(|x| x * length);
    }
    check(data.view(), &labels, &FARS);
}

#[test]
fn probe_against_gallery() {
    let (data, labels) = people(800, 8, 16, 1.2);
    let (probe, gallery) = (data.slice(s![..300, ..]), data.slice(s![250.., ..]));
    let (probe_labels, gallery_labels) = (&labels[..300], &labels[250..]);
    let kind = DistanceKind::SquaredEuclidean;
    let scores = Scores::probe_gallery(probe, probe_labels, gallery, gallery_labels, kind).unwrap();
    for memory in MEMORIES {
        let report = AllPairsProtocol::new(kind)
            .with_fars(FARS)
            .with_memory(memory)
            .evaluate_probe_gallery(probe, probe_labels, gallery, gallery_labels)
            .unwrap();
        same(&report, &scores, &FARS);
    }
}

#[test]
fn threads_change_nothing() {
    let (data, labels) = people(1500, 12, 16, 1.0);
    let kind = DistanceKind::SquaredEuclidean;
    let protocol = AllPairsProtocol::new(kind).with_memory(500_000);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(|| protocol.evaluate(data.view(), &labels).unwrap())
    };
    let one = with(1);
    for threads in [2, 3, 8] {
        assert_eq!(with(threads), one);
    }
}

#[test]
fn progress_reaches_the_end() {
    let (data, labels) = people(1200, 4, 8, 1.0);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&seen);
    let report = AllPairsProtocol::new(DistanceKind::SquaredEuclidean)
        .with_memory(0)
        .with_progress(move |progress| list.lock().unwrap().push(*progress))
        .evaluate(data.view(), &labels)
        .unwrap();
    let seen = seen.lock().unwrap();
    assert!(report.passes > 1);
    for pass in 1..=report.passes {
        let done: Vec<u64> = seen
            .iter()
            .filter(|p| p.pass == pass)
            .map(|p| p.done)
            .collect();
        assert_eq!(done.len(), 1200usize.div_ceil(256));
        assert!(done.is_sorted());
        assert_eq!(done.last(), Some(&(1200 * 1199 / 2)));
    }
}

#[test]
fn what_cannot_be_evaluated_is_an_error() {
    let protocol = AllPairsProtocol::new(DistanceKind::Angle);
    let zero = array![[1.0], [0.0]];
    assert!(matches!(
        protocol.evaluate(zero.view(), &[1, 2]),
        Err(MetricsError::ZeroEmbedding { index: 1 })
    ));
    for wrong in [f32::NAN, f32::INFINITY, 1e30] {
        let data = array![[1.0], [wrong]];
        assert!(matches!(
            protocol.evaluate(data.view(), &[1, 2]),
            Err(MetricsError::NotFinite { index: 1, .. })
        ));
        assert!(
            protocol
                .evaluate_probe_gallery(data.view(), &[1, 2], zero.view(), &[1, 2])
                .is_err()
        );
    }
    let data = array![[1.0], [2.0]];
    let error = protocol.evaluate(data.view(), &[1]).unwrap_err();
    assert_eq!(error.to_string(), "labels: 1 given; expected 2");
    assert!(
        protocol
            .evaluate_splits(data.view(), &[1], &[vec![0]])
            .is_err()
    );
    let wide = array![[1.0, 2.0]];
    assert!(
        protocol
            .evaluate_probe_gallery(data.view(), &[1, 2], wide.view(), &[1])
            .is_err()
    );
    for far in [-0.1, 1.1, f64::NAN] {
        let protocol = protocol.clone().with_fars([0.1, far]);
        // Though there is no pair to measure it on.
        for labels in [[1, 2], [1, 1]] {
            assert!(matches!(
                protocol.evaluate(data.view(), &labels),
                Err(MetricsError::Setting { setting: "FAR", .. })
            ));
        }
    }
}

#[test]
fn splits_share_no_identity() {
    let labels: Vec<u32> = (0..997).map(|row| (row * row % 211) as u32).collect();
    let splits = identity_splits(&labels, 5, 3).unwrap();
    assert_eq!(splits, identity_splits(&labels, 5, 3).unwrap());
    assert_ne!(splits, identity_splits(&labels, 5, 4).unwrap());
    let mut rows: Vec<usize> = splits.concat();
    rows.sort_unstable();
    assert!(rows.into_iter().eq(0..997));
    for (at, split) in splits.iter().enumerate() {
        assert!(split.is_sorted() && (180..220).contains(&split.len()));
        for other in &splits[..at] {
            assert!(
                split
                    .iter()
                    .all(|&a| other.iter().all(|&b| labels[a] != labels[b]))
            );
        }
    }
    assert_eq!(identity_splits(&[7, 7], 1, 0).unwrap(), [vec![0, 1]]);
    for (labels, splits) in [(&[1, 1, 2][..], 3), (&[1][..], 0), (&[][..], 1)] {
        let error = identity_splits(labels, splits, 0).unwrap_err();
        assert!(matches!(
            error,
            MetricsError::Setting {
                setting: "splits",
                ..
            }
        ));
    }
}

#[test]
fn the_mean_is_over_the_splits() {
    let (data, labels) = people(900, 6, 16, 1.0);
    let splits = identity_splits(&labels, 5, 1).unwrap();
    let protocol = AllPairsProtocol::new(DistanceKind::SquaredEuclidean).with_fars([0.01, 1e-6]);
    let report = protocol
        .evaluate_splits(data.view(), &labels, &splits)
        .unwrap();
    assert_eq!((report.splits.len(), report.mean.splits), (5, 5));
    let val: Vec<f64> = report.splits.iter().map(|split| split.val[0].val).collect();
    let mean = report.mean.val[0].val.unwrap();
    assert_eq!(mean.mean, val.iter().sum::<f64>() / 5.0);
    assert!(mean.sem > 0.0);
    assert_eq!(report.mean.val[1].below_resolution, 5);
    for (split, rows) in report.splits.iter().zip(&splits) {
        let part = data.select(ndarray::Axis(0), rows);
        let labels: Vec<u32> = rows.iter().map(|&row| labels[row]).collect();
        assert_eq!(split, &protocol.evaluate(part.view(), &labels).unwrap());
    }
    let json = serde_json::to_string(&report).unwrap();
    let read: facenet_metrics::AllPairsSplits = serde_json::from_str(&json).unwrap();
    // The last digit of a number may differ.
    for (read, report) in read.splits.iter().zip(&report.splits) {
        assert_eq!(
            (read.genuine, read.impostor),
            (report.genuine, report.impostor)
        );
        assert_eq!(read.val[0].true_accepts, report.val[0].true_accepts);
        assert!((read.eer.unwrap() - report.eer.unwrap()).abs() < 1e-12);
    }
    // Identity 0 has the rows 0 to 5.
    for wrong in [
        vec![vec![0, 1, 2], vec![3, 6, 7]],
        vec![vec![0, 0]],
        vec![vec![0], vec![0]],
        vec![vec![900]],
    ] {
        let error = protocol
            .evaluate_splits(data.view(), &labels, &wrong)
            .unwrap_err();
        assert!(matches!(
            error,
            MetricsError::Setting {
                setting: "splits",
                ..
            }
        ));
    }
    let none = protocol.evaluate_splits(data.view(), &labels, &[]).unwrap();
    assert_eq!(none.mean.auc, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn agrees_with_the_list(
        rows in prop::collection::vec((prop::array::uniform2(-3i8..4), 0u32..5), 0..40),
        scale in prop::sample::select(vec![1.0f32, 0.37, 1e-4]),
        memory in 0usize..2000,
        fars in prop::collection::vec(0.0f64..=1.0, 0..4),
    ) {
        let data = Array2::from_shape_fn((rows.len(), 2), |(r, c)| f32::from(rows[r].0[c]) * scale);
        let labels: Vec<u32> = rows.iter().map(|row| row.1).collect();
        let kind = DistanceKind::SquaredEuclidean;
        let scores = Scores::all_pairs(data.view(), &labels, kind).unwrap();
        let protocol = AllPairsProtocol::new(kind).with_fars(fars.clone()).with_memory(memory);
        same(&protocol.evaluate(data.view(), &labels).unwrap(), &scores, &fars);
    }
}

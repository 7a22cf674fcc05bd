//! Evaluations with their matrix products on a device: the same numbers.

use facenet_core::metrics::{
    AllPairsProtocol, Clustering, ClusteringAlgorithm, DEFAULT_RECALLS, DistanceKind,
    DistanceTiles, IdentificationReport, Neighbors, RetrievalReport, Scores, cluster, on_device,
};
use facenet_core::prelude::*;
use facenet_testing::device;
use ndarray::{Array2, Axis, s};

const KINDS: [DistanceKind; 2] = [DistanceKind::SquaredEuclidean, DistanceKind::Angle];

/// Noisy directions, three faces of each person, one of them there twice.
fn faces(count: usize, dims: usize) -> (Array2<f32>, Vec<u32>) {
    let labels: Vec<u32> = (0..count as u32).map(|i| i / 3).collect();
    let noise = |i: u64, j: u64| {
        let mixed = (i * 0x9e37_79b9 + j * 0x85eb_ca6b + 7).wrapping_mul(0x2545_f491_4f6c_dd1d);
        (mixed >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let mut rows = Array2::from_shape_fn((count, dims), |(i, j)| {
        noise(u64::from(labels[i]) + 1000, j as u64) + 0.6 * noise(i as u64, j as u64)
    });
    for mut row in rows.axis_iter_mut(Axis(0)) {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        row /= length;
    }
    if count > 5 {
        let twin = rows.row(3).to_owned();
        rows.row_mut(5).assign(&twin);
    }
    (rows, labels)
}

fn distances(tiles: &DistanceTiles<'_>) -> Vec<(usize, usize, f32)> {
    let mut all = Vec::new();
    for strip in tiles.strips() {
        strip.for_each_tile(|tile| all.extend(tile.pairs()));
    }
    all.sort_by_key(|&(row, column, _)| (row, column));
    all
}

fn assert_same_distances(here: &DistanceTiles<'_>, there: &DistanceTiles<'_>, what: &str) {
    let (here, there) = (distances(here), distances(there));
    assert_eq!(here.len(), there.len(), "{what}");
    for (a, b) in here.iter().zip(&there) {
        assert_eq!((a.0, a.1), (b.0, b.1), "{what}");
        assert!((a.2 - b.2).abs() < 1e-5, "{what}: {a:?} {b:?}");
    }
}

#[test]
fn tiles_of_a_device_hold_the_same_distances() {
    let Some(device) = device() else {
        return;
    };
    // More columns than a device makes at once in the second.
    for (count, gallery) in [(0, 3), (1, 1), (300, 40), (3, 8500)] {
        let (faces, others) = (self::faces(count, 17).0, self::faces(gallery, 17).0);
        for kind in KINDS {
            let what = format!("{count}, {gallery}, {kind:?}");
            let make = || DistanceTiles::all_pairs(faces.view(), kind).unwrap();
            assert_same_distances(&make(), &on_device(&device, make), &what);
            let make = || DistanceTiles::probe_gallery(faces.view(), others.view(), kind).unwrap();
            assert_same_distances(&make(), &on_device(&device, make), &what);
        }
    }
}

#[test]
fn neighbors_by_a_device_are_the_same() {
    let Some(device) = device() else {
        return;
    };
    // More than one tile of a device.
    let (faces, labels) = faces(2300, 24);
    let (probe, gallery) = faces.view().split_at(Axis(0), 500);
    for kind in KINDS {
        let within = || Neighbors::leave_one_out(faces.view(), kind, 7).unwrap();
        assert_eq!(within(), on_device(&device, within));
        let between = || Neighbors::probe_gallery(probe, gallery, kind, 4).unwrap();
        assert_eq!(between(), on_device(&device, between));
        let report =
            || RetrievalReport::new(faces.view(), &labels, kind, &DEFAULT_RECALLS).unwrap();
        assert_eq!(report(), on_device(&device, report));
    }
}

#[test]
fn an_identity_larger_than_the_lists_is_scanned_on_the_device_too() {
    let Some(device) = device() else {
        return;
    };
    let (faces, _) = faces(400, 12);
    let labels: Vec<u32> = (0..400).map(|i| u32::from(i % 2 == 0)).collect();
    let report = || {
        let kind = DistanceKind::SquaredEuclidean;
        RetrievalReport::new(faces.view(), &labels, kind, &DEFAULT_RECALLS).unwrap()
    };
    assert_eq!(report(), on_device(&device, report));
}

#[test]
fn reports_by_a_device_agree() {
    let Some(device) = device() else {
        return;
    };
    let (faces, labels) = faces(900, 24);
    let kind = DistanceKind::SquaredEuclidean;
    let protocol = AllPairsProtocol::new(kind)
        .with_fars([0.1, 1e-3])
        .with_memory(1 << 17);
    let all = || protocol.evaluate(faces.view(), &labels).unwrap();
    let (here, there) = (all(), on_device(&device, all));
    assert!((here.eer.unwrap() - there.eer.unwrap()).abs() < 1e-4);
    for (a, b) in here.val.iter().zip(&there.val) {
        assert!((a.val - b.val).abs() < 2e-3, "{a:?} {b:?}");
        assert!(a.false_accepts.abs_diff(b.false_accepts) <= 1);
    }

    let search = || IdentificationReport::leave_one_out(faces.view(), &labels, kind, 5).unwrap();
    let (here, there) = (search(), on_device(&device, search));
    assert!((here.rate(1).unwrap() - there.rate(1).unwrap()).abs() < 5e-3);

    for algorithm in ["average", "dbscan", "chinese-whispers"] {
        let algorithm: ClusteringAlgorithm = algorithm.parse().unwrap();
        let settings = Clustering::new(algorithm).with_threshold(0.9);
        let some = faces.slice(s![..200, ..]);
        let groups = || cluster(some, &settings).unwrap();
        assert_eq!(groups(), on_device(&device, groups));
    }
}

#[test]
fn the_device_is_left_when_the_work_is_done() {
    let Some(device) = device() else {
        return;
    };
    let (faces, labels) = faces(60, 9);
    let kind = DistanceKind::SquaredEuclidean;
    let scores = || Scores::all_pairs(faces.view(), &labels, kind).unwrap();
    let before = scores().eer();
    let ended = std::panic::catch_unwind(|| on_device(&device, || panic!("in the middle")));
    assert!(ended.is_err());
    assert_eq!(scores().eer(), before);
    // A device within a device, which is left again.
    on_device(&device, || {
        on_device(&Device::default(), scores);
        scores()
    });
    assert_eq!(scores().eer(), before);
}

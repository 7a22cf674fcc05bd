//! One meaning of a threshold: "same" where the distance is below it, strictly, whoever asks.

use facenet_metrics::{
    AllPairsProtocol, Calibration, Clustering, Dendrogram, DistanceKind, Enrollment, Folds,
    LfwProtocol, Linkage, NeighborGraph, Neighbors, OpenSetReport, Scores, VerificationReport,
    cluster, sweep_thresholds,
};
use ndarray::{Array2, array};

const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

/// Two people on a line. Squared distances: 1 within each, and 4, 9, 9, 16 between them.
fn faces() -> (Array2<f32>, [u32; 4]) {
    (array![[0.0], [1.0], [3.0], [4.0]], [7, 7, 9, 9])
}

/// (threshold, genuine pairs accepted, impostor pairs accepted): at each distance, and just above it.
fn ties() -> [(f64, u64, u64); 6] {
    let above = |distance: f32| f64::from(distance.next_up());
    [
        (1.0, 0, 0),
        (above(1.0), 2, 0),
        (4.0, 2, 0),
        (above(4.0), 2, 1),
        (9.0, 2, 1),
        (above(9.0), 2, 3),
    ]
}

#[test]
fn reports_and_curves() {
    let (data, labels) = faces();
    let scores = Scores::all_pairs(data.view(), &labels, KIND).unwrap();
    for (threshold, genuine, impostor) in ties() {
        let point = scores.at(threshold);
        let accepted = (point.true_accepts as u64, point.false_accepts as u64);
        assert_eq!(accepted, (genuine, impostor), "{threshold}");
    }
    // Each point of a curve says what is accepted at its threshold, and its thresholds lie just above a distance.
    let (roc, det) = (scores.roc().unwrap(), scores.det().unwrap());
    assert_eq!(roc.points.len(), det.points.len());
    for (roc, det) in roc.points.iter().zip(&det.points).skip(1) {
        let threshold = roc.threshold.unwrap();
        assert_eq!(det.threshold, roc.threshold);
        let point = scores.at(threshold);
        assert_eq!((point.val, point.far), (Some(roc.val), Some(roc.far)));
        assert_eq!((1.0 - det.fnmr, det.fmr), (roc.val, roc.far));
        // At the distance itself the pairs that have it are out.
        let distance = (threshold as f32).next_down();
        assert!(
            scores.at(distance.into()).far.unwrap() + scores.at(distance.into()).val.unwrap()
                < roc.far + roc.val
        );
    }
    let report = VerificationReport::new(&scores, &[0.0, 0.25, 0.75]).unwrap();
    let [_, one, _, four, _, nine] = ties();
    for (val, (threshold, genuine, impostor)) in report.val.iter().zip([one, four, nine]) {
        assert_eq!(val.threshold, Some(threshold));
        assert_eq!((val.true_accepts, val.false_accepts), (genuine, impostor));
    }
    assert_eq!(report.balanced_accuracy.unwrap().threshold, Some(one.0));
    assert_eq!(report.fnmr_at_fmr[0].threshold, Some(one.0));
    // A genuine and an impostor pair at one distance stand or fall together.
    let tied = Scores::new(&[0.5f32, 0.5], &[true, false]).unwrap();
    assert_eq!(tied.val_at_far(0.0).unwrap().unwrap().threshold, None);
    assert_eq!((tied.at(0.5).val, tied.at(0.5).far), (Some(0.0), Some(0.0)));
    let all = tied.at(tied.threshold_at_far(1.0).unwrap().unwrap());
    assert_eq!((all.val, all.far), (Some(1.0), Some(1.0)));
}

#[test]
fn all_pairs_say_what_lists_say() {
    let (data, labels) = faces();
    let scores = Scores::all_pairs(data.view(), &labels, KIND).unwrap();
    let fars = [0.0, 0.25, 0.75];
    let listed = VerificationReport::new(&scores, &fars).unwrap();
    let protocol = AllPairsProtocol::new(KIND).with_fars(fars).with_roc(true);
    let counted = protocol.evaluate(data.view(), &labels).unwrap();
    assert_eq!(counted.val, listed.val);
    for point in counted.roc.unwrap().points.iter().skip(1) {
        let expected = scores.at(point.threshold.unwrap());
        assert_eq!(
            (Some(point.val), Some(point.far)),
            (expected.val, expected.far)
        );
    }
}

#[test]
fn calibrations() {
    let (data, labels) = faces();
    let scores = Scores::all_pairs(data.view(), &labels, KIND).unwrap();
    for (far, distance) in [(0.0, 1.0f32), (0.25, 4.0)] {
        for calibration in [
            Calibration::logistic(&scores, KIND, far).unwrap(),
            Calibration::isotonic(&scores, KIND, far).unwrap(),
        ] {
            assert_eq!(calibration.threshold(), f64::from(distance.next_up()));
            assert!(calibration.accepts(distance.into()));
            assert!(!calibration.accepts(calibration.threshold()));
            let point = scores.at(calibration.threshold());
            assert_eq!(point.far, Some(calibration.operating_point().far));
        }
    }
}

#[test]
fn folds() {
    // In each fold a genuine pair at 1, and an impostor pair at 1.01: exactly the thresholds of the grid.
    let grid = |step: usize| step as f64 * 0.01;
    let distances = [grid(100), grid(101), grid(100), grid(101)];
    let same = [true, false, true, false];
    let protocol = LfwProtocol::new(Folds::equal(2, 2).unwrap());
    let report = protocol.evaluate_distances(&distances, &same).unwrap();
    // 1 does not accept 1, and 1.01 does not accept 1.01.
    assert_eq!(report.accuracy.thresholds, [grid(101); 2]);
    assert_eq!(report.accuracy.mean, 1.0);
    let scores = Scores::new(&distances, &same).unwrap();
    for (step, accepted) in [(100, (0, 0)), (101, (2, 0)), (102, (2, 2))] {
        let point = scores.at(grid(step));
        assert_eq!((point.true_accepts, point.false_accepts), accepted);
        // The averaged ROC of the folds is measured on the same grid.
        let mut roc = report.roc.as_ref().unwrap().points.iter();
        let of_grid = roc.rfind(|p| p.threshold == Some(grid(step)));
        if let Some(of_grid) = of_grid {
            assert_eq!(
                (Some(of_grid.val), Some(of_grid.far)),
                (point.val, point.far)
            );
        }
    }
}

#[test]
fn clusters() {
    let (data, labels) = faces();
    // The shortest distance between clusters is 4 with single linkage.
    let [(one, ..), (above_one, ..), (four, ..), (above_four, ..), ..] = ties();
    for name in [
        "single",
        "dbscan",
        "average",
        "complete",
        "chinese-whispers",
    ] {
        let clustering = Clustering::new(name.parse().unwrap()).with_min_points(1);
        let count = |threshold: f64| {
            let at = clustering.clone().with_threshold(threshold);
            let clusters = cluster(data.view(), &at).unwrap();
            let swept = sweep_thresholds(data.view(), &labels, &clustering, &[threshold]).unwrap();
            assert_eq!(swept.points[0].scores, clusters.scores(&labels).unwrap());
            clusters.count()
        };
        assert_eq!(
            (count(one), count(above_one), count(four)),
            (4, 2, 2),
            "{name}"
        );
        if name == "single" || name == "dbscan" {
            assert_eq!(count(above_four), 1, "{name}");
        }
    }
    let tree = Dendrogram::new(data.view(), KIND, Linkage::Single).unwrap();
    assert_eq!(tree.cut_at(four), [0, 0, 1, 1]);
    assert_eq!(tree.cut_at(above_four), [0; 4]);
    let near = Neighbors::leave_one_out(data.view(), KIND, 3).unwrap();
    for (threshold, genuine, impostor) in ties() {
        let graph = NeighborGraph::new(&near, threshold);
        assert_eq!(graph.edges() as u64, genuine + impostor, "{threshold}");
    }
}

#[test]
fn open_sets() {
    let gallery = array![[0.0f32]];
    let dir = |probes: Array2<f32>, labels: &[u32]| {
        let (probes, gallery) = ((probes.view(), labels), (gallery.view(), &[7u32][..]));
        OpenSetReport::new(probes, gallery, KIND, Enrollment::Best, &[0.0])
            .unwrap()
            .dir[0]
    };
    // The mated probe at 1, the stranger at 4.
    let apart = dir(array![[1.0], [2.0]], &[7, 1]);
    assert_eq!(
        (apart.dir, apart.threshold),
        (1.0, Some(1.0f32.next_up().into()))
    );
    // Both at 1: whoever answers one answers the other.
    let tied = dir(array![[1.0], [-1.0]], &[7, 1]);
    assert_eq!((tied.dir, tied.threshold), (0.0, None));
}

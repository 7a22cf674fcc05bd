//! One meaning of a threshold from the folds of a list to a verdict: "same" where the distance is below it, strictly.
#![cfg(feature = "flex")]

use std::path::Path;

use facenet_core::data::FacePair;
use facenet_core::eval::{
    EmbeddedPairs, FoldedPairs, PairsProtocolConfig, load_calibration, save_calibration,
};
use facenet_core::metrics::{Calibration, DistanceKind};
use facenet_core::ndarray::array;
use facenet_core::prelude::*;

/// The squared distance of the genuine pairs, and that of the impostor pairs.
const NEAR: f64 = 0.25;
const FAR: f64 = 1.0;

#[test]
fn a_pair_at_the_threshold_is_of_two_people_wherever_it_is_asked_about() {
    // In each fold a genuine pair and an impostor pair.
    let faces = array![[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [0.5, 1.0]];
    let pair = |first, second, same, fold| FacePair {
        first,
        second,
        same,
        fold,
    };
    let pairs = [
        pair(0, 1, true, 0),
        pair(0, 2, false, 0),
        pair(1, 2, true, 1),
        pair(1, 3, false, 1),
    ];
    let pairs = FoldedPairs::new(4, &pairs, Path::new("pairs"), 0).unwrap();
    let embedded = EmbeddedPairs::new(&pairs, faces.clone(), &PairsProtocolConfig::new());
    let (report, scores) = embedded.measure().unwrap();
    assert_eq!(scores.genuine(), [NEAR; 2]);
    assert_eq!(scores.impostor(), [FAR; 2]);

    // The folds: the first threshold of the grid that accepts 0.25 is the one after it.
    assert_eq!(report.lfw.accuracy.mean, 1.0);
    assert!((report.mean_threshold - 0.26).abs() < 1e-9);
    // Their ROC, as it is drawn, at the very distances; steps of the grid that change no rate are one point.
    let roc = report.lfw.roc.as_ref().unwrap();
    let drawn = |threshold: f64| {
        let points = roc.points.iter();
        let known = points.filter_map(|point| Some((point.threshold?, point)));
        let below = known.filter(|(at, _)| *at < threshold + 1e-9);
        let (_, point) = below.max_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap();
        (point.val, point.far)
    };
    assert_eq!((drawn(NEAR), drawn(FAR)), ((0.0, 0.0), (1.0, 0.0)));
    // Counts without a grid.
    for (threshold, accepted) in [
        (NEAR, (0, 0)),
        (NEAR.next_up(), (2, 0)),
        (FAR, (2, 0)),
        (FAR.next_up(), (2, 2)),
    ] {
        let point = scores.at(threshold);
        assert_eq!((point.true_accepts, point.false_accepts), accepted);
    }
    // The curve of errors has a point just above each distance.
    for point in &scores.det().unwrap().points {
        let Some(threshold) = point.threshold else {
            continue;
        };
        let counted = scores.at(threshold);
        assert_eq!(
            (Some(point.fmr), Some(1.0 - point.fnmr)),
            (counted.far, counted.val)
        );
    }

    // A calibration, through its file, and the verdicts of a network with it.
    let device = Device::flex();
    let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([40, 34]);
    let network = Embedder::new(config.init(&device).unwrap(), config, &device);
    let facenet = Recognizer::new(network);
    let verdict = |facenet: &Recognizer, other: usize| {
        let verdict = facenet.compare(faces.row(0), faces.row(other)).unwrap();
        (f64::from(verdict.squared_distance), verdict.same)
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.calibration.json");
    let calibration = Calibration::logistic(&scores, DistanceKind::SquaredEuclidean, 0.0).unwrap();
    save_calibration(&path, &calibration).unwrap();
    let calibration = load_calibration(&path).unwrap();
    assert!(calibration.accepts(NEAR) && !calibration.accepts(calibration.threshold()));
    let calibrated = facenet.clone().with_calibration(calibration).unwrap();
    assert_eq!(verdict(&calibrated, 1), (NEAR, true));
    assert_eq!(verdict(&calibrated, 2), (FAR, false));

    // A threshold that is a distance, as the counts above have it.
    for threshold in [NEAR as f32, FAR as f32] {
        let facenet = facenet.clone().with_threshold(threshold);
        for (other, distance) in [(1, NEAR), (2, FAR)] {
            let same = distance < f64::from(threshold);
            assert_eq!(verdict(&facenet, other), (distance, same));
        }
    }
}

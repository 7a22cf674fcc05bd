//! Constants that scikit-learn and scipy computed: `reference.json`, made by `reference.py`, which
//! holds their versions.

use facenet_metrics::{
    Bootstrap, Calibration, DeLong, DistanceKind, Folds, Interval, LfwProtocol, LfwReport, Scores,
    video_distance,
};
use ndarray::Array2;
use serde_json::Value;

fn reference() -> Value {
    serde_json::from_str(include_str!("reference.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

/// Whole numbers over 1024, which no parser rounds.
fn distances(value: &Value) -> Vec<f64> {
    numbers(value).into_iter().map(|k| k / 1024.0).collect()
}

fn flags(value: &Value) -> Vec<bool> {
    let list = value.as_array().unwrap();
    list.iter().map(|flag| flag.as_bool().unwrap()).collect()
}

fn matrix(value: &Value, unit: f32) -> Array2<f32> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(r, c)| {
        rows[r][c] as f32 / unit
    })
}

fn scores(case: &Value) -> Scores {
    Scores::new(&distances(&case["distances"]), &flags(&case["same"])).unwrap()
}

#[track_caller]
fn near(ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance, "{ours} is not {theirs}");
}

#[track_caller]
fn all_near(ours: &[f64], theirs: &[f64], tolerance: f64) {
    assert_eq!(ours.len(), theirs.len());
    for (&a, &b) in ours.iter().zip(theirs) {
        near(a, b, tolerance);
    }
}

#[test]
fn rates_of_scikit_learn() {
    let reference = reference();
    for (name, case) in reference["rates"].as_object().unwrap() {
        let scores = scores(case);
        near(scores.auc().unwrap(), number(&case["auc"]), 1e-12);
        near(scores.eer().unwrap(), number(&case["eer"]), 1e-9);
        let roc = scores.roc().unwrap();
        let of = |pick: fn(&facenet_metrics::RocPoint) -> f64| -> Vec<f64> {
            roc.points.iter().skip(1).map(pick).collect()
        };
        all_near(&of(|p| p.far), &numbers(&case["far"]), 1e-14);
        all_near(&of(|p| p.val), &numbers(&case["val"]), 1e-14);
        assert_eq!(
            of(|p| p.threshold.unwrap()),
            // scikit-learn accepts a pair at the threshold.
            distances(&case["thresholds"])
                .into_iter()
                .map(f64::next_up)
                .collect::<Vec<f64>>(),
            "{name}"
        );
        let det = scores.det().unwrap();
        near(det.equal_error_rate().unwrap(), number(&case["eer"]), 1e-9);
        // scikit-learn leaves points out at the ends; what it gives must be ours.
        let theirs: Vec<Vec<f64>> = case["det"]
            .as_array()
            .unwrap()
            .iter()
            .map(numbers)
            .collect();
        assert!(!theirs.is_empty() && theirs.len() <= det.points.len());
        for point in theirs {
            let threshold = Some((point[2] / 1024.0).next_up());
            let ours = det.points.iter().find(|p| p.threshold == threshold);
            let ours = ours.unwrap_or_else(|| panic!("{name}: {threshold:?}"));
            near(ours.fmr, point[0], 1e-14);
            near(ours.fnmr, point[1], 1e-14);
        }
    }
}

#[test]
fn delong_by_its_definition() {
    let case = &reference()["delong"];
    let delong = DeLong::new(&scores(case)).unwrap();
    near(delong.auc, number(&case["auc"]), 1e-12);
    near(delong.variance.unwrap(), number(&case["variance"]), 1e-14);
    for (interval, theirs) in [
        (delong.interval(0.95), &case["interval"]),
        (delong.logit_interval(0.95), &case["logit_interval"]),
    ] {
        let interval = interval.unwrap().unwrap();
        all_near(&[interval.low, interval.high], &numbers(theirs), 1e-10);
    }
    let (one, other) = (distances(&case["distances"]), distances(&case["other"]));
    let compared = DeLong::compare(&one, &other, &flags(&case["same"]));
    let compared = compared.unwrap().unwrap();
    near(compared.second, number(&case["other_auc"]), 1e-12);
    near(
        compared.variance.unwrap(),
        number(&case["difference_variance"]),
        1e-14,
    );
    near(compared.z.unwrap(), number(&case["z"]), 1e-9);
    near(compared.p.unwrap(), number(&case["p"]), 1e-11);
}

#[test]
fn bootstrap_of_scipy() {
    let reference = reference();
    let theirs = &reference["bootstrap"];
    // Other random numbers than scipy's, both twenty thousand times: the standard error is known to
    // 0.5 % by either.
    let report = Bootstrap::new(20_000, 1)
        .pairs(&scores(&reference["delong"]))
        .unwrap();
    let auc = report.auc.unwrap();
    let error = number(&theirs["standard_error"]);
    near(auc.standard_error, error, 0.05 * error);
    all_near(
        &[auc.interval.low, auc.interval.high],
        &numbers(&theirs["interval"]),
        0.15 * error,
    );
}

#[test]
fn wilson_of_scipy() {
    for case in reference()["wilson"].as_array().unwrap() {
        let case = numbers(case);
        let interval = Interval::wilson(case[0] as usize, case[1] as usize, case[2]);
        let interval = interval.unwrap().unwrap();
        all_near(&[interval.low, interval.high], &case[3..], 1e-12);
    }
}

#[test]
fn calibrations_of_scikit_learn() {
    let reference = reference();
    for name in ["calibration", "calibration_tied"] {
        let case = &reference[name];
        let scores = scores(case);
        let kind = DistanceKind::SquaredEuclidean;
        let logistic = Calibration::logistic(&scores, kind, 0.1).unwrap();
        let isotonic = Calibration::isotonic(&scores, kind, 0.1).unwrap();
        let of = |calibration: &Calibration| -> Vec<f64> {
            let queries = distances(&case["queries"]).into_iter();
            queries.map(|d| calibration.probability(d)).collect()
        };
        all_near(&of(&logistic), &numbers(&case["logistic"]), 1e-7);
        all_near(&of(&isotonic), &numbers(&case["isotonic"]), 1e-9);
        let json = serde_json::to_value(&logistic).unwrap();
        let line = &json["model"]["logistic"];
        near(number(&line["intercept"]), number(&case["intercept"]), 1e-6);
        near(number(&line["slope"]), number(&case["slope"]), 1e-6);
    }
}

fn compare(report: &LfwReport, case: &Value) {
    assert_eq!(
        report.accuracy.per_fold.len() as u64,
        case["folds"].as_u64().unwrap()
    );
    all_near(
        &report.accuracy.per_fold,
        &numbers(&case["accuracy"]),
        1e-12,
    );
    all_near(
        &report.accuracy.thresholds,
        &numbers(&case["accuracy_thresholds"]),
        1e-12,
    );
    near(report.accuracy.mean, number(&case["accuracy_mean"]), 1e-12);
    near(report.accuracy.std, number(&case["accuracy_std"]), 1e-12);
    near(report.accuracy.sem, number(&case["accuracy_sem"]), 1e-12);
    near(report.auc.unwrap(), number(&case["auc"]), 1e-12);
    near(report.eer.unwrap(), number(&case["eer"]), 1e-9);
    let thresholds = case["val_thresholds"].as_array().unwrap();
    for (at, val) in report.val.iter().enumerate() {
        let ours: Vec<f64> = val.thresholds.iter().map(|t| t.unwrap()).collect();
        let theirs: Vec<f64> = thresholds.iter().map(|fold| number(&fold[at])).collect();
        all_near(&ours, &theirs, 1e-12);
        near(val.mean.unwrap(), number(&case["val_mean"][at]), 1e-12);
        near(val.std.unwrap(), number(&case["val_std"][at]), 1e-12);
        near(val.far_mean.unwrap(), number(&case["far_mean"][at]), 1e-12);
        assert_eq!((val.folds, val.far_folds), (ours.len(), ours.len()));
    }
}

#[test]
fn lfw_of_scikit_learn_and_scipy() {
    let case = &reference()["lfw_dense"];
    let (mut distances, mut same, mut sizes) = (vec![], vec![], vec![]);
    for fold in 0..4 {
        let before = distances.len();
        distances.extend((0..200).map(|j| (j * 37 + fold * 11) % 1500));
        same.resize(distances.len(), true);
        distances.extend((0..4096).filter(|k| (k + fold) % 2 == 0));
        distances.extend((0..300).map(|j| (j * j + 5 * fold) % 3000));
        same.resize(distances.len(), false);
        sizes.push(distances.len() - before);
    }
    let distances: Vec<f64> = distances
        .into_iter()
        .map(|k| f64::from(k) / 1024.0)
        .collect();
    let folds = Folds::contiguous(distances.len(), 4).unwrap();
    assert_eq!(folds, Folds::from_sizes(&sizes).unwrap());
    let report = LfwProtocol::new(folds)
        .with_fars(numbers(&case["fars"]))
        .evaluate_distances(&distances, &same)
        .unwrap();
    compare(&report, case);
}

#[test]
fn lfw_of_embeddings_of_scikit_learn_and_scipy() {
    let reference = reference();
    let case = &reference["lfw_embeddings"];
    let (left, right) = (matrix(&case["left"], 64.0), matrix(&case["right"], 64.0));
    let same = flags(&case["same"]);
    for (name, kind, centered) in [
        ("angle", DistanceKind::Angle, false),
        ("angle_centered", DistanceKind::Angle, true),
        ("squared", DistanceKind::SquaredEuclidean, false),
        // Differences do not see a mean.
        ("squared", DistanceKind::SquaredEuclidean, true),
    ] {
        let theirs = &case[name];
        let folds = Folds::contiguous(same.len(), 7).unwrap();
        let report = LfwProtocol::new(folds)
            .with_distance(kind)
            .with_range(number(&theirs["range"]))
            .with_mean_subtracted(centered)
            .with_fars(numbers(&theirs["fars"]))
            .evaluate(left.view(), right.view(), &same)
            .unwrap();
        compare(&report, theirs);
    }
}

#[test]
fn videos_of_scipy() {
    let case = &reference()["video"];
    let (first, second) = (matrix(&case["first"], 1.0), matrix(&case["second"], 1.0));
    let frames = case["frames"].as_u64().unwrap() as usize;
    for (name, kind) in [
        ("squared", DistanceKind::SquaredEuclidean),
        ("angle", DistanceKind::Angle),
    ] {
        let distance = video_distance(first.view(), second.view(), frames, kind).unwrap();
        let theirs = number(&case[name]);
        near(distance, theirs, 1e-5 * theirs);
    }
}

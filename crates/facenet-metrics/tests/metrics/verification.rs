//! Exact verification against explicit pairs.

use facenet_metrics::{
    DistanceKind, MetricsError, Scores, SplitReport, VerificationReport, pair_distances,
};
use ndarray::{Array2, array};
use proptest::prelude::*;

/// Accepted genuine and impostor pairs at a threshold, counted one by one.
fn accepts(pairs: &[(f64, bool)], threshold: f64) -> (usize, usize) {
    let count = |wanted| {
        pairs
            .iter()
            .filter(|&&(d, same)| same == wanted && d < threshold)
            .count()
    };
    (count(true), count(false))
}

fn totals(pairs: &[(f64, bool)]) -> (usize, usize) {
    accepts(pairs, f64::INFINITY)
}

/// The smallest threshold that accepts each distance.
fn thresholds(pairs: &[(f64, bool)]) -> Vec<f64> {
    let mut all: Vec<f64> = pairs.iter().map(|p| p.0.next_up()).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

fn scores(pairs: &[(f64, bool)]) -> Scores {
    let (distances, same): (Vec<f64>, Vec<bool>) = pairs.iter().copied().unzip();
    Scores::new(&distances, &same).unwrap()
}

fn brute_auc(pairs: &[(f64, bool)]) -> Option<f64> {
    let (g, i) = totals(pairs);
    let mut sum = 0.0;
    for &(genuine, _) in pairs.iter().filter(|p| p.1) {
        for &(impostor, _) in pairs.iter().filter(|p| !p.1) {
            sum += match genuine.total_cmp(&impostor) {
                std::cmp::Ordering::Less => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Greater => 0.0,
            };
        }
    }
    (g > 0 && i > 0).then(|| sum / (g * i) as f64)
}

/// Looks along the polyline of rates by bisection on the position, not by a formula.
fn brute_eer(pairs: &[(f64, bool)]) -> Option<f64> {
    let (g, i) = totals(pairs);
    if g == 0 || i == 0 {
        return None;
    }
    let mut line = vec![(0.0, 0.0)];
    for t in thresholds(pairs) {
        let (ta, fa) = accepts(pairs, t);
        line.push((fa as f64 / i as f64, ta as f64 / g as f64));
    }
    let at = |x: f64| {
        let k = (x.floor() as usize).min(line.len() - 2);
        let s = x - k as f64;
        let (a, b) = (line[k], line[k + 1]);
        (a.0 + s * (b.0 - a.0), a.1 + s * (b.1 - a.1))
    };
    let (mut low, mut high) = (0.0, (line.len() - 1) as f64);
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        let (far, val) = at(middle);
        if far < 1.0 - val {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(at(high).0)
}

/// (VAL, FAR, threshold) of the loosest observed threshold that keeps to the target.
fn brute_val(pairs: &[(f64, bool)], target: f64) -> Option<(f64, f64, Option<f64>)> {
    let (g, i) = totals(pairs);
    if g == 0 || i == 0 {
        return None;
    }
    let mut best = (0.0, 0.0, None);
    for t in thresholds(pairs) {
        let (ta, fa) = accepts(pairs, t);
        if fa as f64 / i as f64 <= target {
            best = (ta as f64 / g as f64, fa as f64 / i as f64, Some(t));
        }
    }
    Some(best)
}

fn brute_balanced(pairs: &[(f64, bool)]) -> Option<f64> {
    let (g, i) = totals(pairs);
    if g == 0 || i == 0 {
        return None;
    }
    let of = |t| {
        let (ta, fa) = accepts(pairs, t);
        (ta as f64 / g as f64 + 1.0 - fa as f64 / i as f64) / 2.0
    };
    Some(thresholds(pairs).into_iter().map(of).fold(0.5, f64::max))
}

fn close(a: Option<f64>, b: Option<f64>) {
    match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-12, "{a} is not {b}"),
        (a, b) => assert_eq!(a, b),
    }
}

const TARGETS: [f64; 8] = [0.0, 1e-3, 0.1, 0.2, 0.25, 0.5, 0.99, 1.0];

fn check(pairs: &[(f64, bool)]) {
    let s = scores(pairs);
    close(s.auc(), brute_auc(pairs));
    close(s.eer(), brute_eer(pairs));
    let balanced = s.balanced_accuracy();
    close(balanced.map(|b| b.accuracy), brute_balanced(pairs));
    let (g, i) = totals(pairs);
    if let Some(b) = balanced {
        let (ta, fa) = b.threshold.map_or((0, 0), |t| accepts(pairs, t));
        close(
            Some((ta as f64 / g as f64 + 1.0 - fa as f64 / i as f64) / 2.0),
            Some(b.accuracy),
        );
    }
    for target in TARGETS {
        let val = s.val_at_far(target).unwrap();
        assert_eq!(
            val.map(|v| (v.val, v.far, v.threshold)),
            brute_val(pairs, target)
        );
        if let Some(val) = val {
            assert_eq!(val.far_target, target);
            assert_eq!(val.below_resolution, target < 1.0 / i as f64);
            assert_eq!(s.threshold_at_far(target).unwrap(), val.threshold);
        }
    }
    let roc = s.roc();
    assert_eq!(roc.is_some(), g > 0 && i > 0);
    if let Some(roc) = roc {
        assert_eq!(roc.points.len(), thresholds(pairs).len() + 1);
        for (point, t) in roc.points.iter().skip(1).zip(thresholds(pairs)) {
            let (ta, fa) = accepts(pairs, t);
            assert_eq!(point.threshold, Some(t));
            assert_eq!(
                (point.val, point.far),
                (ta as f64 / g as f64, fa as f64 / i as f64)
            );
        }
        close(Some(roc.area()), s.auc());
        close(roc.equal_error_rate(), s.eer());
        let simple = roc.simplified();
        close(Some(simple.area()), s.auc());
        close(simple.equal_error_rate(), s.eer());
        assert!(simple.points.len() <= (2 * g.min(i) + 2).min(roc.points.len()));
        assert_eq!(simple.points.last(), roc.points.last());
    }
    for t in thresholds(pairs)
        .into_iter()
        .flat_map(|t| [t, t.next_down(), t.next_up()])
    {
        let point = s.at(t);
        assert_eq!((point.true_accepts, point.false_accepts), accepts(pairs, t));
    }
}

fn pairs(genuine: &[f64], impostor: &[f64]) -> Vec<(f64, bool)> {
    let genuine = genuine.iter().map(|&d| (d, true));
    genuine
        .chain(impostor.iter().map(|&d| (d, false)))
        .collect()
}

proptest! {
    #[test]
    fn agrees_with_explicit_pairs(list in prop::collection::vec((0.0f64..4.0, any::<bool>()), 0..60)) {
        check(&list);
    }

    #[test]
    fn agrees_where_distances_tie(list in prop::collection::vec((0u8..6, any::<bool>()), 0..40)) {
        let list: Vec<(f64, bool)> =
            list.into_iter().map(|(d, same)| (f64::from(d) / 4.0, same)).collect();
        check(&list);
    }

    #[test]
    fn all_pairs_are_those_of_the_labels(
        rows in prop::collection::vec((prop::array::uniform3(-1.0f32..1.0), 0u32..4), 0..30),
    ) {
        let data = Array2::from_shape_fn((rows.len(), 3), |(r, c)| rows[r].0[c]);
        let labels: Vec<u32> = rows.iter().map(|r| r.1).collect();
        let s = Scores::all_pairs(data.view(), &labels, DistanceKind::SquaredEuclidean).unwrap();
        let (mut genuine, mut impostor) = (vec![], vec![]);
        for a in 0..rows.len() {
            for b in a + 1..rows.len() {
                let d: f64 = (0..3).map(|c| f64::from(rows[a].0[c] - rows[b].0[c]).powi(2)).sum();
                if labels[a] == labels[b] { &mut genuine } else { &mut impostor }.push(d);
            }
        }
        for (ours, mut theirs) in [(s.genuine(), genuine), (s.impostor(), impostor)] {
            theirs.sort_by(f64::total_cmp);
            prop_assert_eq!(ours.len(), theirs.len());
            for (&a, b) in ours.iter().zip(theirs) {
                prop_assert!((f64::from(a) - b).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn degenerate_inputs() {
    check(&[]);
    check(&pairs(&[0.5, 0.7], &[]));
    check(&pairs(&[], &[0.5, 0.7]));
    check(&pairs(&[0.1], &[0.2]));
    check(&pairs(&[0.2], &[0.1]));
    check(&pairs(&[1.0; 5], &[1.0; 7]));
    check(&pairs(&[0.0; 3], &[4.0; 3]));
    check(&pairs(&[0.3], &[0.1, 0.2, 0.3, 0.4, 0.5]));
    check(&pairs(&[-0.0, 0.0], &[0.0, -0.0]));
    let s = scores(&pairs(&[0.1], &[0.2]));
    let nothing = s.at(f64::NAN);
    assert_eq!((nothing.val, nothing.far), (Some(0.0), Some(0.0)));
    let all = s.at(f64::INFINITY);
    assert_eq!((all.val, all.far), (Some(1.0), Some(1.0)));
    let none = scores(&[]).at(1.0);
    assert_eq!((none.val, none.far), (None, None));
}

#[test]
fn a_collapsed_network_is_no_better_than_chance() {
    let data = Array2::<f32>::ones((300, 4));
    let labels: Vec<u32> = (0..300).map(|i| i % 3).collect();
    for kind in [DistanceKind::SquaredEuclidean, DistanceKind::Angle] {
        let s = Scores::all_pairs(data.view(), &labels, kind).unwrap();
        let report = VerificationReport::new(&s, &[1e-3]).unwrap();
        assert_eq!((report.auc, report.eer), (Some(0.5), Some(0.5)));
        assert_eq!(report.balanced_accuracy.unwrap().accuracy, 0.5);
        assert_eq!((report.val[0].val, report.val[0].threshold), (0.0, None));
        assert!(!report.val[0].below_resolution);
    }
}

#[test]
fn values_by_hand() {
    let perfect = scores(&pairs(&[0.1, 0.2], &[0.9, 1.0]));
    assert_eq!((perfect.auc(), perfect.eer()), (Some(1.0), Some(0.0)));
    let val = perfect.val_at_far(1e-3).unwrap().unwrap();
    assert_eq!(
        (val.val, val.far, val.threshold),
        (1.0, 0.0, Some(0.2f64.next_up()))
    );
    assert!(val.below_resolution);

    let inverted = scores(&pairs(&[0.9, 1.0], &[0.1, 0.2]));
    assert_eq!((inverted.auc(), inverted.eer()), (Some(0.0), Some(1.0)));
    assert_eq!(inverted.balanced_accuracy().unwrap().threshold, None);
    let val = inverted.val_at_far(0.4).unwrap().unwrap();
    assert_eq!((val.val, val.threshold), (0.0, None));

    let same = scores(&pairs(&[1.0; 4], &[1.0; 4]));
    assert_eq!((same.auc(), same.eer()), (Some(0.5), Some(0.5)));

    // One impostor of four is nearer than one genuine pair of two.
    let s = scores(&pairs(&[0.1, 0.5], &[0.4, 0.6, 0.7, 0.8]));
    assert_eq!(s.auc(), Some(7.0 / 8.0));
    assert_eq!(s.val_at_far(0.25).unwrap().unwrap().val, 1.0);
    assert_eq!(s.val_at_far(0.2499).unwrap().unwrap().val, 0.5);
    // From (0.25, ½) to (0.25, 1) FAR = 1 − VAL at FAR 0.25.
    assert_eq!(s.eer(), Some(0.25));
    assert_eq!(s.balanced_accuracy().unwrap().accuracy, 0.875);
}

#[test]
fn impostors_alone_calibrate_a_threshold() {
    let s = scores(&pairs(&[], &[0.1, 0.2, 0.3, 0.4]));
    assert_eq!(s.threshold_at_far(0.5).unwrap(), Some(0.2f64.next_up()));
    assert_eq!(s.threshold_at_far(0.1).unwrap(), None);
    assert_eq!(s.val_at_far(0.5).unwrap(), None);
    assert_eq!(scores(&[]).threshold_at_far(0.5).unwrap(), None);
}

#[test]
fn what_cannot_be_evaluated_is_an_error() {
    let error = Scores::new(&[0.1, f64::NAN], &[true, false]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "distance 1: not a finite number; expected finite numbers"
    );
    assert!(matches!(
        Scores::new(&[f64::INFINITY], &[true]),
        Err(MetricsError::NotFinite { index: 0, .. })
    ));
    let error = Scores::new(&[0.1], &[true, false]).unwrap_err();
    assert_eq!(error.to_string(), "same: 2 given; expected 1");
    let s = scores(&pairs(&[0.1], &[0.2]));
    for far in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(
            s.val_at_far(far),
            Err(MetricsError::Setting { .. })
        ));
        assert!(s.threshold_at_far(far).is_err());
        assert!(VerificationReport::new(&s, &[far]).is_err());
    }
    // A wrong FAR is an error though there is no pair to measure it on.
    assert!(VerificationReport::new(&scores(&[]), &[2.0]).is_err());
    let kind = DistanceKind::SquaredEuclidean;
    assert!(Scores::all_pairs(array![[1.0]].view(), &[1, 2], kind).is_err());
    let nan = array![[1.0], [f32::NAN]];
    assert!(matches!(
        Scores::all_pairs(nan.view(), &[1, 2], kind),
        Err(MetricsError::NotFinite { index: 1, .. })
    ));
}

#[test]
fn probe_against_gallery_takes_every_pair_once() {
    let probe = array![[0.0f32, 1.0], [1.0, 0.0], [0.6, 0.8]];
    let gallery = array![[1.0f32, 0.0], [0.0, -1.0]];
    let kind = DistanceKind::SquaredEuclidean;
    let s = Scores::probe_gallery(probe.view(), &[3, 5, 8], gallery.view(), &[5, 3], kind).unwrap();
    assert_eq!(s.genuine(), [0.0, 4.0]);
    assert_eq!(s.impostor().len(), 4);
    let expected = pair_distances(
        array![[0.0f32, 1.0], [1.0, 0.0], [0.6, 0.8], [0.6, 0.8]].view(),
        array![[1.0f32, 0.0], [0.0, -1.0], [1.0, 0.0], [0.0, -1.0]].view(),
        kind,
    )
    .unwrap();
    let mut expected: Vec<f32> = expected.into_iter().map(|d| d as f32).collect();
    expected.sort_by(f32::total_cmp);
    for (a, b) in s.impostor().iter().zip(expected) {
        assert!((a - b).abs() < 1e-6);
    }
}

#[test]
fn splits_are_averaged() {
    let report = |genuine: &[f64], impostor: &[f64]| {
        VerificationReport::new(&scores(&pairs(genuine, impostor)), &[0.5, 1e-3]).unwrap()
    };
    let splits = [
        report(&[0.1, 0.9], &[0.5, 0.6]),
        report(&[0.1, 0.2], &[0.5, 0.6]),
        report(&[0.1], &[]),
    ];
    let mean = SplitReport::new(&splits).unwrap();
    assert_eq!(mean.splits, 3);
    assert_eq!(mean.auc.unwrap().mean, 0.75);
    let val = mean.val[0].val.unwrap();
    assert_eq!((val.mean, val.std, val.count), (0.75, 0.25, 2));
    assert!((val.sem - 0.25 / 2f64.sqrt()).abs() < 1e-15);
    assert_eq!(
        (mean.val[0].below_resolution, mean.val[1].below_resolution),
        (0, 2)
    );
    let other = VerificationReport::new(&scores(&pairs(&[0.1], &[0.2])), &[0.1]).unwrap();
    assert!(SplitReport::new(&[splits[0].clone(), other]).is_err());
    assert_eq!(SplitReport::new(&[]).unwrap().auc, None);
}

#[test]
fn reports_survive_json() {
    let s = scores(&pairs(&[0.1, 0.7], &[0.5, 0.6]));
    let report = VerificationReport::new(&s, &[0.5, 1e-6]).unwrap();
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(
        serde_json::from_str::<VerificationReport>(&json).unwrap(),
        report
    );
    let roc = s.roc().unwrap();
    let json = serde_json::to_string(&roc).unwrap();
    assert_eq!(
        serde_json::from_str::<facenet_metrics::RocCurve>(&json).unwrap(),
        roc
    );
}

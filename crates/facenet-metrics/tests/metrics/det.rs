//! The DET curve, and FNMR at FMR, against counts.

use facenet_metrics::{MetricsError, Scores, VerificationReport};
use proptest::prelude::*;

type Pair = (f64, bool);

fn scores(pairs: &[Pair]) -> Scores {
    let (distances, same): (Vec<f64>, Vec<bool>) = pairs.iter().copied().unzip();
    Scores::new(&distances, &same).unwrap()
}

/// (FMR, FNMR) at a threshold, counted one by one.
fn errors(pairs: &[Pair], threshold: f64) -> (f64, f64) {
    let share = |same: bool, wrong: fn(f64, f64) -> bool| {
        let of = pairs.iter().filter(|p| p.1 == same);
        let count = of.clone().filter(|p| wrong(p.0, threshold)).count();
        count as f64 / of.count() as f64
    };
    (share(false, |d, t| d < t), share(true, |d, t| d >= t))
}

fn check(pairs: &[Pair]) {
    let s = scores(pairs);
    let det = s.det();
    assert_eq!(det.is_some(), s.auc().is_some());
    let Some(det) = det else {
        assert_eq!(s.fnmr_at_fmr(0.5).unwrap(), None);
        return;
    };
    let first = det.points[0];
    assert_eq!((first.threshold, first.fmr, first.fnmr), (None, 0.0, 1.0));
    let last = det.points[det.points.len() - 1];
    assert_eq!((last.fmr, last.fnmr), (1.0, 0.0));
    for point in det.points.iter().skip(1) {
        let (fmr, fnmr) = errors(pairs, point.threshold.unwrap());
        assert_eq!((point.fmr, point.fnmr), (fmr, fnmr));
    }
    let near = |a: Option<f64>, b: Option<f64>| assert!((a.unwrap() - b.unwrap()).abs() < 1e-12);
    near(det.equal_error_rate(), s.eer());
    let simple = det.simplified();
    near(simple.equal_error_rate(), s.eer());
    assert!(simple.points.len() <= det.points.len());
    assert_eq!(simple.points.last(), det.points.last());
    let targets = [0.0, 1e-3, 0.1, 0.25, 0.5, 1.0];
    let report = VerificationReport::new(&s, &targets).unwrap();
    assert_eq!(report.fnmr_at_fmr.len(), targets.len());
    for (target, listed) in targets.into_iter().zip(&report.fnmr_at_fmr) {
        let ours = s.fnmr_at_fmr(target).unwrap().unwrap();
        assert_eq!(&ours, listed);
        assert_eq!(ours.fmr_target, target);
        // The smallest FNMR on the curve that keeps to the target.
        let kept = det.points.iter().filter(|p| p.fmr <= target);
        let best = kept.map(|p| p.fnmr).fold(f64::INFINITY, f64::min);
        assert!((ours.fnmr - best).abs() < 1e-12);
        assert!(ours.fmr <= target);
        assert_eq!(ours.below_resolution, target * (det.impostor as f64) < 1.0);
    }
}

proptest! {
    #[test]
    fn agrees_with_counts(list in prop::collection::vec((0u8..16, any::<bool>()), 0..40)) {
        let pairs: Vec<Pair> =
            list.into_iter().map(|(d, same)| (f64::from(d) / 8.0, same)).collect();
        check(&pairs);
    }
}

#[test]
fn degenerate_networks() {
    check(&[]);
    check(&[(0.5, true)]);
    check(&[(0.5, false)]);
    check(&[(0.1, true), (0.9, false)]);
    check(&[(0.9, true), (0.1, false)]);
    check(&[(1.0, true), (1.0, false), (1.0, true)]);
    check(&[(0.5, true), (0.1, false), (0.5, false), (0.7, false)]);
    check(&[(-0.0, true), (0.0, false), (0.0, true), (-0.0, false)]);
}

#[test]
fn rates_that_are_none_are_errors_and_any_order_will_do() {
    let s = scores(&[(0.1, true), (0.6, true), (0.5, false), (0.9, false)]);
    for rate in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(
            s.fnmr_at_fmr(rate),
            Err(MetricsError::Setting { .. })
        ));
    }
    // A report answers in the order it was asked, the same rate twice if asked twice.
    let targets = [0.5, 0.0, 1.0, 0.5];
    let report = VerificationReport::new(&s, &targets).unwrap();
    let asked: Vec<f64> = report.fnmr_at_fmr.iter().map(|f| f.fmr_target).collect();
    assert_eq!(asked, targets);
    let rates: Vec<f64> = report.fnmr_at_fmr.iter().map(|f| f.fnmr).collect();
    assert_eq!(rates, [0.0, 0.5, 0.0, 0.0]);
    assert_eq!(
        report.val.iter().map(|v| v.val).collect::<Vec<_>>(),
        [1.0, 0.5, 1.0, 1.0]
    );
    // A report of before that list was in it is still read.
    let mut json = serde_json::to_value(&report).unwrap();
    json.as_object_mut().unwrap().remove("fnmr_at_fmr");
    let old: VerificationReport = serde_json::from_value(json).unwrap();
    assert!(old.fnmr_at_fmr.is_empty() && old.val == report.val);
}

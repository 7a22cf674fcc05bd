//! The LFW protocol against a slow restatement, threshold by threshold and pair by pair.

use facenet_metrics::{DistanceKind, Folds, LfwProtocol, LfwReport, MetricsError, pair_distances};
use ndarray::{Array2, Axis, array, concatenate};
use proptest::prelude::*;

type Pair = (f64, bool);

struct Slow {
    accuracy: Vec<f64>,
    thresholds: Vec<f64>,
    val: Vec<Option<f64>>,
    far: Vec<Option<f64>>,
    val_thresholds: Vec<Option<f64>>,
}

fn below(pairs: &[Pair], same: bool, threshold: f64) -> usize {
    pairs
        .iter()
        .filter(|p| p.1 == same && p.0 < threshold)
        .count()
}

fn count(pairs: &[Pair], same: bool) -> usize {
    pairs.iter().filter(|p| p.1 == same).count()
}

fn rate(pairs: &[Pair], same: bool, threshold: f64) -> Option<f64> {
    let total = count(pairs, same);
    (total > 0).then(|| below(pairs, same, threshold) as f64 / total as f64)
}

fn slow(pairs: &[Pair], sizes: &[usize], range: f64, target: f64) -> Slow {
    let mut out = Slow {
        accuracy: vec![],
        thresholds: vec![],
        val: vec![],
        far: vec![],
        val_thresholds: vec![],
    };
    let mut start = 0;
    for &size in sizes {
        let test = &pairs[start..start + size];
        let train: Vec<Pair> = pairs[..start]
            .iter()
            .chain(&pairs[start + size..])
            .copied()
            .collect();
        start += size;

        let accuracy = |list: &[Pair], t: f64| {
            let right = list.iter().filter(|p| (p.0 < t) == p.1).count();
            right as f64 / list.len() as f64
        };
        let mut best = (0.0, -1.0);
        for i in 0..400 {
            let t = f64::from(i) * (range / 400.0);
            let a = accuracy(&train, t);
            if a > best.1 {
                best = (t, a);
            }
        }
        out.thresholds.push(best.0);
        out.accuracy.push(accuracy(test, best.0));

        let far_at = |i: i32| rate(&train, false, f64::from(i) * (range / 4000.0));
        let threshold = far_at(0).map(|_| {
            let mut last = None;
            for i in 0..4000 {
                let (t, far) = (f64::from(i) * (range / 4000.0), far_at(i).unwrap());
                if far > target {
                    let (t0, far0): (f64, f64) = last.unwrap_or((t, far));
                    let share = if far > far0 {
                        (target - far0) / (far - far0)
                    } else {
                        0.0
                    };
                    return t0 + share * (t - t0);
                }
                last = Some((t, far));
            }
            3999.0 * (range / 4000.0)
        });
        out.val_thresholds.push(threshold);
        out.val.push(threshold.and_then(|t| rate(test, true, t)));
        out.far.push(threshold.and_then(|t| rate(test, false, t)));
    }
    out
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    let list: Vec<f64> = values.iter().flatten().copied().collect();
    (!list.is_empty()).then(|| list.iter().sum::<f64>() / list.len() as f64)
}

fn std(values: &[Option<f64>]) -> Option<f64> {
    let m = mean(values)?;
    let squares: Vec<Option<f64>> = values.iter().map(|v| v.map(|v| (v - m).powi(2))).collect();
    mean(&squares).map(f64::sqrt)
}

fn close(a: Option<f64>, b: Option<f64>) {
    match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-12, "{a} is not {b}"),
        (a, b) => assert_eq!(a, b),
    }
}

fn compare(report: &LfwReport, pairs: &[Pair], sizes: &[usize], range: f64, target: f64) {
    let slow = slow(pairs, sizes, range, target);
    assert_eq!(report.accuracy.per_fold, slow.accuracy);
    assert_eq!(report.accuracy.thresholds, slow.thresholds);
    let accuracy: Vec<Option<f64>> = slow.accuracy.iter().copied().map(Some).collect();
    close(Some(report.accuracy.mean), mean(&accuracy));
    close(Some(report.accuracy.std), std(&accuracy));
    close(
        Some(report.accuracy.sem),
        std(&accuracy).map(|s| s / (sizes.len() as f64).sqrt()),
    );
    let val = &report.val[0];
    assert_eq!(val.far, target);
    for (a, b) in val.thresholds.iter().zip(&slow.val_thresholds) {
        close(*a, *b);
    }
    close(val.mean, mean(&slow.val));
    close(val.std, std(&slow.val));
    close(val.far_mean, mean(&slow.far));

    // The averaged ROC, and its area and crossing from it.
    let mut line = vec![];
    for i in 0..400 {
        let t = f64::from(i) * (range / 400.0);
        let (mut vals, mut fars, mut start) = (vec![], vec![], 0);
        for &size in sizes {
            vals.push(rate(&pairs[start..start + size], true, t));
            fars.push(rate(&pairs[start..start + size], false, t));
            start += size;
        }
        line.push((mean(&fars), mean(&vals)));
    }
    let line: Option<Vec<(f64, f64)>> = line
        .into_iter()
        .map(|(far, val)| Some((far?, val?)))
        .collect();
    assert_eq!(report.roc.is_some(), line.is_some());
    if let (Some(roc), Some(mut line)) = (&report.roc, line) {
        line.push((1.0, 1.0));
        for (point, (far, val)) in roc.points.iter().zip(&line) {
            close(Some(point.far), Some(*far));
            close(Some(point.val), Some(*val));
        }
        let area = line
            .windows(2)
            .map(|w| (w[1].0 - w[0].0) * (w[0].1 + w[1].1) / 2.0)
            .sum::<f64>();
        close(report.auc, Some(area));
        let eer = report.eer.unwrap();
        // On the curve, and where FAR = 1 − VAL.
        let on_curve = line.windows(2).any(|w| {
            let cross =
                (w[1].0 - w[0].0) * (1.0 - eer - w[0].1) - (w[1].1 - w[0].1) * (eer - w[0].0);
            let inside = |x: f64, a: f64, b: f64| x >= a - 1e-9 && x <= b + 1e-9;
            cross.abs() < 1e-9 && inside(eer, w[0].0, w[1].0) && inside(1.0 - eer, w[0].1, w[1].1)
        });
        assert!(on_curve, "{eer}");
    }
}

fn run(pairs: &[Pair], sizes: &[usize], target: f64) -> LfwReport {
    let (distances, same): (Vec<f64>, Vec<bool>) = pairs.iter().copied().unzip();
    LfwProtocol::new(Folds::from_sizes(sizes).unwrap())
        .with_fars([target])
        .evaluate_distances(&distances, &same)
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn agrees_with_the_slow_restatement(
        // Multiples of 0.005: many lie on thresholds of the two grids, and many tie.
        list in prop::collection::vec((0u16..=800, any::<bool>()), 4..60),
        cut in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        target in prop::sample::select(vec![0.0, 1e-3, 0.1, 0.25, 0.5, 1.0]),
    ) {
        let pairs: Vec<Pair> = list
            .into_iter()
            // Genuine pairs nearer, as with a network that has learnt something.
            .map(|(d, same)| (f64::from(if same { d / 2 } else { d }) * 0.005, same))
            .collect();
        let mut cuts: Vec<usize> = cut.iter().map(|c| c.index(pairs.len() - 1) + 1).collect();
        cuts.sort_unstable();
        cuts.dedup();
        cuts.insert(0, 0);
        cuts.push(pairs.len());
        let sizes: Vec<usize> = cuts.windows(2).map(|w| w[1] - w[0]).collect();
        compare(&run(&pairs, &sizes, target), &pairs, &sizes, 4.0, target);
    }
}

/// Embeddings of `pairs` pairs: half of one person, near each other.
fn embeddings(pairs: usize) -> (Array2<f32>, Array2<f32>, Vec<bool>) {
    let unit = |r: usize, salt: f32| {
        let row: Vec<f32> = (0..6)
            .map(|c| ((r * 13 + c * 7) as f32 * salt).sin() + 0.4)
            .collect();
        let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        row.into_iter().map(move |x| x / norm).collect::<Vec<f32>>()
    };
    let left = Array2::from_shape_fn((pairs, 6), |(r, c)| unit(r, 0.37)[c]);
    let same: Vec<bool> = (0..pairs).map(|r| r % 2 == 0).collect();
    let right = Array2::from_shape_fn((pairs, 6), |(r, c)| {
        if same[r] {
            unit(r, 0.3705)[c]
        } else {
            unit(r + 5, 0.37)[c]
        }
    });
    (left, right, same)
}

#[test]
fn embeddings_go_the_same_way() {
    let (left, right, same) = embeddings(40);
    for kind in [DistanceKind::SquaredEuclidean, DistanceKind::Angle] {
        let distances = pair_distances(left.view(), right.view(), kind).unwrap();
        let pairs: Vec<Pair> = distances.into_iter().zip(same.iter().copied()).collect();
        let protocol = LfwProtocol::new(Folds::equal(4, 10).unwrap())
            .with_distance(kind)
            .with_fars([0.1]);
        let report = protocol.evaluate(left.view(), right.view(), &same).unwrap();
        compare(&report, &pairs, &[10; 4], kind.range(), 0.1);
        assert!(report.accuracy.mean > 0.7);
    }
}

#[test]
fn concatenated_mirror_images_reach_twice_as_far() {
    let (left, right, same) = embeddings(40);
    let twice = |m: &Array2<f32>| concatenate(Axis(1), &[m.view(), m.view()]).unwrap();
    let opposite = -&left;
    let folds = Folds::equal(4, 10).unwrap();
    let protocol = LfwProtocol::new(folds).with_fars([0.1]);
    let error = protocol
        .evaluate(twice(&left).view(), twice(&opposite).view(), &same)
        .unwrap_err();
    assert!(matches!(
        error,
        MetricsError::OutOfRange {
            index: 0,
            range: 4.0,
            ..
        }
    ));
    assert!(
        error
            .to_string()
            .contains("8 for two unit embeddings concatenated")
    );
    let one = protocol.evaluate(left.view(), right.view(), &same).unwrap();
    let two = protocol
        .clone()
        .with_range(8.0)
        .evaluate(twice(&left).view(), twice(&right).view(), &same)
        .unwrap();
    assert_eq!(one.accuracy.per_fold, two.accuracy.per_fold);
    for (a, b) in one.accuracy.thresholds.iter().zip(&two.accuracy.thresholds) {
        assert!((2.0 * a - b).abs() < 1e-12);
    }
    assert_eq!(one.val[0].mean, two.val[0].mean);
}

#[test]
fn the_mean_of_the_training_folds_is_subtracted() {
    let (left, right, same) = embeddings(20);
    let protocol = LfwProtocol::new(Folds::from_sizes(&[8, 12]).unwrap())
        .with_distance(DistanceKind::Angle)
        .with_fars([0.2]);
    let report = protocol
        .clone()
        .with_mean_subtracted(true)
        .evaluate(left.view(), right.view(), &same)
        .unwrap();
    let mut start = 0;
    for (fold, size) in [8, 12].into_iter().enumerate() {
        let train: Vec<usize> = (0..20)
            .filter(|i| !(start..start + size).contains(i))
            .collect();
        start += size;
        let mean: Vec<f64> = (0..6)
            .map(|c| {
                let both = |&r: &usize| f64::from(left[[r, c]]) + f64::from(right[[r, c]]);
                train.iter().map(both).sum::<f64>() / (2 * train.len()) as f64
            })
            .collect();
        let centered = |m: &Array2<f32>| {
            Array2::from_shape_fn(m.dim(), |(r, c)| (f64::from(m[[r, c]]) - mean[c]) as f32)
        };
        let (l, r) = (centered(&left), centered(&right));
        let distances = pair_distances(l.view(), r.view(), DistanceKind::Angle).unwrap();
        let pairs: Vec<Pair> = distances.into_iter().zip(same.iter().copied()).collect();
        let slow = slow(&pairs, &[8, 12], 1.0, 0.2);
        assert_eq!(report.accuracy.per_fold[fold], slow.accuracy[fold]);
        assert_eq!(report.accuracy.thresholds[fold], slow.thresholds[fold]);
        close(report.val[0].thresholds[fold], slow.val_thresholds[fold]);
    }
    // Differences do not see a mean.
    let squared = protocol.with_distance(DistanceKind::SquaredEuclidean);
    assert_eq!(
        squared.evaluate(left.view(), right.view(), &same).unwrap(),
        squared
            .clone()
            .with_mean_subtracted(true)
            .evaluate(left.view(), right.view(), &same)
            .unwrap()
    );
}

#[test]
fn near_perfect_networks_report_a_threshold() {
    let pairs: Vec<Pair> = (0..40)
        .map(|i| {
            if i % 2 == 0 {
                (0.305, true)
            } else {
                (1.8005, false)
            }
        })
        .collect();
    let report = run(&pairs, &[10; 4], 1e-3);
    assert_eq!(report.accuracy.per_fold, [1.0; 4]);
    assert_eq!(report.accuracy.thresholds, [31.0 * 0.01; 4]);
    assert_eq!((report.auc, report.eer), (Some(1.0), Some(0.0)));
    let val = &report.val[0];
    assert_eq!((val.mean, val.far_mean), (Some(1.0), Some(0.0)));
    assert!(val.thresholds.iter().all(|t| t.is_some_and(|t| t > 1.79)));
    // Thirty impostor pairs do not show a FAR of 1e-3.
    assert!(val.below_resolution);
    assert!(!run(&pairs, &[10; 4], 0.1).val[0].below_resolution);
}

#[test]
fn folds_of_one_kind_leave_the_means() {
    let pairs = [
        (0.1, true),
        (0.2, true),
        (0.3, true),
        (1.5, false),
        (0.2, true),
        (1.7, false),
    ];
    let report = run(&pairs, &[2, 2, 2], 0.5);
    compare(&report, &pairs, &[2, 2, 2], 4.0, 0.5);
    assert_eq!(report.val[0].mean, Some(1.0));
    // All three have genuine pairs; the first has no impostor to measure FAR on.
    assert_eq!((report.val[0].folds, report.val[0].far_folds), (3, 2));

    // Their thresholds, 0.5 and 0.25, survive a parser that rounds (serde_json's, by default).
    let genuine = [(0.1, true), (0.245, true), (0.3, true), (0.495, true)];
    let report = run(&genuine, &[2, 2], 0.5);
    assert_eq!(report.accuracy.mean, 0.5);
    assert_eq!((report.auc, report.eer), (None, None));
    assert_eq!(report.val[0].thresholds, [None, None]);
    assert_eq!((report.val[0].mean, report.val[0].far_mean), (None, None));
    assert_eq!((report.val[0].folds, report.val[0].far_folds), (0, 0));
    assert!(report.exact.val.is_empty());
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<LfwReport>(&json).unwrap(), report);
}

#[test]
fn one_genuine_pair_is_the_mean_of_one_fold() {
    let pairs: Vec<Pair> = (0..12).map(|i| (1.0 + 0.1 * f64::from(i), false)).collect();
    for at in [0, 5, 11] {
        let mut pairs = pairs.clone();
        pairs[at] = (0.4, true);
        for sizes in [vec![4; 3], vec![1; 12], vec![1, 10, 1]] {
            for target in [0.0, 0.1, 0.5] {
                let report = run(&pairs, &sizes, target);
                compare(&report, &pairs, &sizes, 4.0, target);
                let val = &report.val[0];
                assert_eq!((val.folds, val.std), (1, Some(0.0)));
                assert_eq!(report.exact.genuine, 1);
            }
        }
    }
}

#[test]
fn false_accept_rates_may_come_in_any_order() {
    let (left, right, same) = embeddings(40);
    let run = |fars: &[f64]| {
        LfwProtocol::new(Folds::equal(4, 10).unwrap())
            .with_fars(fars)
            .evaluate(left.view(), right.view(), &same)
            .unwrap()
            .val
    };
    let fars = [0.5, 1e-3, 1.0, 0.1, 0.5];
    let all = run(&fars);
    for (far, val) in fars.into_iter().zip(&all) {
        assert_eq!(run(&[far]), std::slice::from_ref(val));
    }
    assert!(run(&[]).is_empty());
}

#[test]
fn folds_that_do_not_fit_the_pairs_are_errors() {
    let error = Folds::contiguous(3, 4).unwrap_err();
    assert_eq!(
        error.to_string(),
        "folds: 4 of 3 pairs; expected at least 2 folds, and a pair for each"
    );
    let ten = LfwProtocol::new(Folds::equal(10, 1).unwrap());
    assert!(matches!(
        ten.evaluate_distances(&[0.1, 0.2, 0.3], &[true, false, true]),
        Err(MetricsError::Folds { .. })
    ));
    assert!(matches!(
        LfwProtocol::lfw().evaluate_distances(&[], &[]),
        Err(MetricsError::Folds { .. })
    ));
}

#[test]
fn reports_of_before_the_folds_were_counted_are_read() {
    let report = run(
        &[(0.25, true), (1.5, false), (0.25, true), (1.5, false)],
        &[2, 2],
        0.5,
    );
    let mut json = serde_json::to_value(&report).unwrap();
    let val = json["val"][0].as_object_mut().unwrap();
    assert_eq!(val.remove("folds"), Some(serde_json::json!(2)));
    assert_eq!(val.remove("far_folds"), Some(serde_json::json!(2)));
    let old: LfwReport = serde_json::from_value(json).unwrap();
    assert_eq!((old.val[0].folds, old.val[0].mean), (0, report.val[0].mean));
}

#[test]
fn degenerate_networks_have_a_report() {
    let list = |genuine: fn(usize) -> f64, impostor: fn(usize) -> f64| -> Vec<Pair> {
        (0..24)
            .map(|i| {
                if i % 2 == 0 {
                    (genuine(i), true)
                } else {
                    (impostor(i), false)
                }
            })
            .collect()
    };
    // (pairs, accuracy, EER)
    let cases: [(Vec<Pair>, f64, Option<f64>); 6] = [
        // Every face has one embedding.
        (list(|_| 0.0, |_| 0.0), 0.5, Some(0.5)),
        // All distances are equal, on a threshold and off, and past the grid.
        (list(|_| 1.0, |_| 1.0), 0.5, Some(0.5)),
        (list(|_| 1.2345, |_| 1.2345), 0.5, Some(0.5)),
        (list(|_| 4.0, |_| 4.0), 0.5, Some(0.5)),
        // Perfect, as far apart as can be.
        (list(|_| 0.0, |_| 4.0), 1.0, Some(0.0)),
        // Inverted: no threshold is better than refusing everything.
        (
            list(|i| 2.0 + i as f64 * 0.01, |i| i as f64 * 0.01),
            0.5,
            Some(1.0),
        ),
    ];
    for (pairs, accuracy, eer) in cases {
        for sizes in [vec![6; 4], vec![1; 24], vec![1, 22, 1], vec![12, 12]] {
            for target in [0.0, 1e-3, 0.5, 1.0] {
                let report = run(&pairs, &sizes, target);
                compare(&report, &pairs, &sizes, 4.0, target);
                if sizes == [6; 4] {
                    assert_eq!(report.accuracy.mean, accuracy);
                    assert_eq!(report.eer, eer);
                    assert_eq!((report.accuracy.std, report.accuracy.sem), (0.0, 0.0));
                }
            }
        }
    }
}

#[test]
fn impostors_on_a_threshold_are_let_in_by_the_interpolation() {
    // FAR is 0 at 1.8 and 1 at 1.801. A thousandth of the way between accepts 1.8 itself, in the
    // code of the field as here; the exact report does not.
    let pairs: Vec<Pair> = (0..40)
        .map(|i| {
            if i % 2 == 0 {
                (0.3, true)
            } else {
                (1.8, false)
            }
        })
        .collect();
    let report = run(&pairs, &[10; 4], 1e-3);
    assert_eq!(report.val[0].far_mean, Some(1.0));
    assert!(report.val[0].below_resolution);
    let exact = report.exact.val.iter().find(|v| v.far_target == 1e-3);
    assert_eq!(exact.map(|v| (v.val, v.far)), Some((1.0, 0.0)));
}

#[test]
fn spread_is_that_of_the_population() {
    // The last fold accepts an impostor pair at the threshold 0.31.
    let pairs = [
        (0.305, true),
        (2.0, false),
        (0.305, true),
        (2.0, false),
        (0.305, true),
        (0.305, false),
    ];
    let accuracy = run(&pairs, &[2, 2, 2], 0.5).accuracy;
    assert_eq!(accuracy.per_fold, [1.0, 1.0, 0.5]);
    close(Some(accuracy.mean), Some(2.5 / 3.0));
    // √(Σ (x − mean)² / 3) = √(1/18), not √(1/12).
    close(Some(accuracy.std), Some((1.0f64 / 18.0).sqrt()));
    close(Some(accuracy.sem), Some((1.0f64 / 54.0).sqrt()));
}

#[test]
fn embeddings_without_a_distance_are_errors() {
    let protocol = LfwProtocol::new(Folds::equal(2, 2).unwrap());
    let same = [true, false, true, false];
    let fine = array![[1.0f32, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
    let mut nan = fine.clone();
    nan[[2, 1]] = f32::NAN;
    let one = Array2::<f32>::ones((4, 2));
    for distance in [DistanceKind::SquaredEuclidean, DistanceKind::Angle] {
        for subtract in [false, true] {
            let protocol = protocol
                .clone()
                .with_distance(distance)
                .with_mean_subtracted(subtract);
            for (left, right) in [(&nan, &fine), (&fine, &nan)] {
                assert!(matches!(
                    protocol.evaluate(left.view(), right.view(), &same),
                    Err(MetricsError::NotFinite { .. })
                ));
            }
            // Of equal embeddings nothing is left once their mean is gone.
            let collapsed = protocol.evaluate(one.view(), one.view(), &same);
            match (distance, subtract) {
                (DistanceKind::Angle, true) => {
                    assert!(matches!(collapsed, Err(MetricsError::ZeroEmbedding { .. })))
                }
                _ => assert_eq!(collapsed.unwrap().accuracy.mean, 0.5),
            }
        }
    }
}

#[test]
fn what_cannot_be_evaluated_is_an_error() {
    let folds = Folds::equal(2, 2).unwrap();
    let protocol = LfwProtocol::new(folds);
    let same = [true, false, true, false];
    let fine = [0.1, 0.9, 0.2, 0.8];
    assert!(protocol.evaluate_distances(&fine, &same).is_ok());
    assert!(matches!(
        protocol.evaluate_distances(&fine[..3], &same),
        Err(MetricsError::Length { .. })
    ));
    let error = protocol
        .evaluate_distances(&fine[..3], &same[..3])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "folds: 4 pairs in the folds; expected 3, the number of pairs"
    );
    assert!(matches!(
        protocol.evaluate_distances(&[0.1, f64::NAN, 0.2, 0.8], &same),
        Err(MetricsError::NotFinite { index: 1, .. })
    ));
    assert!(matches!(
        protocol.evaluate_distances(&[0.1, 0.9, 0.2, -0.8], &same),
        Err(MetricsError::OutOfRange { index: 3, .. })
    ));
    for range in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let wrong = protocol.clone().with_range(range);
        assert!(matches!(
            wrong.evaluate_distances(&fine, &same),
            Err(MetricsError::Setting {
                setting: "range",
                ..
            })
        ));
    }
    assert!(
        protocol
            .clone()
            .with_fars([2.0])
            .evaluate_distances(&fine, &same)
            .is_err()
    );
    let centered = protocol.clone().with_mean_subtracted(true);
    assert!(matches!(
        centered.evaluate_distances(&fine, &same),
        Err(MetricsError::Setting { .. })
    ));
    let a = array![[1.0f32, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 1.0]];
    let b = array![[1.0f32], [0.0], [1.0], [0.0]];
    for distance in [DistanceKind::SquaredEuclidean, DistanceKind::Angle] {
        let wrong = centered.clone().with_distance(distance);
        assert!(matches!(
            wrong.evaluate(a.view(), b.view(), &same),
            Err(MetricsError::Length { .. })
        ));
    }
}

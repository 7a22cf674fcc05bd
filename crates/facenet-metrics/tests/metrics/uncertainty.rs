//! DeLong, bootstrap and Wilson against their definitions.

use facenet_metrics::{
    Bootstrap, BootstrapReport, DeLong, DistanceKind, Interval, MetricsError, Scores,
};
use ndarray::Array2;
use proptest::prelude::*;

type Pair = (f64, bool);

fn scores(pairs: &[Pair]) -> Scores {
    let (distances, same): (Vec<f64>, Vec<bool>) = pairs.iter().copied().unzip();
    Scores::new(&distances, &same).unwrap()
}

/// The share of `others` on the right side of `distance`, one by one.
fn share(distance: f64, others: &[f64], nearer: bool) -> f64 {
    let sum: f64 = others
        .iter()
        .map(|&other| {
            if other == distance {
                0.5
            } else {
                f64::from(u8::from((other < distance) == nearer))
            }
        })
        .sum();
    sum / others.len() as f64
}

/// The structural components of each pair, in the order of the list.
fn components(distances: &[f64], same: &[bool]) -> Vec<f64> {
    let of = |wanted: bool| -> Vec<f64> {
        let list = distances.iter().zip(same).filter(|p| *p.1 == wanted);
        list.map(|p| *p.0).collect()
    };
    let (genuine, impostor) = (of(true), of(false));
    let list = distances.iter().zip(same);
    list.map(|(&d, &is_same)| share(d, if is_same { &impostor } else { &genuine }, !is_same))
        .collect()
}

fn sample_variance_of_mean(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| squares / (n - 1.0) / n)
}

fn slow_variance(values: &[f64], same: &[bool]) -> Option<f64> {
    let of = |wanted: bool| -> Vec<f64> {
        let list = values.iter().zip(same).filter(|p| *p.1 == wanted);
        list.map(|p| *p.0).collect()
    };
    Some(sample_variance_of_mean(&of(true))? + sample_variance_of_mean(&of(false))?)
}

fn close(a: Option<f64>, b: Option<f64>) {
    match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-12, "{a} is not {b}"),
        (a, b) => assert_eq!(a, b),
    }
}

fn check_delong(first: &[f64], second: &[f64], same: &[bool]) {
    let one = Scores::new(first, same).unwrap();
    let delong = DeLong::new(&one);
    let compared = DeLong::compare(first, second, same).unwrap();
    assert_eq!(delong.map(|d| d.auc), one.auc());
    assert_eq!(compared.is_some(), delong.is_some());
    let (Some(delong), Some(compared)) = (delong, compared) else {
        return;
    };
    let (a, b) = (components(first, same), components(second, same));
    close(delong.variance, slow_variance(&a, same));
    let differences: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - b).collect();
    close(compared.variance, slow_variance(&differences, same));
    assert_eq!(compared.first, delong.auc);
    assert_eq!(compared.difference, compared.first - compared.second);
    let interval = delong.interval(0.9).unwrap();
    assert_eq!(interval.is_some(), delong.variance.is_some_and(|v| v > 0.0));
    if let Some(interval) = interval {
        assert!(interval.contains(delong.auc));
        assert!(interval.low >= 0.0 && interval.high <= 1.0);
    }
    if let Some(interval) = delong.logit_interval(0.9).unwrap() {
        assert!(interval.low < delong.auc && delong.auc < interval.high);
    }
    // The other way round the sign turns and nothing else.
    let turned = DeLong::compare(second, first, same).unwrap().unwrap();
    assert_eq!(turned.difference, -compared.difference);
    close(turned.variance, compared.variance);
    match (turned.z, compared.z) {
        (Some(a), Some(b)) => assert!((a + b).abs() < 1e-9 * (1.0 + a.abs())),
        (a, b) => assert_eq!(a, b),
    }
    let itself = DeLong::compare(first, first, same).unwrap().unwrap();
    assert_eq!((itself.difference, itself.z, itself.p), (0.0, None, None));
}

proptest! {
    #[test]
    fn delong_agrees_with_its_definition(
        list in prop::collection::vec((0u8..12, 0u8..12, any::<bool>()), 0..40),
    ) {
        let of = |d: u8| f64::from(d) / 8.0;
        let first: Vec<f64> = list.iter().map(|p| of(p.0)).collect();
        let second: Vec<f64> = list.iter().map(|p| of(p.1)).collect();
        let same: Vec<bool> = list.iter().map(|p| p.2).collect();
        check_delong(&first, &second, &same);
    }

    #[test]
    fn wilson_solves_its_equation(successes in 0usize..500, more in 0usize..500, c in 0.05f64..0.999) {
        let trials = successes + more;
        let interval = Interval::wilson(successes, trials, c).unwrap();
        prop_assert_eq!(interval.is_some(), trials > 0);
        if let Some(interval) = interval {
            let (n, p) = (trials as f64, successes as f64 / trials as f64);
            prop_assert!(interval.low >= 0.0 && interval.high <= 1.0 && interval.contains(p));
            // At both ends the normal test of p is at the same z.
            let z = |q: f64| (p - q).abs() / (q * (1.0 - q) / n).sqrt();
            let ends: Vec<f64> = [interval.low, interval.high]
                .into_iter()
                .filter(|q| *q > 0.0 && *q < 1.0)
                .map(z)
                .collect();
            if let [a, b] = ends[..] {
                prop_assert!((a - b).abs() < 1e-6, "{} is not {}", a, b);
            }
            let failures = Interval::wilson(more, trials, c).unwrap().unwrap();
            prop_assert!((failures.low + interval.high - 1.0).abs() < 1e-12);
            prop_assert!((failures.high + interval.low - 1.0).abs() < 1e-12);
        }
    }
}

#[test]
fn delong_of_degenerate_networks() {
    let same = [true, true, true, false, false, false];
    for distances in [
        [0.1, 0.2, 0.3, 0.7, 0.8, 0.9],
        [0.7, 0.8, 0.9, 0.1, 0.2, 0.3],
        [1.0; 6],
        [0.1, 0.2, 0.7, 0.7, 0.8, 0.9],
    ] {
        check_delong(&distances, &[0.3, 0.1, 0.5, 0.4, 0.6, 0.5], &same);
    }
    // Perfect, inverted and collapsed networks show no variance, and have no interval.
    let perfect = DeLong::new(&scores(&[
        (0.1, true),
        (0.2, true),
        (0.8, false),
        (0.9, false),
    ]));
    let perfect = perfect.unwrap();
    assert_eq!((perfect.auc, perfect.variance), (1.0, Some(0.0)));
    assert_eq!(perfect.interval(0.95).unwrap(), None);
    assert_eq!(perfect.logit_interval(0.95).unwrap(), None);
    // One genuine pair has no spread.
    let one = DeLong::new(&scores(&[(0.1, true), (0.05, false), (0.9, false)])).unwrap();
    assert_eq!((one.auc, one.variance), (0.5, None));
    assert_eq!(one.interval(0.95).unwrap(), None);
    assert_eq!(DeLong::new(&scores(&[(0.1, true)])), None);
    assert_eq!(DeLong::new(&scores(&[])), None);
    assert_eq!(DeLong::compare(&[0.1], &[0.2], &[false]).unwrap(), None);
    // −0 and 0 are one distance.
    check_delong(
        &[0.0, -0.0, 0.0, -0.0],
        &[0.0, 1.0, 2.0, 3.0],
        &[true, false, false, true],
    );
}

fn list() -> Vec<Pair> {
    (0..80)
        .map(|i| {
            let noise = f64::from((i * 37) % 23) / 23.0;
            let same = i % 4 == 0;
            (noise + if same { 0.2 } else { 0.7 }, same)
        })
        .collect()
}

fn in_threads(threads: usize, run: impl FnOnce() -> BootstrapReport + Send) -> BootstrapReport {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build().unwrap().install(run)
}

#[test]
fn bootstraps_repeat_for_any_number_of_threads() {
    let scores = scores(&list());
    let bootstrap = Bootstrap::new(200, 5).with_fars([0.1, 1e-6]);
    let one = in_threads(1, || bootstrap.pairs(&scores).unwrap());
    let three = in_threads(3, || bootstrap.pairs(&scores).unwrap());
    assert_eq!(one, three);
    let other = Bootstrap::new(200, 6)
        .with_fars([0.1, 1e-6])
        .pairs(&scores)
        .unwrap();
    assert_ne!(one, other);
    assert_eq!((one.resamples, one.skipped), (200, 0));
    let auc = one.auc.unwrap();
    assert_eq!(Some(auc.value), scores.auc());
    assert_eq!(one.eer.map(|e| e.value), scores.eer());
    let balanced = scores.balanced_accuracy().map(|b| b.accuracy);
    assert_eq!(one.accuracy.map(|e| e.value), balanced);
    for (val, target) in one.val.iter().zip([0.1, 1e-6]) {
        let exact = scores.val_at_far(target).unwrap().unwrap();
        assert_eq!(val.far_target, target);
        assert_eq!(val.val.value, exact.val);
        assert_eq!(val.below_resolution, exact.below_resolution);
    }
    // Wider with more confidence, and near DeLong's.
    let wide = bootstrap
        .clone()
        .with_confidence(0.999)
        .pairs(&scores)
        .unwrap();
    let wide = wide.auc.unwrap().interval;
    assert!(wide.low <= auc.interval.low && auc.interval.high <= wide.high);
    let delong = DeLong::new(&scores).unwrap().variance.unwrap().sqrt();
    let ratio = auc.standard_error / delong;
    assert!((0.6..1.6).contains(&ratio), "{ratio}");
    // Three decimals are in the standard error of 200 resamples no more than in their JSON.
    let json = serde_json::to_string(&one).unwrap();
    assert!(serde_json::from_str::<BootstrapReport>(&json).is_ok());
}

#[test]
fn bootstraps_of_degenerate_networks() {
    let run = |pairs: &[Pair]| {
        let bootstrap = Bootstrap::new(50, 1).with_fars([0.5]);
        bootstrap.pairs(&scores(pairs)).unwrap()
    };
    let point = |report: &BootstrapReport| {
        let auc = report.auc.unwrap();
        (
            auc.value,
            auc.standard_error,
            auc.interval.low,
            auc.interval.high,
        )
    };
    let perfect = run(&[(0.1, true), (0.2, true), (0.8, false), (0.9, false)]);
    assert_eq!(point(&perfect), (1.0, 0.0, 1.0, 1.0));
    let inverted = run(&[(0.8, true), (0.9, true), (0.1, false), (0.2, false)]);
    assert_eq!(point(&inverted), (0.0, 0.0, 0.0, 0.0));
    let collapsed = run(&[(1.0, true), (1.0, true), (1.0, false)]);
    assert_eq!(point(&collapsed), (0.5, 0.0, 0.5, 0.5));
    assert_eq!(collapsed.eer.unwrap().value, 0.5);
    for pairs in [&[][..], &[(0.1, true)], &[(0.1, false), (0.2, false)]] {
        let report = run(pairs);
        assert_eq!((report.skipped, report.auc, report.eer), (50, None, None));
        assert!(report.accuracy.is_none() && report.val.is_empty());
    }
}

#[test]
fn identities_are_drawn_with_all_their_pairs() {
    // Six people with three photographs each; every pair.
    let people: Vec<u32> = (0..18).map(|i| 100 + i / 3).collect();
    let (mut distances, mut identities) = (vec![], vec![]);
    for a in 0..18usize {
        for b in a + 1..18 {
            let noise = ((a * 31 + b * 17) % 13) as f64 / 13.0;
            distances.push(noise + if people[a] == people[b] { 0.0 } else { 0.5 });
            identities.push([people[a], people[b]]);
        }
    }
    let bootstrap = Bootstrap::new(400, 3).with_fars([0.1]);
    let by_people = bootstrap.identities(&distances, &identities).unwrap();
    let same: Vec<bool> = identities.iter().map(|[a, b]| a == b).collect();
    let by_pairs = bootstrap
        .pairs(&Scores::new(&distances, &same).unwrap())
        .unwrap();
    let (a, b) = (by_people.auc.unwrap(), by_pairs.auc.unwrap());
    assert_eq!(a.value, b.value);
    assert_ne!(a.interval, b.interval);
    // The same from embeddings on a circle, where the angle is the distance.
    let turns: Vec<f32> = (0..18)
        .map(|i| 0.3 * (i / 3) as f32 + 0.17 * (i % 3) as f32)
        .collect();
    let embeddings = Array2::from_shape_fn((18, 2), |(r, c)| [turns[r].cos(), turns[r].sin()][c]);
    let kind = DistanceKind::Angle;
    let by_embeddings = bootstrap
        .all_pairs(embeddings.view(), &people, kind)
        .unwrap();
    let scores = Scores::all_pairs(embeddings.view(), &people, kind).unwrap();
    assert_eq!(by_embeddings.auc.map(|a| a.value), scores.auc());
    assert!(by_embeddings.auc.unwrap().standard_error > 0.0);
    assert!(
        bootstrap
            .all_pairs(embeddings.view(), &people[1..], kind)
            .is_err()
    );
    // The order of the pairs, and which of the two comes first, say nothing.
    distances.reverse();
    identities.reverse();
    for pair in &mut identities {
        pair.swap(0, 1);
    }
    let turned = bootstrap.identities(&distances, &identities).unwrap();
    assert_eq!(turned.auc.map(|a| a.value), Some(a.value));
    // A resample of one person alone has no impostor: with two people, every other is left out.
    let two = bootstrap
        .identities(&[0.1, 0.2, 0.9], &[[1, 1], [2, 2], [1, 2]])
        .unwrap();
    assert!((120..280).contains(&two.skipped), "{}", two.skipped);
    assert_eq!(two.auc.unwrap().interval.low, 1.0);
    // All pairs of one person: no impostor at all.
    let one = bootstrap
        .identities(&[0.1, 0.2], &[[4, 4], [4, 4]])
        .unwrap();
    assert_eq!((one.skipped, one.auc), (400, None));
}

/// Photographs of one person err together, so their pairs tell less than as many independent ones.
#[test]
fn drawing_pairs_overstates_what_dependent_pairs_say() {
    let (mut distances, mut identities) = (vec![], vec![]);
    for person in 0..30u32 {
        // Ten pairs of a person, all alike.
        let distance = if person % 3 == 0 { 0.9 } else { 0.1 };
        for _ in 0..10 {
            distances.push(distance);
            identities.push([person, person]);
        }
        for other in 0..10 {
            distances.push(0.5 + f64::from(other) / 20.0);
            identities.push([person, 100 + other]);
        }
    }
    let bootstrap = Bootstrap::new(400, 9).with_fars([0.5]);
    let by_people = bootstrap.identities(&distances, &identities).unwrap();
    let same: Vec<bool> = identities.iter().map(|[a, b]| a == b).collect();
    let by_pairs = bootstrap
        .pairs(&Scores::new(&distances, &same).unwrap())
        .unwrap();
    let (people, pairs) = (by_people.auc.unwrap(), by_pairs.auc.unwrap());
    assert!(people.standard_error > 1.5 * pairs.standard_error);
}

#[test]
fn thresholds_chosen_beforehand_have_wilson_intervals() {
    let s = scores(&[
        (0.1, true),
        (0.3, true),
        (0.9, true),
        (0.2, false),
        (0.8, false),
    ]);
    let val = s.val_interval(0.3f64.next_up(), 0.95).unwrap();
    assert_eq!(val, Interval::wilson(2, 3, 0.95).unwrap());
    // The pair at the threshold is not accepted.
    let val = s.val_interval(0.3, 0.95).unwrap();
    assert_eq!(val, Interval::wilson(1, 3, 0.95).unwrap());
    let far = s.far_interval(0.3, 0.95).unwrap();
    assert_eq!(far, Interval::wilson(1, 2, 0.95).unwrap());
    assert_eq!(
        s.val_interval(f64::NAN, 0.95).unwrap(),
        Interval::wilson(0, 3, 0.95).unwrap()
    );
    let genuine = scores(&[(0.1, true)]);
    assert_eq!(genuine.far_interval(0.3, 0.95).unwrap(), None);
    assert_eq!(scores(&[]).val_interval(0.3, 0.95).unwrap(), None);
    // A billion impostor pairs without a false accept.
    let rare = Interval::wilson(0, 1_000_000_000, 0.95).unwrap().unwrap();
    assert!(rare.low == 0.0 && (rare.high / 3.841_458_8e-9 - 1.0).abs() < 1e-6);
}

#[test]
fn what_cannot_be_estimated_is_an_error() {
    let s = scores(&list());
    for confidence in [0.0, 1.0, -0.5, 2.0, f64::NAN] {
        let setting = |error: MetricsError| {
            assert!(matches!(
                error,
                MetricsError::Setting {
                    setting: "confidence",
                    ..
                }
            ));
        };
        setting(Interval::wilson(1, 2, confidence).unwrap_err());
        setting(Interval::wilson(0, 0, confidence).unwrap_err());
        setting(s.val_interval(0.5, confidence).unwrap_err());
        setting(s.far_interval(0.5, confidence).unwrap_err());
        let delong = DeLong::new(&s).unwrap();
        setting(delong.interval(confidence).unwrap_err());
        setting(delong.logit_interval(confidence).unwrap_err());
        let bootstrap = Bootstrap::new(10, 0).with_confidence(confidence);
        setting(bootstrap.pairs(&s).unwrap_err());
        let compared = DeLong::compare(&[0.1, 0.2], &[0.2, 0.1], &[true, false]);
        setting(compared.unwrap().unwrap().interval(confidence).unwrap_err());
    }
    assert!(Interval::wilson(3, 2, 0.95).is_err());
    for resamples in [0, 1] {
        let error = Bootstrap::new(resamples, 0).pairs(&s).unwrap_err();
        assert!(matches!(
            error,
            MetricsError::Setting {
                setting: "resamples",
                ..
            }
        ));
    }
    for far in [-0.1, 1.5, f64::NAN] {
        assert!(Bootstrap::new(10, 0).with_fars([far]).pairs(&s).is_err());
    }
    let same = [true, false];
    assert!(matches!(
        DeLong::compare(&[0.1, 0.2], &[0.1], &same),
        Err(MetricsError::Length { .. })
    ));
    assert!(matches!(
        DeLong::compare(&[0.1, 0.2], &[0.1, f64::NAN], &same),
        Err(MetricsError::NotFinite { index: 1, .. })
    ));
    let bootstrap = Bootstrap::new(10, 0);
    assert!(matches!(
        bootstrap.identities(&[0.1, 0.2], &[[1, 2]]),
        Err(MetricsError::Length { .. })
    ));
    assert!(matches!(
        bootstrap.identities(&[f64::NAN], &[[1, 2]]),
        Err(MetricsError::NotFinite { index: 0, .. })
    ));
}

//! Thresholds and probabilities against slow fits, and what cannot be calibrated.

use facenet_metrics::{Calibration, DistanceKind, MetricsError, Scores};
use proptest::prelude::*;
use serde_json::json;

type Pair = (f64, bool);

const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

fn scores(pairs: &[Pair]) -> Scores {
    let (distances, same): (Vec<f64>, Vec<bool>) = pairs.iter().copied().unzip();
    Scores::new(&distances, &same).unwrap()
}

fn counts(pairs: &[Pair]) -> (f64, f64) {
    let genuine = pairs.iter().filter(|p| p.1).count() as f64;
    (genuine, pairs.len() as f64 - genuine)
}

/// The loss of Platt's targets, both kinds weighing one half, by its definition.
fn loss(pairs: &[Pair], probability: impl Fn(f64) -> f64) -> f64 {
    let (g, i) = counts(pairs);
    pairs
        .iter()
        .map(|&(d, same)| {
            let (target, weight) = if same {
                ((g + 1.0) / (g + 2.0), 0.5 / g)
            } else {
                (1.0 / (i + 2.0), 0.5 / i)
            };
            let p = probability(d);
            -weight * (target * p.ln() + (1.0 - target) * (1.0 - p).ln())
        })
        .sum()
}

fn line(calibration: &Calibration) -> (f64, f64) {
    let json = serde_json::to_value(calibration).unwrap();
    let number = |name: &str| json["model"]["logistic"][name].as_f64().unwrap();
    (number("intercept"), number("slope"))
}

/// The best falling function by its formula: max over starts of min over ends of the mean between.
fn slow_isotonic(pairs: &[Pair]) -> Vec<(f64, f64)> {
    let (g, i) = counts(pairs);
    let mut distances: Vec<f64> = pairs.iter().map(|p| p.0).collect();
    distances.sort_by(f64::total_cmp);
    distances.dedup();
    let mean = |from: f64, to: f64| {
        let within = pairs.iter().filter(|p| p.0 >= from && p.0 <= to);
        let (right, all) = within.fold((0.0, 0.0), |(right, all), p| {
            let weight = if p.1 { 0.5 / g } else { 0.5 / i };
            (right + if p.1 { weight } else { 0.0 }, all + weight)
        });
        right / all
    };
    distances
        .iter()
        .enumerate()
        .map(|(at, &d)| {
            // Falling: min over starts up to here of the max over ends from here.
            let best = distances[..=at]
                .iter()
                .map(|&from| {
                    let ends = distances[at..].iter().map(|&to| mean(from, to));
                    ends.fold(f64::MIN, f64::max)
                })
                .fold(f64::MAX, f64::min);
            (d, best)
        })
        .collect()
}

proptest! {
    #[test]
    fn the_logistic_curve_is_the_best(
        list in prop::collection::vec((0u8..40, any::<bool>()), 2..50),
        by in prop::sample::select(vec![1e-3, 1e-2, 0.3]),
    ) {
        let pairs: Vec<Pair> = list
            .into_iter()
            .map(|(d, same)| (f64::from(d) / 16.0 + if same { 0.0 } else { 0.5 }, same))
            .collect();
        let Ok(calibration) = Calibration::logistic(&scores(&pairs), KIND, 1.0) else {
            // Only what has no falling curve is refused.
            let (g, i) = counts(&pairs);
            let mean = |wanted: bool, n: f64| {
                pairs.iter().filter(|p| p.1 == wanted).map(|p| p.0).sum::<f64>() / n
            };
            prop_assert!(g == 0.0 || i == 0.0 || mean(true, g) >= mean(false, i) - 1e-12);
            return Ok(());
        };
        let (intercept, slope) = line(&calibration);
        prop_assert!(slope < 0.0);
        let at = |a: f64, b: f64| loss(&pairs, |d| 1.0 / (1.0 + (-(a + b * d)).exp()));
        let best = at(intercept, slope);
        for (a, b) in [(by, 0.0), (-by, 0.0), (0.0, by), (0.0, -by), (by, -by), (-by, by)] {
            prop_assert!(at(intercept + a, slope + b) >= best - 1e-12);
        }
        for &(d, _) in &pairs {
            let p = 1.0 / (1.0 + (-(intercept + slope * d)).exp());
            prop_assert!((calibration.probability(d) - p).abs() < 1e-9);
        }
    }

    #[test]
    fn the_isotonic_curve_is_the_best(
        list in prop::collection::vec((0u8..12, any::<bool>()), 2..40),
    ) {
        let pairs: Vec<Pair> =
            list.into_iter().map(|(d, same)| (f64::from(d) / 8.0, same)).collect();
        let (g, i) = counts(&pairs);
        let slow = if g > 0.0 && i > 0.0 { slow_isotonic(&pairs) } else { vec![] };
        match Calibration::isotonic(&scores(&pairs), KIND, 1.0) {
            Ok(calibration) => {
                for &(d, p) in &slow {
                    prop_assert!((calibration.probability(d) - p).abs() < 1e-9);
                }
                let mut last = 1.0;
                for k in -10..200 {
                    let p = calibration.probability(f64::from(k) / 100.0);
                    prop_assert!((0.0..=last).contains(&p));
                    last = p;
                }
            }
            Err(error) => {
                let missing = matches!(error, MetricsError::Missing { .. });
                prop_assert!(missing, "{}", error);
                // One probability for all, or none.
                let flat = slow.iter().all(|s| (s.1 - slow[0].1).abs() < 1e-9);
                prop_assert!(flat);
            }
        }
    }
}

fn list() -> Vec<Pair> {
    (0..300)
        .map(|i| {
            let noise = f64::from((i * 37) % 97) / 97.0;
            let same = i % 3 == 0;
            (noise + if same { 0.2 } else { 0.7 }, same)
        })
        .collect()
}

#[test]
fn thresholds_are_those_of_the_scores() {
    let s = scores(&list());
    for far in [0.0, 0.01, 0.1, 0.5, 1.0] {
        let val = s.val_at_far(far).unwrap().unwrap();
        for calibration in [
            Calibration::logistic(&s, KIND, far).unwrap(),
            Calibration::isotonic(&s, DistanceKind::Angle, far).unwrap(),
        ] {
            assert_eq!(calibration.operating_point(), val);
            let threshold = calibration.threshold();
            assert_eq!(Some(threshold), val.threshold);
            assert!(calibration.accepts(threshold.next_down()) && !calibration.accepts(threshold));
            assert!(!calibration.accepts(f64::NAN));
            assert!(calibration.probability(f64::NAN).is_nan());
            assert_eq!(calibration.pairs(), (100, 200));
        }
    }
    let calibration = Calibration::isotonic(&s, DistanceKind::Angle, 0.1).unwrap();
    assert_eq!(calibration.distance(), DistanceKind::Angle);
    // Two hundred impostor pairs do not show a FAR of 1e-3.
    let rare = Calibration::logistic(&s, KIND, 1e-3)
        .unwrap()
        .operating_point();
    assert!(rare.below_resolution);
    assert_eq!(rare.far, 0.0);
}

#[test]
fn odds_move_the_probability_by_the_rule_of_bayes() {
    let s = scores(&list());
    for even in [
        Calibration::logistic(&s, KIND, 0.1).unwrap(),
        Calibration::isotonic(&s, KIND, 0.1).unwrap(),
    ] {
        assert_eq!(even.prior(), 0.5);
        for prior in [1e-3, 0.25, 0.9] {
            let other = even.clone().with_prior(prior).unwrap();
            assert_eq!(other.threshold(), even.threshold());
            for distance in [0.1, 0.5, 0.8, 0.95, 1.5] {
                let p = even.probability(distance);
                let expected = p * prior / (p * prior + (1.0 - p) * (1.0 - prior));
                assert!((other.probability(distance) - expected).abs() < 1e-12);
            }
        }
        for wrong in [0.0, 1.0, -1.0, f64::NAN] {
            assert!(matches!(
                even.clone().with_prior(wrong),
                Err(MetricsError::Setting {
                    setting: "prior",
                    ..
                })
            ));
        }
    }
}

#[test]
fn perfect_networks_have_a_curve_that_is_no_step() {
    let pairs = [(0.1, true), (0.2, true), (0.9, false), (1.0, false)];
    let calibration = Calibration::logistic(&scores(&pairs), KIND, 0.1).unwrap();
    // The targets are ¾ and ¼, which the curve passes between.
    assert!((calibration.probability(0.15) - 0.75).abs() < 0.05);
    assert!((calibration.probability(0.95) - 0.25).abs() < 0.05);
    assert!((calibration.probability(0.55) - 0.5).abs() < 1e-9);
    assert_eq!(calibration.threshold(), 0.2f64.next_up());
    // Far away it is sure, and still a number.
    assert_eq!(calibration.probability(1e6), 0.0);
    assert_eq!(calibration.probability(-1e6), 1.0);
    assert_eq!(calibration.probability(f64::INFINITY), 0.0);
    let stepped = Calibration::isotonic(&scores(&pairs), KIND, 0.1).unwrap();
    assert_eq!(
        (stepped.probability(0.2), stepped.probability(0.9)),
        (1.0, 0.0)
    );
    assert!((stepped.probability(0.55) - 0.5).abs() < 1e-12);
    assert_eq!(stepped.information_lost(&scores(&pairs)), Some(0.0));
    // One pair of each kind is enough for both.
    let two = scores(&[(0.25, true), (0.75, false)]);
    let calibration = Calibration::logistic(&two, KIND, 0.0).unwrap();
    assert!((calibration.probability(0.25) - 2.0 / 3.0).abs() < 1e-9);
    assert!((calibration.probability(0.75) - 1.0 / 3.0).abs() < 1e-9);
}

#[test]
fn distances_of_any_size_are_fitted_alike() {
    let small = scores(&list());
    let one = Calibration::logistic(&small, KIND, 0.1).unwrap();
    for scale in [1e-6, 1e6] {
        let pairs: Vec<Pair> = list().into_iter().map(|(d, s)| (d * scale, s)).collect();
        let other = Calibration::logistic(&scores(&pairs), KIND, 0.1).unwrap();
        for distance in [0.2, 0.7, 1.3] {
            let (a, b) = (
                one.probability(distance),
                other.probability(distance * scale),
            );
            assert!((a - b).abs() < 1e-7, "{a} is not {b}");
        }
    }
}

#[test]
fn information_by_its_definition() {
    let pairs = list();
    let s = scores(&pairs);
    let logistic = Calibration::logistic(&s, KIND, 0.1).unwrap();
    let isotonic = Calibration::isotonic(&s, KIND, 0.1).unwrap();
    let (g, i) = counts(&pairs);
    for calibration in [&logistic, &isotonic] {
        let slow: f64 = pairs
            .iter()
            .map(|&(d, same)| {
                let p = calibration.probability(d);
                if same {
                    -p.log2() / g
                } else {
                    -(1.0 - p).log2() / i
                }
            })
            .sum();
        let ours = calibration.information_lost(&s).unwrap();
        assert!((ours - slow / 2.0).abs() < 1e-9, "{ours}");
    }
    // The best falling curve loses least; any prior leaves it as it is.
    let lost = |c: &Calibration| c.information_lost(&s).unwrap();
    assert!(0.0 < lost(&isotonic) && lost(&isotonic) <= lost(&logistic) && lost(&logistic) < 1.0);
    assert_eq!(
        lost(&logistic.clone().with_prior(0.1).unwrap()),
        lost(&logistic)
    );
    assert_eq!(logistic.information_lost(&scores(&[(0.1, true)])), None);
    // A pair of the kind that had no probability.
    assert_eq!(
        isotonic.information_lost(&scores(&[(9.0, true), (9.5, false)])),
        Some(f64::INFINITY)
    );
}

#[test]
fn what_cannot_be_calibrated_is_an_error() {
    let both = |pairs: &[Pair], far: f64| {
        let s = scores(pairs);
        [
            Calibration::logistic(&s, KIND, far),
            Calibration::isotonic(&s, KIND, far),
        ]
    };
    let missing: [(&[Pair], &str); 5] = [
        (
            &[],
            "no genuine pair; expected pairs of both kinds to calibrate on",
        ),
        (
            &[(0.1, false)],
            "no genuine pair; expected pairs of both kinds to calibrate on",
        ),
        (
            &[(0.1, true)],
            "no impostor pair; expected pairs of both kinds to calibrate on",
        ),
        // Every distance the same, and an inverted network.
        (
            &[(1.0, true), (1.0, false)],
            "no distance between the kinds of pair",
        ),
        (
            &[(0.9, true), (0.8, true), (0.1, false)],
            "no distance between the kinds of pair",
        ),
    ];
    for (pairs, message) in missing {
        for result in both(pairs, 0.1) {
            let error = result.unwrap_err();
            assert!(matches!(error, MetricsError::Missing { .. }));
            assert!(error.to_string().starts_with(message), "{error}");
        }
    }
    // The nearest pair of all is an impostor's: nothing may be accepted.
    for result in both(&[(0.1, false), (0.2, true), (0.3, true), (0.9, false)], 0.1) {
        let error = result.unwrap_err().to_string();
        assert!(
            error.starts_with("no threshold that keeps to the FAR"),
            "{error}"
        );
    }
    for far in [-0.1, 1.1, f64::NAN] {
        for result in both(&list(), far) {
            assert!(matches!(
                result,
                Err(MetricsError::Setting { setting: "FAR", .. })
            ));
        }
    }
}

#[test]
fn calibrations_survive_json_and_damaged_ones_are_refused() {
    let s = scores(&list());
    for calibration in [
        Calibration::logistic(&s, KIND, 0.1).unwrap(),
        Calibration::isotonic(&s, DistanceKind::Angle, 0.1).unwrap(),
    ] {
        let calibration = calibration.with_prior(0.25).unwrap();
        let json = serde_json::to_string(&calibration).unwrap();
        let read: Calibration = serde_json::from_str(&json).unwrap();
        assert_eq!(read.distance(), calibration.distance());
        assert_eq!((read.pairs(), read.prior()), (calibration.pairs(), 0.25));
        assert!((read.threshold() - calibration.threshold()).abs() < 1e-12);
        for distance in [0.1, 0.5, 0.9, 1.3] {
            let (a, b) = (
                read.probability(distance),
                calibration.probability(distance),
            );
            assert!((a - b).abs() < 1e-9);
        }
        let intact: serde_json::Value = serde_json::from_str(&json).unwrap();
        let mut cases = vec![
            ("/prior", json!(0.0)),
            ("/far_target", json!(2.0)),
            ("/val", json!(-1.0)),
            ("/threshold", serde_json::Value::Null),
            ("/distance", json!("miles")),
            ("/model", json!({})),
        ];
        if intact.pointer("/model/logistic").is_some() {
            cases.push(("/model/logistic/slope", json!(1.0)));
        } else {
            cases.push(("/model/isotonic/knots", json!([])));
            cases.push(("/model/isotonic/knots", json!([[0.5, 0.2], [0.6, 0.9]])));
            cases.push(("/model/isotonic/knots", json!([[0.6, 0.9], [0.5, 0.2]])));
            cases.push(("/model/isotonic/knots", json!([[0.5, 1.5], [0.6, 0.9]])));
        }
        for (place, value) in cases {
            let mut damaged = intact.clone();
            *damaged.pointer_mut(place).unwrap() = value;
            let read = serde_json::from_value::<Calibration>(damaged);
            assert!(read.is_err(), "{place}");
        }
    }
}

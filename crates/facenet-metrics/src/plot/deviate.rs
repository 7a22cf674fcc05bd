use super::ticks::{Ticks, label};

/// Rates with a label on a normal deviate axis.
const LABELED: [f64; 19] = [
    1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99,
    0.999, 0.9999, 0.99999,
];

/// Rates with a grid line between them.
const FINE: [f64; 20] = [
    2e-6, 5e-6, 2e-5, 5e-5, 2e-4, 5e-4, 2e-3, 5e-3, 0.02, 0.03, 0.04, 0.3, 0.4, 0.6, 0.7, 0.96,
    0.97, 0.98, 0.995, 0.998,
];

/// The standard normal deviate with probability `rate` below it: the inverse of Φ, by the rational
/// approximation of P. J. Acklam (2003), whose relative error is below 1.2e-9.
///
/// NaN outside 0 and 1, and infinite at both.
pub(super) fn deviate(rate: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 6] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
        1.0,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 5] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
        1.0,
    ];
    /// Where the tails begin.
    const TAIL: f64 = 0.02425;
    let polynomial = |terms: &[f64], x: f64| terms.iter().fold(0.0, |sum, term| sum * x + term);
    let tail = |rate: f64| {
        let q = (-2.0 * rate.ln()).sqrt();
        polynomial(&C, q) / polynomial(&D, q)
    };
    if rate == 0.0 {
        f64::NEG_INFINITY
    } else if rate == 1.0 {
        f64::INFINITY
    } else if !(0.0..=1.0).contains(&rate) {
        f64::NAN
    } else if rate < TAIL {
        tail(rate)
    } else if rate > 1.0 - TAIL {
        -tail(1.0 - rate)
    } else {
        let q = rate - 0.5;
        let r = q * q;
        polynomial(&A, r) * q / polynomial(&B, r)
    }
}

/// Labels and lines of an axis between two deviates.
pub(super) fn deviate_ticks(low: f64, high: f64) -> Ticks {
    let within = |rates: &[f64]| -> Vec<f64> {
        let inside = |x: &f64| (low - 1e-9..=high + 1e-9).contains(x);
        rates
            .iter()
            .map(|&rate| deviate(rate))
            .filter(inside)
            .collect()
    };
    Ticks {
        bold: within(&LABELED),
        fine: within(&FINE),
    }
}

/// The rate at a labeled deviate.
pub(super) fn deviate_label(position: f64) -> String {
    let distance = |rate: f64| (deviate(rate) - position).abs();
    let nearest = LABELED
        .into_iter()
        .min_by(|&a, &b| distance(a).total_cmp(&distance(b)));
    match nearest {
        Some(rate) if rate < 0.005 => format!("{rate:e}"),
        Some(rate) => label(rate),
        None => String::new(),
    }
}

/// The labeled rate at or below a rate.
pub(super) fn labeled_below(rate: f64) -> f64 {
    let below = |labeled: &f64| *labeled <= rate * (1.0 + 1e-9);
    LABELED.into_iter().rfind(below).unwrap_or(LABELED[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviates_are_those_of_the_tables() {
        for (rate, expected) in [
            (0.5, 0.0),
            (0.975, 1.959_963_985),
            (0.99, 2.326_347_874),
            (0.01, -2.326_347_874),
            (0.2, -0.841_621_234),
            (1e-6, -4.753_424_309),
        ] {
            assert!((deviate(rate) - expected).abs() < 1e-7, "{rate}");
        }
        assert_eq!(
            [deviate(0.0), deviate(1.0)],
            [f64::NEG_INFINITY, f64::INFINITY]
        );
        assert!(
            [-0.1, 1.1, f64::NAN]
                .into_iter()
                .all(|rate| deviate(rate).is_nan())
        );
    }

    #[test]
    fn labels_are_rates() {
        let labels: Vec<String> = deviate_ticks(deviate(1e-4), deviate(0.5))
            .bold
            .into_iter()
            .map(deviate_label)
            .collect();
        assert_eq!(
            labels,
            ["1e-4", "1e-3", "0.01", "0.05", "0.1", "0.2", "0.5"]
        );
        assert_eq!(
            [labeled_below(3e-4), labeled_below(0.0), labeled_below(0.1)],
            [1e-4, 1e-9, 0.1]
        );
    }
}

/// Where an axis has labels and grid lines.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    /// Positions with a label.
    pub(super) bold: Vec<f64>,
    /// Positions between them, with a faint grid line.
    pub(super) fine: Vec<f64>,
}

/// Labels at multiples of 1, 2 or 5 times a power of ten, `count` at most or little more.
///
/// No two lines are nearer than `least`: 1 where only whole numbers have a meaning.
pub(super) fn linear(low: f64, high: f64, count: usize, least: f64) -> Ticks {
    let rough = ((high - low) / count.max(1) as f64).max(least);
    let power = 10f64.powf(rough.log10().floor());
    let (factor, parts) = [(1.0, 5), (2.0, 4), (5.0, 5), (10.0, 5)]
        .into_iter()
        .find(|&(factor, _)| factor * power >= rough * 0.999)
        .unwrap_or((10.0, 5));
    let step = factor * power;
    let between = step / f64::from(parts);
    let multiples = |step: f64| {
        let first = (low / step - 1e-9).ceil();
        let last = (high / step + 1e-9).floor();
        let count = (last - first).clamp(-1.0, 1000.0) as i32;
        (0..=count).map(move |i| (first + f64::from(i)) * step)
    };
    Ticks {
        bold: multiples(step).collect(),
        fine: multiples(if between < least { step } else { between }).collect(),
    }
}

/// The logarithms of the powers of ten from `low` to 0, and of 2, 3, … 9 times each.
pub(super) fn decades(low: i32) -> Ticks {
    Ticks {
        bold: (low..=0).map(f64::from).collect(),
        fine: (low..0)
            .flat_map(|power| (2..10).map(move |k| f64::from(power) + f64::from(k).log10()))
            .collect(),
    }
}

/// A label as short as the number allows.
pub(super) fn label(value: f64) -> String {
    if value.abs() < 1e-12 {
        return "0".to_owned();
    }
    if !(1e-4..1e6).contains(&value.abs()) {
        // Through three digits, which drops what rounding left behind the step.
        return format!("{value:.3e}")
            .parse()
            .map_or_else(|_| String::new(), |v: f64| format!("{v:e}"));
    }
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The label of a power of ten whose logarithm is given.
pub(super) fn power_label(logarithm: f64) -> String {
    match logarithm.round() as i32 {
        0 => "1".to_owned(),
        power => format!("1e{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_numbers_within_the_axis() {
        assert_eq!(
            linear(0.0, 1.0, 5, 0.0)
                .bold
                .iter()
                .map(|&t| label(t))
                .collect::<Vec<_>>(),
            ["0", "0.2", "0.4", "0.6", "0.8", "1"]
        );
        assert_eq!(linear(3.0, 47.0, 5, 0.0).bold, [10.0, 20.0, 30.0, 40.0]);
        for (low, high) in [(0.0, 1e-7), (-3.0, 1e9), (0.013, 0.0131), (5.0, 5.5)] {
            let ticks = linear(low, high, 8, 0.0);
            assert!(
                (2..=12).contains(&ticks.bold.len()),
                "{low} {high} {ticks:?}"
            );
            for tick in ticks.bold.into_iter().chain(ticks.fine) {
                let slack = (high - low) * 1e-6;
                assert!(tick >= low - slack && tick <= high + slack);
            }
        }
        let epochs = linear(1.0, 3.0, 10, 1.0);
        assert_eq!(
            (epochs.bold, epochs.fine),
            (vec![1.0, 2.0, 3.0], vec![1.0, 2.0, 3.0])
        );
        let epochs = linear(1.0, 40.0, 10, 1.0);
        assert_eq!((epochs.bold.len(), epochs.fine.len()), (8, 40));
        assert_eq!(linear(2.5, 3.5, 10, 1.0).bold, [3.0]);
        assert_eq!(decades(-2).bold, [-2.0, -1.0, 0.0]);
        assert_eq!(decades(-2).fine.len(), 16);
    }

    #[test]
    fn labels_are_short() {
        let of = |values: &[f64]| values.iter().map(|&v| label(v)).collect::<Vec<_>>();
        assert_eq!(
            of(&[0.1 + 0.2, -5.551e-17, 20000.0, 2e6]),
            ["0.3", "0", "20000", "2e6"]
        );
        assert_eq!(of(&[3e-5, -0.25, 0.0001]), ["3e-5", "-0.25", "0.0001"]);
        assert_eq!([power_label(0.0), power_label(-3.0)], ["1", "1e-3"]);
    }
}

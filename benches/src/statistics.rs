use serde::Serialize;

/// What a list of measured times says.
///
/// The median and the median absolute deviation, because a run that something else disturbed moves
/// mean and standard deviation as far as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The middle one, in seconds; of an even number the mean of the two in the middle.
    #[serde(rename = "median_s")]
    pub median: f64,
    /// The least, in seconds.
    #[serde(rename = "min_s")]
    pub min: f64,
    /// The greatest, in seconds.
    #[serde(rename = "max_s")]
    pub max: f64,
    /// Median of the absolute differences from the median, in seconds, without a factor that would make
    /// it a standard deviation.
    #[serde(rename = "mad_s")]
    pub mad: f64,
}

impl Statistics {
    /// Of times in any order; `None` where there are none.
    pub fn of(times: &[f64]) -> Option<Self> {
        let median = median(times)?;
        let deviations: Vec<f64> = times.iter().map(|time| (time - median).abs()).collect();
        Some(Self {
            median,
            min: times.iter().copied().fold(f64::INFINITY, f64::min),
            max: times.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            mad: self::median(&deviations)?,
        })
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some((sorted[sorted.len() / 2 - 1] + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::{Statistics, median};

    #[test]
    fn the_median_is_the_middle_of_any_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&[5.0, 5.0, 5.0, 1.0]), Some(5.0));
        assert_eq!(median(&[7.0]), Some(7.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn one_disturbed_run_does_not_move_median_and_deviation() {
        // Deviations from 3: 2, 1, 0, 1, 997.
        let statistics = Statistics::of(&[1.0, 2.0, 3.0, 4.0, 1000.0]).unwrap();
        assert_eq!(statistics.median, 3.0);
        assert_eq!(statistics.mad, 1.0);
        assert_eq!((statistics.min, statistics.max), (1.0, 1000.0));
    }

    #[test]
    fn an_even_number_of_runs() {
        // Median 2.5; deviations 1.5, 0.5, 0.5, 1.5.
        let statistics = Statistics::of(&[4.0, 2.0, 3.0, 1.0]).unwrap();
        assert_eq!(statistics.median, 2.5);
        assert_eq!(statistics.mad, 1.0);
    }

    #[test]
    fn one_run_has_no_spread_and_no_runs_have_no_statistics() {
        let one = Statistics::of(&[0.25]).unwrap();
        assert_eq!(
            (one.median, one.min, one.max, one.mad),
            (0.25, 0.25, 0.25, 0.0)
        );
        assert_eq!(Statistics::of(&[]), None);
    }
}

//! Tails of the normal distribution.

use std::f64::consts::SQRT_2;

/// The probability that a standard normal number is farther from 0 than `z`.
pub(super) fn two_sided_tail(z: f64) -> f64 {
    libm::erfc(z.abs() / SQRT_2)
}

/// The distance from 0 that a standard normal number keeps within with probability `confidence`;
/// 1.96 for 0.95.
pub(super) fn two_sided_quantile(confidence: f64) -> f64 {
    let tail = 1.0 - confidence;
    // No number below 1 leaves a smaller tail than 2⁻⁵³, which is reached at 8.3. Halving the
    // bracket until nothing lies inside costs 60 evaluations and is exact to the last bit of `erfc`.
    let (mut low, mut high) = (0.0, 9.0);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return middle;
        }
        if two_sided_tail(middle) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // scipy.stats.norm.ppf((1 + confidence) / 2)
        for (confidence, z) in [
            (0.5, 0.674_489_750_196_081_7),
            (0.9, 1.644_853_626_951_472_2),
            (0.95, 1.959_963_984_540_054),
            (0.99, 2.575_829_303_548_900_4),
            (0.999_999, 4.891_638_475_699_412),
        ] {
            assert!((two_sided_quantile(confidence) - z).abs() < 1e-9, "{z}");
            assert!((two_sided_tail(z) - (1.0 - confidence)).abs() < 1e-12);
        }
        assert!(two_sided_quantile(1.0 - f64::EPSILON) > 8.0);
        assert!(two_sided_quantile(1e-300) < 1e-15);
        assert_eq!(two_sided_tail(0.0), 1.0);
        assert_eq!(two_sided_tail(-1.0), two_sided_tail(1.0));
    }
}

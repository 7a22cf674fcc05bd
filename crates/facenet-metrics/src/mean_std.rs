use serde::{Deserialize, Serialize};

/// A mean over folds or splits, with its spread.
///
/// FaceNet §5.6 quotes `mean ± sem` over the ten folds of LFW.
///
/// ```text
/// mean = Σ x / n        std = √(Σ (x − mean)² / n)        sem = std / √n
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanStd {
    /// The mean.
    pub mean: f64,
    /// The population standard deviation, as `numpy.std` computes it.
    pub std: f64,
    /// The standard error of the mean, `std / √n`.
    pub sem: f64,
    /// The number of folds or splits in the mean.
    pub count: usize,
}

impl MeanStd {
    /// The mean and the spread of `values`; `None` where there are none.
    pub fn new(values: &[f64]) -> Option<MeanStd> {
        if values.is_empty() {
            return None;
        }
        let count = values.len();
        let n = count as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let std = variance.sqrt();
        Some(MeanStd {
            mean,
            std,
            sem: std / n.sqrt(),
            count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn population_deviation_and_standard_error() {
        let m = MeanStd::new(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!(m.mean, 5.0);
        assert_eq!(m.std, 2.0);
        assert!((m.sem - 0.5f64.sqrt()).abs() < 1e-15);
        assert_eq!(m.count, 8);
        assert_eq!(MeanStd::new(&[]), None);
        assert_eq!(MeanStd::new(&[0.5]).unwrap().std, 0.0);
    }
}

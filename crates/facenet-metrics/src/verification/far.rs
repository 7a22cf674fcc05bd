use serde::{Deserialize, Serialize};

use super::scores::{DistanceValue, Scores};
use crate::MetricsError;

/// The false accept rates that reports quote unless told otherwise, 1e-1 to 1e-6.
pub const DEFAULT_FARS: [f64; 6] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];

/// VAL at a FAR (FaceNet §4): the largest share of genuine pairs that a threshold accepts while it
/// accepts no more than the share `far_target` of the impostor pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValAtFar {
    /// The FAR that was asked for.
    pub far_target: f64,
    /// VAL at the threshold, also called TAR, and 1 − FNMR.
    pub val: f64,
    /// FAR at the threshold: at most `far_target`, less where the pairs have no threshold between.
    pub far: f64,
    /// The number of genuine pairs that the threshold accepts.
    pub true_accepts: u64,
    /// The number of impostor pairs that the threshold accepts.
    pub false_accepts: u64,
    /// The smallest threshold that accepts these pairs, those with a distance below it: the next number above
    /// the largest distance among them. `None` where nothing may be accepted, because the smallest distance
    /// of all already belongs to too many impostor pairs.
    pub threshold: Option<f64>,
    /// Whether `far_target` is below one impostor pair in all, `1 / |impostor|`. Then `val` is VAL
    /// without any false accept, and only more pairs could tell VAL at the FAR asked for.
    pub below_resolution: bool,
}

/// An error unless `far` is a rate.
pub(super) fn check_far(far: f64) -> Result<(), MetricsError> {
    if (0.0..=1.0).contains(&far) {
        Ok(())
    } else {
        Err(MetricsError::Setting {
            setting: "FAR",
            found: far.to_string(),
            expected: "a rate between 0 and 1",
        })
    }
}

/// The largest number of `impostor` pairs whose share is at most `far`.
///
/// The product rounds, so its neighbors are tried with the division that FAR is defined by:
/// 29 of 100 must be allowed at 0.29.
pub(super) fn allowed(far: f64, impostor: u64) -> u64 {
    let mut count = ((far * impostor as f64) as u64).min(impostor);
    while count < impostor && (count + 1) as f64 / impostor as f64 <= far {
        count += 1;
    }
    while count > 0 && count as f64 / impostor as f64 > far {
        count -= 1;
    }
    count
}

impl<T: DistanceValue> Scores<T> {
    /// VAL at a false accept rate, exact: no grid of thresholds, no interpolation.
    ///
    /// `None` where there is no genuine or no impostor pair.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `far_target` is not between 0 and 1.
    pub fn val_at_far(&self, far_target: f64) -> Result<Option<ValAtFar>, MetricsError> {
        check_far(far_target)?;
        Ok(self.both().map(|(genuine, impostor)| {
            let (true_accepts, false_accepts) = self.accepts_at_far(far_target);
            ValAtFar {
                far_target,
                val: true_accepts as f64 / genuine,
                far: false_accepts as f64 / impostor,
                true_accepts: true_accepts as u64,
                false_accepts: false_accepts as u64,
                threshold: self.threshold(true_accepts, false_accepts),
                below_resolution: allowed(far_target, self.impostor().len() as u64) == 0,
            }
        }))
    }

    /// The verification threshold calibrated to a false accept rate: the next number above the largest
    /// observed distance up to which FAR is at most `far_target`. Accept a pair where its distance is below
    /// the threshold.
    ///
    /// Calibrate on people who are not those to be verified. `None` where there is no impostor pair
    /// to calibrate on, or where nothing may be accepted ([`ValAtFar::threshold`]).
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `far_target` is not between 0 and 1.
    pub fn threshold_at_far(&self, far_target: f64) -> Result<Option<f64>, MetricsError> {
        check_far(far_target)?;
        if self.impostor().is_empty() {
            return Ok(None);
        }
        let (true_accepts, false_accepts) = self.accepts_at_far(far_target);
        Ok(self.threshold(true_accepts, false_accepts))
    }

    /// True and false accepts of the loosest threshold that keeps to `far`.
    fn accepts_at_far(&self, far: f64) -> (usize, usize) {
        let (genuine, impostor) = (self.genuine(), self.impostor());
        // The first impostor distance too many, and with it all that are equal, must stay out.
        match impostor.get(allowed(far, impostor.len() as u64) as usize) {
            None => (genuine.len(), impostor.len()),
            Some(&limit) => (
                genuine.partition_point(|&d| d < limit),
                impostor.partition_point(|&d| d < limit),
            ),
        }
    }

    /// The smallest threshold that accepts the first so many of each kind.
    fn threshold(&self, true_accepts: usize, false_accepts: usize) -> Option<f64> {
        let last =
            |list: &[T], count: usize| count.checked_sub(1).and_then(|i| list.get(i)).copied();
        let genuine = last(self.genuine(), true_accepts);
        let impostor = last(self.impostor(), false_accepts);
        let largest = match (genuine, impostor) {
            (Some(g), Some(i)) => Some(if g < i { i } else { g }),
            (one, other) => one.or(other),
        };
        largest.map(|distance| distance.next_above().into())
    }
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn the_division_decides_how_many_are_allowed() {
        assert_eq!(allowed(0.29, 100), 29);
        assert_eq!(allowed(1e-3, 1000), 1);
        assert_eq!(allowed(1e-3, 999), 0);
        assert_eq!(allowed(0.0, 10), 0);
        assert_eq!(allowed(1.0, 10), 10);
        for n in 1..200u64 {
            for k in 0..=n {
                assert_eq!(allowed(k as f64 / n as f64, n), k);
            }
        }
    }
}

use std::ops::Range;

use crate::MetricsError;

/// Consecutive folds of a list of pairs, never shuffled. LFW has ten of 600 pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folds {
    ranges: Vec<Range<usize>>,
}

impl Folds {
    /// `count` folds of `pairs_per_fold` pairs each.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Folds`] for fewer than two folds, or folds without pairs.
    pub fn equal(count: usize, pairs_per_fold: usize) -> Result<Folds, MetricsError> {
        Folds::from_sizes(&vec![pairs_per_fold; count])
    }

    /// Folds of the given sizes, as where the pairs of a missing image were skipped.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Folds`] for fewer than two folds, or a fold without pairs.
    pub fn from_sizes(sizes: &[usize]) -> Result<Folds, MetricsError> {
        if sizes.len() < 2 {
            return Err(MetricsError::Folds {
                found: format!("{} given", sizes.len()),
                expected: "at least 2".to_owned(),
            });
        }
        if let Some(empty) = sizes.iter().position(|&size| size == 0) {
            return Err(MetricsError::Folds {
                found: format!("fold {empty} has no pair"),
                expected: "at least one pair in each fold".to_owned(),
            });
        }
        let mut start: usize = 0;
        let mut ranges = Vec::with_capacity(sizes.len());
        for &size in sizes {
            let end = start.checked_add(size).ok_or_else(|| MetricsError::Folds {
                found: "sizes that overflow when added".to_owned(),
                expected: "the number of pairs".to_owned(),
            })?;
            ranges.push(start..end);
            start = end;
        }
        Ok(Folds { ranges })
    }

    /// `pairs` pairs in `count` folds as equal as can be, the first ones larger by one, as
    /// scikit-learn's `KFold` cuts them.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Folds`] for fewer than two folds, or fewer pairs than folds.
    pub fn contiguous(pairs: usize, count: usize) -> Result<Folds, MetricsError> {
        if count < 2 || pairs < count {
            return Err(MetricsError::Folds {
                found: format!("{count} of {pairs} pairs"),
                expected: "at least 2 folds, and a pair for each".to_owned(),
            });
        }
        let sizes: Vec<usize> = (0..count)
            .map(|fold| pairs / count + usize::from(fold < pairs % count))
            .collect();
        Folds::from_sizes(&sizes)
    }

    /// Ten folds, as the lists of the field have.
    pub(super) fn ten(pairs_per_fold: usize) -> Folds {
        let ranges = (0..10).map(|fold| fold * pairs_per_fold..(fold + 1) * pairs_per_fold);
        Folds {
            ranges: ranges.collect(),
        }
    }

    /// The pairs of each fold.
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.ranges
    }

    /// The number of pairs in all folds.
    pub fn pairs(&self) -> usize {
        self.ranges.last().map_or(0, |range| range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_follow_each_other() {
        assert_eq!(Folds::equal(3, 2).unwrap().ranges(), [0..2, 2..4, 4..6]);
        assert_eq!(
            Folds::contiguous(8, 3).unwrap().ranges(),
            [0..3, 3..6, 6..8]
        );
        assert_eq!(Folds::from_sizes(&[1, 4]).unwrap().pairs(), 5);
        assert_eq!(Folds::ten(600), Folds::equal(10, 600).unwrap());
    }

    #[test]
    fn folds_that_cannot_work_are_refused() {
        assert_eq!(
            Folds::equal(1, 9).unwrap_err().to_string(),
            "folds: 1 given; expected at least 2"
        );
        assert!(Folds::equal(2, 0).is_err());
        assert!(
            Folds::from_sizes(&[3, 0])
                .unwrap_err()
                .to_string()
                .contains("fold 1 has no pair")
        );
        assert!(Folds::from_sizes(&[usize::MAX, 2]).is_err());
        assert!(Folds::contiguous(3, 4).is_err());
        assert!(Folds::contiguous(3, 0).is_err());
    }
}

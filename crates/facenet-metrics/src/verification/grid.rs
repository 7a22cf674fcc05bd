/// What each threshold of a grid accepts, where a pair is accepted with distance *below* it.
///
/// The LFW code of the field compares strictly (`numpy.less`), as all of this crate does.
#[derive(Clone, Debug)]
pub(super) struct GridCounts {
    pub(super) genuine: u64,
    pub(super) impostor: u64,
    pub(super) true_accepts: Vec<u64>,
    pub(super) false_accepts: Vec<u64>,
}

/// `count` thresholds from 0, up to and without `range`.
///
/// Each is a product, not a running sum, as in `numpy.arange`.
pub(super) fn thresholds(range: f64, count: usize) -> Vec<f64> {
    let step = range / count as f64;
    (0..count).map(|i| i as f64 * step).collect()
}

impl GridCounts {
    pub(super) fn new(grid: &[f64], pairs: impl Iterator<Item = (f64, bool)>) -> GridCounts {
        let mut counts = GridCounts {
            genuine: 0,
            impostor: 0,
            true_accepts: vec![0; grid.len()],
            false_accepts: vec![0; grid.len()],
        };
        for (distance, same) in pairs {
            let (total, accepts) = if same {
                (&mut counts.genuine, &mut counts.true_accepts)
            } else {
                (&mut counts.impostor, &mut counts.false_accepts)
            };
            *total += 1;
            let first = grid.partition_point(|&threshold| threshold <= distance);
            if let Some(slot) = accepts.get_mut(first) {
                *slot += 1;
            }
        }
        for accepts in [&mut counts.true_accepts, &mut counts.false_accepts] {
            let mut sum = 0;
            for slot in accepts {
                sum += *slot;
                *slot = sum;
            }
        }
        counts
    }

    /// The first threshold with the most pairs right.
    pub(super) fn best(&self) -> usize {
        // Right pairs are TA + (impostors − FA); the constant is left out.
        let mut best = (0, i128::MIN);
        let accepts = self.true_accepts.iter().zip(&self.false_accepts);
        for (at, (&ta, &fa)) in accepts.enumerate() {
            let right = i128::from(ta) - i128::from(fa);
            if right > best.1 {
                best = (at, right);
            }
        }
        best.0
    }

    /// The share of pairs that the threshold at `at` gets right.
    pub(super) fn accuracy(&self, at: usize) -> f64 {
        let ta = self.true_accepts.get(at).copied().unwrap_or(0);
        let fa = self.false_accepts.get(at).copied().unwrap_or(0);
        (ta + self.impostor - fa) as f64 / (self.genuine + self.impostor) as f64
    }

    /// The threshold for a FAR, interpolated between the last threshold with FAR not above it and
    /// the first with FAR above it; the last of the grid where none is above.
    ///
    /// `None` where there is no impostor pair.
    pub(super) fn threshold_at_far(&self, grid: &[f64], target: f64) -> Option<f64> {
        if self.impostor == 0 {
            return None;
        }
        let far = |at: usize| {
            self.false_accepts
                .get(at)
                .map(|&fa| fa as f64 / self.impostor as f64)
        };
        let above = (0..grid.len()).find(|&at| far(at).is_some_and(|f| f > target));
        let Some(above) = above else {
            return grid.last().copied();
        };
        let Some(below) = above.checked_sub(1) else {
            return grid.first().copied();
        };
        let (f0, f1) = (far(below)?, far(above)?);
        let (t0, t1) = (*grid.get(below)?, *grid.get(above)?);
        Some(t0 + (target - f0) / (f1 - f0) * (t1 - t0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_the_one_of_the_field() {
        let grid = thresholds(4.0, 400);
        assert_eq!(grid.len(), 400);
        assert_eq!(grid[1], 0.01);
        assert_eq!(grid[121], 121.0 * 0.01);
        assert_eq!(grid[399], 399.0 * 0.01);
        assert_eq!(thresholds(8.0, 400)[1], 0.02);
        assert_eq!(thresholds(1.0, 4000)[4], 0.001);
    }

    #[test]
    fn a_distance_equal_to_a_threshold_is_not_accepted() {
        let grid = [0.0, 0.5, 1.0];
        let counts = GridCounts::new(&grid, [(0.5, true), (0.0, true), (1.0, false)].into_iter());
        assert_eq!(counts.true_accepts, [0, 1, 2]);
        assert_eq!(counts.false_accepts, [0, 0, 0]);
        assert_eq!(counts.best(), 2);
        assert_eq!(counts.accuracy(1), 2.0 / 3.0);
    }

    #[test]
    fn the_first_of_equal_thresholds_is_the_best() {
        let grid = thresholds(4.0, 400);
        let best = |pairs: &[(f64, bool)]| GridCounts::new(&grid, pairs.iter().copied()).best();
        assert_eq!(best(&[(0.5, true), (1.5, false)]), 51);
        // Nothing is gained by any threshold: the first of all.
        assert_eq!(best(&[(1.0, true), (1.0, false)]), 0);
        assert_eq!(best(&[(1.5, true), (0.5, false)]), 0);
        assert_eq!(best(&[(0.5, false)]), 0);
        assert_eq!(best(&[(0.0, true)]), 1);
        assert_eq!(best(&[]), 0);
    }

    #[test]
    fn thresholds_for_a_far_are_interpolated() {
        let grid = [0.0, 1.0, 2.0, 3.0];
        let counts = GridCounts::new(&grid, [0.5, 1.5, 1.5, 2.5].map(|d| (d, false)).into_iter());
        assert_eq!(counts.false_accepts, [0, 1, 3, 4]);
        assert_eq!(counts.threshold_at_far(&grid, 0.0), Some(0.0));
        assert_eq!(counts.threshold_at_far(&grid, 0.125), Some(0.5));
        assert_eq!(counts.threshold_at_far(&grid, 0.25), Some(1.0));
        assert_eq!(counts.threshold_at_far(&grid, 0.5), Some(1.5));
        assert_eq!(counts.threshold_at_far(&grid, 1.0), Some(3.0));
        // Where the FAR stays at the target over several thresholds, the last of them.
        let flat = GridCounts::new(&grid, [0.5, 2.5].map(|d| (d, false)).into_iter());
        assert_eq!(flat.false_accepts, [0, 1, 1, 2]);
        assert_eq!(flat.threshold_at_far(&grid, 0.5), Some(2.0));
        assert_eq!(flat.threshold_at_far(&grid, 0.75), Some(2.5));
        // A network whose impostors all lie beyond the grid.
        let beyond = GridCounts::new(&grid, [(3.0, false)].into_iter());
        assert_eq!(beyond.threshold_at_far(&grid, 0.5), Some(3.0));
        let none = GridCounts::new(&grid, [(0.5, true)].into_iter());
        assert_eq!(none.threshold_at_far(&grid, 0.5), None);
    }
}

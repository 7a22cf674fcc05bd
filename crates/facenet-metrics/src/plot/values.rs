/// Numbers beyond this have no distance between them that is a number.
pub(super) fn drawable(point: &(f64, f64)) -> bool {
    point.0.abs() < 1e300 && point.1.abs() < 1e300
}

/// The runs of drawable points.
pub(super) fn runs(points: &[(f64, f64)]) -> Vec<Vec<(f64, f64)>> {
    points
        .split(|point| !drawable(point))
        .filter(|run| !run.is_empty())
        .map(<[_]>::to_vec)
        .collect()
}

/// The range of the values; where that is none or a point, something around it.
pub(super) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if low > high {
        (0.0, 1.0)
    } else if high - low <= low.abs().max(high.abs()) * 1e-9 {
        let half = (low.abs() * 0.1).max(0.5);
        (low - half, high + half)
    } else {
        (low, high)
    }
}

/// The range with some room, but none beyond 0 where all values are on one side of it.
pub(super) fn roomy((low, high): (f64, f64)) -> (f64, f64) {
    let room = (high - low) * 0.05;
    let below = low - room;
    let above = high + room;
    (
        if low >= 0.0 { below.max(0.0) } else { below },
        if high <= 0.0 { above.min(0.0) } else { above },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_never_empty() {
        assert_eq!(range([].into_iter()), (0.0, 1.0));
        assert_eq!(range([3.0].into_iter()), (2.5, 3.5));
        assert_eq!(range([2000.0, 2000.0].into_iter()), (1800.0, 2200.0));
        assert_eq!(range([0.0, 2.0, 1.0].into_iter()), (0.0, 2.0));
        assert_eq!(roomy((0.0, 2.0)), (0.0, 2.1));
        assert_eq!(roomy((-2.0, 0.0)), (-2.1, 0.0));
    }

    #[test]
    fn values_that_are_no_numbers_leave_gaps() {
        let line = [
            (1.0, 2.0),
            (2.0, f64::NAN),
            (3.0, 1.0),
            (4.0, f64::INFINITY),
        ];
        assert_eq!(runs(&line), [vec![(1.0, 2.0)], vec![(3.0, 1.0)]]);
    }
}

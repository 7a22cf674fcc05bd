//! Copies between a row of windows and the line in which they begin, every `step` elements.

/// Calls `copy` with each of `narrow` and the element of `wide` where its window begins.
///
/// # Panics
/// If `wide` ends before the last window begins: no element of `narrow` is left out.
#[inline(always)]
pub(super) fn gather<N, W: Copy>(
    narrow: &mut [N],
    wide: &[W],
    step: usize,
    copy: impl Fn(&mut N, W),
) {
    assert!(narrow.len().saturating_sub(1) * step < wide.len());
    // A step that is not known to be one would be taken element by element.
    if step == 1 {
        for (narrow, wide) in narrow.iter_mut().zip(wide) {
            copy(narrow, *wide);
        }
    } else {
        for (narrow, wide) in narrow.iter_mut().zip(wide.iter().step_by(step)) {
            copy(narrow, *wide);
        }
    }
}

/// The reverse of [`gather`]: writes the elements of `wide` where windows begin.
#[inline(always)]
pub(super) fn scatter<N, W>(
    wide: &mut [W],
    narrow: impl Iterator<Item = N>,
    step: usize,
    value: impl Fn(N) -> W,
) {
    if step == 1 {
        for (wide, narrow) in wide.iter_mut().zip(narrow) {
            *wide = value(narrow);
        }
    } else {
        for (wide, narrow) in wide.iter_mut().step_by(step).zip(narrow) {
            *wide = value(narrow);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_and_sets_every_nth() {
        let mut narrow = [0; 3];
        gather(&mut narrow, &[1, 2, 3, 4, 5, 6], 2, |narrow, wide| {
            *narrow = wide
        });
        assert_eq!(narrow, [1, 3, 5]);
        gather(&mut narrow, &[1, 2, 3, 4, 5, 6], 1, |narrow, wide| {
            *narrow = wide
        });
        assert_eq!(narrow, [1, 2, 3]);
        let mut wide = [0; 5];
        scatter(&mut wide, narrow.iter(), 2, |narrow| narrow * 10);
        assert_eq!(wide, [10, 0, 20, 0, 30]);
        scatter(&mut wide, narrow.iter(), 1, |narrow| *narrow);
        assert_eq!(wide, [1, 2, 3, 0, 30]);
    }
}

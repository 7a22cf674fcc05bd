//! Sums over the maps of a channel.

/// Partial sums that are kept side by side, a few vectors of the widest kind.
const LANES: usize = 32;
/// Terms that are added in `f32` before the partial sums go to `f64`.
const BLOCK: usize = 4096;

/// The sums of `N` terms over pairs of maps.
///
/// Short runs are added in `f32` side by side and their results in `f64`, so that the error does not grow with the
/// batch. The order of additions depends on the lengths alone.
#[inline(always)]
pub(crate) fn sums<'a, 'b, const N: usize>(
    maps: impl Iterator<Item = (&'a [f32], &'b [f32])>,
    terms: impl Fn(f32, f32) -> [f32; N],
) -> [f64; N] {
    let mut totals = [0.0; N];
    let mut lanes = [[0.0; LANES]; N];
    let mut held = 0;
    for (left, right) in maps {
        for (left, right) in left.chunks(BLOCK).zip(right.chunks(BLOCK)) {
            if held + left.len() > BLOCK {
                flush(&mut totals, &mut lanes);
                held = 0;
            }
            held += left.len();
            let (left, left_rest) = left.as_chunks::<LANES>();
            let (right, right_rest) = right.as_chunks::<LANES>();
            for (left, right) in left.iter().zip(right) {
                for lane in 0..LANES {
                    let terms = terms(left[lane], right[lane]);
                    for (lanes, term) in lanes.iter_mut().zip(terms) {
                        lanes[lane] += term;
                    }
                }
            }
            for (lane, (left, right)) in left_rest.iter().zip(right_rest).enumerate() {
                let terms = terms(*left, *right);
                for (lanes, term) in lanes.iter_mut().zip(terms) {
                    lanes[lane % LANES] += term;
                }
            }
        }
    }
    flush(&mut totals, &mut lanes);
    totals
}

/// Moves the partial sums to the totals.
#[inline(always)]
fn flush<const N: usize>(totals: &mut [f64; N], lanes: &mut [[f32; LANES]; N]) {
    for (total, lanes) in totals.iter_mut().zip(lanes) {
        let mut width = LANES / 2;
        while width > 0 {
            for lane in 0..width {
                lanes[lane] += lanes[lane + width];
            }
            width /= 2;
        }
        *total += f64::from(lanes[0]);
        *lanes = [0.0; LANES];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_every_term() {
        for len in [0, 1, 5, 31, 32, 33, 100, 4096, 4097, 10_000] {
            let left: Vec<f32> = (0..len).map(|index| (index % 13) as f32).collect();
            let right: Vec<f32> = (0..len).map(|index| (index % 7) as f32).collect();
            let maps = [(left.as_slice(), right.as_slice()); 3];
            let [sum, product] = sums(maps.into_iter(), |left, right| [left, left * right]);
            let expected: f32 = left.iter().sum();
            assert_eq!(sum, 3.0 * f64::from(expected));
            let expected: f64 = left.iter().zip(&right).map(|(a, b)| f64::from(a * b)).sum();
            assert_eq!(product, 3.0 * expected);
        }
    }
}

use std::collections::HashMap;

use rand::RngExt;
use rand::seq::SliceRandom;

use crate::groups::Groups;
use crate::stream::{Purpose, stream};

/// The weight of each identity, a whole number in proportion to n^α for its n images.
#[derive(Debug)]
pub(crate) struct Weights {
    of: Vec<u32>,
    /// Sum over all identities, none taken for more than a P-th of it.
    total: u64,
}

/// The largest weight: 2^32 identities of it still have a sum that fits 64 bits.
const LARGEST: f64 = (1u64 << 31) as f64;

impl Weights {
    pub(crate) fn new(groups: &Groups, alpha: f64, p: usize) -> Self {
        let all = 0..groups.len() as u32;
        let mut powers: HashMap<u32, f64> = HashMap::new();
        for identity in all.clone() {
            let images = groups.of(identity).len() as u32;
            powers
                .entry(images)
                .or_insert_with(|| power(f64::from(images), alpha));
        }
        let largest = powers.values().copied().fold(0.0, f64::max);
        // What would be 0 is 1: no identity is left out for ever.
        let weight = |images: usize| {
            (powers[&(images as u32)] / largest * LARGEST)
                .ceil()
                .max(1.0) as u32
        };
        let of: Vec<u32> = all
            .map(|identity| weight(groups.of(identity).len()))
            .collect();
        let wide: Vec<u64> = of.iter().map(|&weight| u64::from(weight)).collect();
        let cap = cap(&wide, p);
        let total = wide.into_iter().map(|weight| weight.min(cap)).sum();
        Self { of, total }
    }

    fn of(&self, identity: u32) -> u64 {
        u64::from(self.of[identity as usize])
    }

    /// ⌈appearances of an identity in an epoch of `slots` slots⌉.
    pub(crate) fn stride(&self, identity: u32, slots: usize) -> usize {
        let wanted = slots as u128 * u128::from(self.of(identity));
        (wanted.div_ceil(u128::from(self.total)) as usize).max(1)
    }
}

/// The largest weight that an identity may have: a P-th of the sum of what is left of all weights, so
/// that no batch can meet an identity twice.
///
/// With the m largest weights cut to c and the others summing to R, c = (m·c + R) / P, hence
/// c = R / (P − m); the first m that leaves no weight above c is the one.
fn cap(weights: &[u64], p: usize) -> u64 {
    let mut largest = weights.to_vec();
    if largest.len() > p {
        largest.select_nth_unstable_by(p, |a, b| b.cmp(a));
        largest.truncate(p);
    }
    largest.sort_unstable_by(|a, b| b.cmp(a));
    let mut rest: u64 = weights.iter().sum();
    for (cut, &weight) in largest.iter().enumerate() {
        let cap = rest / (p - cut) as u64;
        if weight <= cap {
            return cap;
        }
        rest -= weight;
    }
    // P identities of one weight each are met above with nothing to cut.
    rest
}

/// base^exponent from multiplications, divisions and square roots alone, which every platform rounds
/// alike; the library's `powf` does not promise that. The base is at least 1.
fn power(base: f64, exponent: f64) -> f64 {
    let mut result = 1.0;
    let (whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    for _ in 0..whole as u32 {
        result *= base;
    }
    let mut root = base;
    while fraction > 0.0 && root > 1.0 {
        root = root.sqrt();
        fraction *= 2.0;
        if fraction >= 1.0 {
            result *= root;
            fraction -= 1.0;
        }
    }
    if exponent < 0.0 { 1.0 / result } else { result }
}

/// The slots of an epoch as points at equal steps on a line along which the identities lie, each as
/// long as its weight (systematic sampling, Madow 1949).
///
/// The N = P × B points of B batches are W / N apart, W being the length of the line, and batch b has
/// every B-th of them. No identity is longer than W / P, hence none has two points of a batch, and one
/// of weight w has ⌊N·w / W⌋ or ⌈N·w / W⌉ points.
#[derive(Debug)]
pub(crate) struct Line {
    order: Vec<u32>,
    /// Where each identity of the order ends.
    ends: Vec<u64>,
    /// Where the first point is, in N-ths.
    offset: u64,
    /// The first point of each batch.
    first: Vec<u32>,
    p: usize,
}

impl Line {
    /// The line of one epoch of one replica, whose identities are `order`.
    pub(crate) fn new(
        weights: &Weights,
        order: Vec<u32>,
        [p, batches]: [usize; 2],
        seed: u64,
        [epoch, rank]: [u64; 2],
    ) -> Self {
        let mut ends: Vec<u64> = order.iter().map(|&identity| weights.of(identity)).collect();
        let cap = cap(&ends, p);
        let mut end = 0;
        for weight in &mut ends {
            end += (*weight).min(cap);
            *weight = end;
        }
        let mut rng = stream(seed, Purpose::Line, epoch, rank);
        let mut first: Vec<u32> = (0..batches as u32).collect();
        first.shuffle(&mut rng);
        Self {
            offset: rng.random_range(0..end),
            order,
            ends,
            first,
            p,
        }
    }

    /// The identity in a slot of a batch, and its earlier points in this epoch.
    pub(crate) fn at(&self, batch: usize, slot: usize) -> (u32, usize) {
        let batches = self.first.len();
        let point = self.first[batch] as u128 + (slot * batches) as u128;
        let length = u128::from(self.ends[self.ends.len() - 1]);
        let (points, offset) = ((self.p * batches) as u128, u128::from(self.offset));
        let place = (point * length + offset) / points;
        let position = self.ends.partition_point(|&end| u128::from(end) <= place);
        let start = match position {
            0 => 0,
            _ => u128::from(self.ends[position - 1]),
        };
        // The first point at or behind the start: place ≥ start where point ≥ (start·N − offset) / W.
        let first = (start * points).saturating_sub(offset).div_ceil(length);
        (self.order[position], (point - first) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_are_those_of_the_library_but_for_rounding() {
        for base in [1.0, 2.0, 3.0, 40.0, 12_345.0, 4e9] {
            for exponent in [0.0, 0.5, 1.0, 0.3, 1.75, 2.0, -1.0, -0.4, 8.0] {
                let expected = f64::powf(base, exponent);
                let relative = (power(base, exponent) / expected - 1.0).abs();
                assert!(relative < 1e-12, "{base}^{exponent}: {relative:e}");
            }
        }
        assert_eq!(power(7.0, 1.0), 7.0);
        assert_eq!(power(9.0, 0.5), 3.0);
    }

    #[test]
    fn no_weight_is_more_than_a_pth_of_the_sum() {
        for (weights, p) in [
            (vec![5, 5, 5], 3),
            (vec![1, 1, 1_000_000], 2),
            (vec![1, 2, 3, 4, 5, 6, 7], 3),
            (vec![1, 1, 1, 900, 1000], 4),
            (vec![1, 1], 2),
            (vec![3, 8], 2),
            (vec![1, 1, 1], 2),
        ] {
            let cap = cap(&weights, p);
            let sum: u64 = weights.iter().map(|&weight| weight.min(cap)).sum();
            assert!(cap >= 1);
            assert!(
                weights.iter().all(|&w| w.min(cap) <= sum / p as u64),
                "{weights:?} {cap}"
            );
        }
        // Only what is too large is cut, and no further than it must be.
        assert_eq!(cap(&[1, 2, 3, 4], 2), 5);
        assert_eq!(cap(&[10, 1, 1, 1], 2), 3);
    }
}

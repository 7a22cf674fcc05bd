use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// Rows up to which a permutation is written down.
const LISTED: u32 = 1024;

/// A random order of `0..n` of which any place can be asked for.
///
/// A short one is a shuffled list. A long one is a Feistel network of four rounds on the smallest
/// square of bits that holds n, walked until it is back below n (Black and Rogaway, *Ciphers with
/// Arbitrary Finite Domains*, 2002), so that K of a million images cost K steps and no list.
#[derive(Debug)]
pub(crate) enum Permutation {
    Listed(Vec<u32>),
    Feistel { n: u32, half: u32, keys: [u64; 4] },
}

impl Permutation {
    /// A random order of `0..n`.
    pub(crate) fn new(n: u32, rng: &mut impl Rng) -> Self {
        if n <= LISTED {
            let mut list: Vec<u32> = (0..n).collect();
            list.shuffle(rng);
            return Self::Listed(list);
        }
        let bits = u32::BITS - (n - 1).leading_zeros();
        Self::Feistel {
            n,
            half: bits.div_ceil(2),
            keys: std::array::from_fn(|_| rng.random()),
        }
    }

    /// What stands at a place below n.
    pub(crate) fn at(&self, place: u32) -> u32 {
        match self {
            Self::Listed(list) => list[place as usize],
            &Self::Feistel { n, half, ref keys } => {
                let mut value = u64::from(place);
                // The square is below 4n, so a few steps lead back; they cannot miss, being a cycle.
                loop {
                    value = network(value, half, keys);
                    if value < u64::from(n) {
                        return value as u32;
                    }
                }
            }
        }
    }
}

fn network(value: u64, half: u32, keys: &[u64; 4]) -> u64 {
    let mask = (1u64 << half) - 1;
    let (mut left, mut right) = (value >> half, value & mask);
    for key in keys {
        (left, right) = (right, left ^ (mix(right ^ key) & mask));
    }
    left << half | right
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Purpose, stream};

    #[test]
    fn every_row_has_one_place() {
        for n in [0, 1, 2, 1023, 1024, 1025, 2047, 4096, 4097, 100_000] {
            let permutation = Permutation::new(n, &mut stream(7, Purpose::Images, 0, 0));
            let mut met = vec![false; n as usize];
            for place in 0..n {
                let row = permutation.at(place) as usize;
                assert!(!met[row], "{row} of {n} twice");
                met[row] = true;
            }
        }
        // The largest that there can be.
        let permutation = Permutation::new(u32::MAX, &mut stream(7, Purpose::Images, 0, 0));
        assert!((0..1000).all(|place| permutation.at(place) < u32::MAX));
    }

    #[test]
    fn a_long_order_looks_random() {
        let n = 50_000u32;
        let permutation = Permutation::new(n, &mut stream(3, Purpose::Images, 1, 2));
        // Places and rows have nothing in common: each quarter of the places has a quarter of each
        // quarter of the rows. The deviation of a count of 3125 is about 45.
        let mut counts = [[0i32; 4]; 4];
        for place in 0..n {
            counts[(place / (n / 4)) as usize][(permutation.at(place) / (n / 4)) as usize] += 1;
        }
        for count in counts.as_flattened() {
            assert!((count - 3125).abs() < 450, "{counts:?}");
        }
        let steps = (1..n).filter(|&i| permutation.at(i) == permutation.at(i - 1) + 1);
        assert!(steps.count() < 20);
    }
}

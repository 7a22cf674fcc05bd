use facenet_kernels::random::keyed_stream;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// What a random stream decides; streams of different purposes are independent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Identity = 1,
    Photograph = 2,
    Noise = 3,
}

/// The random stream of one purpose, identity and photograph.
#[derive(Debug, Clone)]
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64, purpose: Purpose, identity: u64, photograph: u64) -> Self {
        Self(keyed_stream([seed, purpose as u64, identity, photograph]))
    }

    /// A uniform number in `low..high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.0.random::<f32>() < probability
    }

    /// An approximately normal number with mean 0 and deviation 1, never beyond ±3.47.
    ///
    /// The sum of four uniform bytes: bounded, so that no pose or noise is ever absurd.
    pub(super) fn normal(&mut self) -> f32 {
        let sum: u32 = self.bits().to_le_bytes().into_iter().map(u32::from).sum();
        // Four uniform bytes have mean 510 and variance 4 (256² − 1) / 12.
        (sum as f32 - 510.0) / 147.8
    }

    pub(super) fn bits(&mut self) -> u32 {
        self.0.random()
    }

    /// One of the values, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, first: T, others: &[(f32, T)]) -> T {
        // `first` takes the weight that the others leave, so that the list cannot be empty.
        let mut at = self.between(0.0, 1.0);
        for &(weight, value) in others {
            if at < weight {
                return value;
            }
            at -= weight;
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_differ_by_every_part_of_their_key() {
        let bits = |seed, purpose, identity, photograph| {
            Dice::new(seed, purpose, identity, photograph).bits()
        };
        let all = [
            bits(1, Purpose::Identity, 2, 3),
            bits(0, Purpose::Identity, 2, 3),
            bits(1, Purpose::Photograph, 2, 3),
            bits(1, Purpose::Identity, 3, 2),
            bits(1, Purpose::Identity, 2, 4),
        ];
        for (i, a) in all.iter().enumerate() {
            assert!(all.iter().skip(i + 1).all(|b| a != b));
        }
    }

    #[test]
    fn normal_has_mean_zero_and_deviation_one() {
        let mut dice = Dice::new(5, Purpose::Noise, 0, 0);
        let n = 100_000;
        let (mut sum, mut squares) = (0.0_f64, 0.0_f64);
        for _ in 0..n {
            let x = f64::from(dice.normal());
            sum += x;
            squares += x * x;
        }
        let mean = sum / f64::from(n);
        assert!(mean.abs() < 0.02, "mean {mean}");
        assert!((squares / f64::from(n) - mean * mean - 1.0).abs() < 0.02);
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice::new(6, Purpose::Noise, 0, 0);
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            counts[dice.weighted(0_usize, &[(0.2, 1), (0.3, 2)])] += 1;
        }
        assert!((4_800..5_200).contains(&counts[0]), "{counts:?}");
        assert!((1_800..2_200).contains(&counts[1]), "{counts:?}");
    }
}

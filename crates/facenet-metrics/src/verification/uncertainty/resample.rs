use facenet_kernels::random::keyed_stream;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::verification::far::allowed;
use crate::verification::{DistanceValue, Scores};

/// The random numbers of one resample, the same on every platform and for any number of threads:
/// each resample has a stream of its own.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    pub(super) fn new(seed: u64, resample: u64) -> Draws {
        Draws(keyed_stream([seed, resample, 0, 0]))
    }

    /// How often each of `count` is drawn in `count` draws with replacement.
    pub(super) fn counts(&mut self, count: usize) -> Vec<u32> {
        let mut times = vec![0; count];
        for _ in 0..count {
            // The upper half of the product: its bias, count / 2⁶⁴, shows in no statistic.
            let at = (u128::from(self.0.next_u64()) * count as u128) >> 64;
            if let Some(slot) = times.get_mut(at as usize) {
                *slot += 1;
            }
        }
        times
    }
}

/// What the pairs say where each counts as often as it was drawn.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Resample {
    pub(super) auc: f64,
    pub(super) eer: f64,
    pub(super) accuracy: f64,
    pub(super) val: Vec<f64>,
}

impl Resample {
    /// `genuine` and `impostor` weigh the distances of `scores` in their order. `None` where the
    /// weights of a kind are all 0.
    pub(super) fn new<T: DistanceValue>(
        scores: &Scores<T>,
        genuine: impl Fn(usize) -> u64,
        impostor: impl Fn(usize) -> u64,
        fars: &[f64],
    ) -> Option<Resample> {
        let all_genuine: u64 = (0..scores.genuine().len()).map(&genuine).sum();
        let all_impostor: u64 = (0..scores.impostor().len()).map(&impostor).sum();
        if all_genuine == 0 || all_impostor == 0 {
            return None;
        }
        let (g, i) = (all_genuine as f64, all_impostor as f64);
        let (ng, ni) = (i128::from(all_genuine), i128::from(all_impostor));
        let limits: Vec<u64> = fars.iter().map(|&far| allowed(far, all_impostor)).collect();
        let mut val = vec![0.0; fars.len()];
        let (mut positions, mut ta, mut fa) = ((0, 0), 0u64, 0u64);
        let (mut doubled, mut gain, mut excess) = (0u128, 0i128, -1.0);
        let mut eer = None;
        for step in scores.steps() {
            let (ta_before, fa_before) = (ta, fa);
            ta += (positions.0..step.true_accepts).map(&genuine).sum::<u64>();
            fa += (positions.1..step.false_accepts)
                .map(&impostor)
                .sum::<u64>();
            positions = (step.true_accepts, step.false_accepts);
            if (ta, fa) == (ta_before, fa_before) {
                continue;
            }
            doubled += u128::from(fa - fa_before) * (u128::from(ta_before) + u128::from(ta));
            gain = gain.max(i128::from(ta) * ni - i128::from(fa) * ng);
            for (val, &limit) in val.iter_mut().zip(&limits) {
                if fa <= limit {
                    *val = ta as f64 / g;
                }
            }
            if eer.is_none() {
                let (far, next_far) = (fa_before as f64 / i, fa as f64 / i);
                let next_excess = next_far + ta as f64 / g - 1.0;
                if next_excess >= 0.0 {
                    eer = Some(far - excess / (next_excess - excess) * (next_far - far));
                }
                excess = next_excess;
            }
        }
        Some(Resample {
            auc: doubled as f64 / (2.0 * g * i),
            eer: eer?,
            accuracy: (1.0 + gain as f64 / (g * i)) / 2.0,
            val,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pair as often as its weight says.
    fn repeated(pairs: &[(f64, bool)], weight: &[u64]) -> Scores {
        let (mut distances, mut same) = (vec![], vec![]);
        for (&(distance, is_same), &times) in pairs.iter().zip(weight) {
            for _ in 0..times {
                distances.push(distance);
                same.push(is_same);
            }
        }
        Scores::new(&distances, &same).unwrap()
    }

    #[test]
    fn weights_are_repetitions() {
        let fars = [0.0, 0.1, 0.25, 0.5, 1.0];
        let mut draws = Draws::new(7, 0);
        for case in 0..300usize {
            let size = 1 + case % 12;
            let mut next = |bound: u64| draws.0.next_u64() % bound;
            let mut pairs: Vec<(f64, bool)> = (0..size)
                .map(|_| (next(5) as f64 / 4.0, next(2) == 0))
                .collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            let weight: Vec<u64> = (0..size).map(|_| next(4)).collect();
            let (distances, same): (Vec<f64>, Vec<bool>) = pairs.iter().copied().unzip();
            let scores = Scores::new(&distances, &same).unwrap();
            let of = |wanted: bool| -> Vec<u64> {
                let list = pairs.iter().zip(&weight);
                list.filter(|(p, _)| p.1 == wanted)
                    .map(|(_, &w)| w)
                    .collect()
            };
            let (genuine, impostor) = (of(true), of(false));
            let ours = Resample::new(&scores, |k| genuine[k], |k| impostor[k], &fars);
            let slow = repeated(&pairs, &weight);
            assert_eq!(ours.is_some(), slow.auc().is_some());
            let Some(ours) = ours else { continue };
            assert_eq!(Some(ours.auc), slow.auc());
            assert_eq!(Some(ours.eer), slow.eer());
            assert_eq!(
                Some(ours.accuracy),
                slow.balanced_accuracy().map(|b| b.accuracy)
            );
            for (&far, &val) in fars.iter().zip(&ours.val) {
                assert_eq!(slow.val_at_far(far).unwrap().map(|v| v.val), Some(val));
            }
        }
    }

    #[test]
    fn streams_differ_and_repeat() {
        let counts = |seed, resample| Draws::new(seed, resample).counts(50);
        assert_eq!(counts(1, 2), counts(1, 2));
        assert_ne!(counts(1, 2), counts(2, 1));
        assert_ne!(counts(1, 2), counts(1, 3));
        assert_eq!(counts(1, 2).iter().sum::<u32>(), 50);
        assert!(counts(1, 2).contains(&0) && counts(1, 2).iter().any(|&n| n > 1));
        assert!(Draws::new(0, 0).counts(0).is_empty());
        assert_eq!(Draws::new(0, 0).counts(1), [1]);
    }
}

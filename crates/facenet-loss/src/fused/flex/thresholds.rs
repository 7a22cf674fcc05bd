//! Sums over all triplets of an anchor without a look at each of them.
//!
//! With the thresholds t = d_ap + α in order, a negative at d_an violates those of the last c positives, where c is how
//! many thresholds are above d_an. Its cost is the sum of these c thresholds less c·d_an, its weight is −c, and the
//! weight of a positive is the number of negatives that count it among their c. So a batch of B embeddings with K images
//! of an identity takes O(B²) steps once the c are counted, not the O(B²·K) of its triplets.

use super::miner::Positive;
use crate::Margin;
use facenet_kernels::simd::vectorized_fused;

/// A positive and the distance up to which a negative violates the margin.
#[derive(Debug, Clone, Copy)]
pub(super) struct Threshold {
    pub(super) index: usize,
    pub(super) distance: f32,
    /// d_ap + α.
    pub(super) limit: f32,
}

/// Thresholds from the lowest to the highest. Rounding keeps their order that of the distances.
pub(super) fn order(positives: &[Positive], margin: Margin, ordered: &mut Vec<Threshold>) {
    let alpha = margin.alpha() as f32;
    ordered.clear();
    ordered.extend(positives.iter().map(|positive| Threshold {
        index: positive.index,
        distance: positive.distance,
        limit: positive.distance + alpha,
    }));
    ordered.sort_unstable_by(|a, b| {
        let by_distance = a.distance.total_cmp(&b.distance);
        by_distance.then(a.index.cmp(&b.index))
    });
}

/// Sums over the triplets of an anchor.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) cost: f64,
    pub(super) taken: u64,
    pub(super) violating: u64,
}

/// Sums over all negatives, each below the `above` highest thresholds, of which the `too_far` highest belong to positives
/// that do not take it; writes into `weights` in how many triplets each negative is, with a minus.
pub(super) fn sum(
    ordered: &[Threshold],
    negatives: &[f32],
    above: &[u32],
    too_far: Option<&[u32]>,
    weights: &mut [f32],
    tally: &mut Tally,
) -> Sums {
    tally.clear(ordered.len());
    let mut sums = Sums::default();
    let mut along = 0.0;
    let parts = negatives
        .chunks(PART)
        .zip(above.chunks(PART))
        .zip(weights.chunks_mut(PART));
    for (part, ((negatives, above), weights)) in parts.enumerate() {
        let mut none = [0; PART];
        let too_far = match too_far {
            Some(too_far) => {
                // A positive that is not nearer has a threshold above the negative, but for rounding.
                let too_far = &too_far[part * PART..];
                for ((none, too_far), above) in none.iter_mut().zip(too_far).zip(above) {
                    *none = (*too_far).min(*above);
                }
                &none[..above.len()]
            }
            None => &none[..above.len()],
        };
        let (distances, taken, violating) = vectorized_fused(
            #[inline(always)]
            |_| part_sums(negatives, above, too_far, weights),
        );
        along += distances;
        sums.taken += taken;
        sums.violating += violating;
        if violating > 0 {
            tally.add(above, too_far);
        }
    }
    sums.cost = tally.thresholds(ordered) - along;
    sums
}

/// Negatives that are summed up at a time.
const PART: usize = 512;

/// Sums of count · distance, of the counts, and of the violated thresholds.
#[inline(always)]
fn part_sums(
    negatives: &[f32],
    above: &[u32],
    too_far: &[u32],
    weights: &mut [f32],
) -> (f64, u64, u64) {
    let (mut distances, mut taken, mut violating) = ([0.0f64; 8], [0u32; 8], [0u32; 8]);
    let (negatives, _) = negatives.as_chunks::<8>();
    let (above, _) = above.as_chunks::<8>();
    for (block, (negatives, above)) in negatives.iter().zip(above).enumerate() {
        for lane in 0..8 {
            let count = above[lane] - too_far[block * 8 + lane];
            // What is no negative is infinite. (Vectors convert signed integers alone.)
            let distance = if count > 0 { negatives[lane] } else { 0.0 };
            distances[lane] += f64::from(distance) * f64::from(count as i32);
            taken[lane] += count;
            violating[lane] += above[lane];
        }
    }
    let counts = above.as_flattened().iter().zip(too_far);
    for (weight, (above, too_far)) in weights.iter_mut().zip(counts) {
        *weight = -((above - too_far) as i32 as f32);
    }
    let whole = |lanes: [u32; 8]| lanes.iter().map(|&n| u64::from(n)).sum::<u64>();
    (distances.iter().sum(), whole(taken), whole(violating))
}

/// How many negatives are below how many thresholds, in four tallies: neighbors are often alike, and a number that was
/// just written is slow to read.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<[i64; 4]>);

impl Tally {
    fn clear(&mut self, thresholds: usize) {
        self.0.clear();
        self.0.resize(thresholds + 1, [0; 4]);
    }

    fn add(&mut self, above: &[u32], too_far: &[u32]) {
        for (index, (&above, &too_far)) in above.iter().zip(too_far).enumerate() {
            self.0[above as usize][index % 4] += 1;
            self.0[too_far as usize][index % 4] -= 1;
        }
    }

    /// The sum of the thresholds of all triplets.
    fn thresholds(&self, ordered: &[Threshold]) -> f64 {
        let limits = ordered.iter().rev().map(|t| f64::from(t.limit));
        limits
            .zip(self.counts())
            .map(|(limit, count)| limit * count as f64)
            .sum()
    }

    /// How many negatives each positive is in a triplet with, from the highest threshold to the lowest.
    fn counts(&self) -> impl Iterator<Item = i64> + '_ {
        let below = |tallies: &[i64; 4]| tallies.iter().sum::<i64>();
        let all: i64 = self.0[1..].iter().map(below).sum();
        // The highest counts for those below any, the lowest for those below all.
        self.0[1..].iter().scan(all, move |left, tallies| {
            let count = *left;
            *left -= below(tallies);
            Some(count)
        })
    }

    /// Each positive and how many negatives it is in a triplet with.
    pub(super) fn pulls<'a>(
        &'a self,
        ordered: &'a [Threshold],
    ) -> impl Iterator<Item = (&'a Threshold, i64)> {
        ordered.iter().rev().zip(self.counts())
    }
}

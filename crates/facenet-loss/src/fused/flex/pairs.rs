//! What costs something for each pair of a positive and a negative: soft margins, and weights of random draws.

use super::counting::{BLOCK, BLOCKS, Extreme};
use super::soft::softplus_and_sigmoid;
use crate::mining::{Eligible, Weighting};
use facenet_kernels::simd::vectorized_fused;

/// Sums over the negatives of a pair.
#[derive(Debug, Default)]
pub(super) struct PairSums {
    pub(super) cost: f64,
    pub(super) slope: f64,
    pub(super) selected: u64,
    pub(super) active: u64,
    pub(super) violating: u64,
}

/// Costs of all eligible negatives of a positive under a soft margin; adds their slopes to `pushes`.
pub(super) fn soft(
    eligible: Eligible,
    distance: f32,
    limit: f32,
    negatives: &[f32],
    pushes: &mut [f32],
) -> PairSums {
    // What is eligible lies between two bounds; no negative is below 0, and what is none is infinite.
    let (above, below) = match eligible {
        Eligible::Every => (-1.0, f32::INFINITY),
        Eligible::Farther => (distance, f32::INFINITY),
        Eligible::Band => (distance, limit),
        Eligible::Violating => (-1.0, limit),
    };
    vectorized_fused(
        #[inline(always)]
        |_| {
            let mut total = PairSums::default();
            let (negatives, _) = negatives.as_chunks::<BLOCK>();
            let (pushes, _) = pushes.as_chunks_mut::<BLOCK>();
            for (negatives, pushes) in negatives.chunks(BLOCKS).zip(pushes.chunks_mut(BLOCKS)) {
                let (mut costs, mut slopes) = ([0.0; BLOCK], [0.0; BLOCK]);
                let (mut selected, mut active) = ([0u32; BLOCK], [0u32; BLOCK]);
                let mut violating = [0u32; BLOCK];
                for (negatives, pushes) in negatives.iter().zip(pushes) {
                    for lane in 0..BLOCK {
                        let negative = negatives[lane];
                        let taken = (negative > above) & (negative < below);
                        let (cost, slope) = softplus_and_sigmoid(limit - negative);
                        let cost = if taken { cost } else { 0.0 };
                        let slope = if taken { slope } else { 0.0 };
                        costs[lane] += cost;
                        slopes[lane] += slope;
                        pushes[lane] += slope;
                        selected[lane] += u32::from(taken);
                        active[lane] += u32::from(cost > 0.0);
                        violating[lane] += u32::from(negative < limit);
                    }
                }
                let whole = |lanes: [u32; BLOCK]| lanes.iter().map(|&n| u64::from(n)).sum::<u64>();
                total.cost += f64::from(costs.iter().sum::<f32>());
                total.slope += f64::from(slopes.iter().sum::<f32>());
                total.selected += whole(selected);
                total.active += whole(active);
                total.violating += whole(violating);
            }
            total
        },
    )
}

/// Running sums of the weights of distance-weighted mining.
pub(super) fn shares(weighting: &Weighting, negatives: &[f32], shares: &mut Vec<u32>) {
    let level = |distance: f32| {
        let bin = distance * weighting.scale;
        let levels = &weighting.levels;
        (bin < levels.len() as f32).then(|| levels[bin as usize])
    };
    let most = negatives
        .iter()
        .filter_map(|&distance| level(distance))
        .max();
    let mut sum = 0;
    shares.clear();
    shares.extend(negatives.iter().map(|&distance| {
        if let (Some(level), Some(most)) = (level(distance), most) {
            sum += weighting
                .parts
                .get((most - level) as usize)
                .copied()
                .unwrap_or(0);
        }
        sum
    }));
}

/// The negative in whose share number ⌊draw·sum⌋ lies.
pub(super) fn drawn(shares: &[u32], negatives: &[f32], draw: f32) -> Extreme {
    let sum = shares.last().copied().unwrap_or(0);
    if sum == 0 {
        return Extreme::NONE;
    }
    let number = (draw * sum as f32).floor() as u32;
    let index = shares.partition_point(|&end| end <= number);
    Extreme {
        distance: negatives[index],
        index,
    }
}

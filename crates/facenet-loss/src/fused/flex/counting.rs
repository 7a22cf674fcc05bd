//! Passes over the negatives of an anchor, in vectors.

use super::thresholds::Threshold;
use facenet_kernels::simd::vectorized_fused;

/// Negatives that stay in registers while something passes by; their number is rounded up to a multiple of it.
pub(super) const BLOCK: usize = 32;
/// Blocks after which sums in f32 are added up in f64.
pub(super) const BLOCKS: usize = 32;
/// Thresholds from which on looking one up is faster than comparing with all.
const MANY: usize = 160;

/// Sums over a row of distances.
pub(super) struct RowSums {
    /// Of the negatives' distances.
    pub(super) negatives: f64,
    /// Whether all distances are finite.
    pub(super) finite: bool,
}

/// Writes the distances of the negatives, and infinity elsewhere and up to the end of the last block.
pub(super) fn separate(
    row: &[f32],
    identities: &[u32],
    identity: u32,
    negatives: &mut Vec<f32>,
) -> RowSums {
    negatives.resize(row.len().next_multiple_of(BLOCK), f32::INFINITY);
    let (blocks, rest) = row.as_chunks::<BLOCK>();
    let (block_identities, rest_identities) = identities.as_chunks::<BLOCK>();
    let (outs, last_out) = negatives
        .as_chunks_mut::<BLOCK>()
        .0
        .split_at_mut(blocks.len());
    // What fills the last block up passes for the anchor itself.
    let (mut last, mut last_identities) = ([0.0; BLOCK], [identity; BLOCK]);
    last[..rest.len()].copy_from_slice(rest);
    last_identities[..rest.len()].copy_from_slice(rest_identities);
    vectorized_fused(
        #[inline(always)]
        |_| {
            let mut total = 0.0;
            let mut worst = [0.0; BLOCK];
            let parts = blocks.chunks(BLOCKS).zip(block_identities.chunks(BLOCKS));
            for ((blocks, identities), outs) in parts.zip(outs.chunks_mut(BLOCKS)) {
                let mut sums = [0.0; BLOCK];
                for ((block, identities), out) in blocks.iter().zip(identities).zip(outs) {
                    separate_block(block, identities, identity, out, &mut sums, &mut worst);
                }
                total += f64::from(sums.iter().sum::<f32>());
            }
            if let Some(out) = last_out.first_mut() {
                let mut sums = [0.0; BLOCK];
                separate_block(
                    &last,
                    &last_identities,
                    identity,
                    out,
                    &mut sums,
                    &mut worst,
                );
                total += f64::from(sums.iter().sum::<f32>());
            }
            RowSums {
                negatives: total,
                finite: worst.iter().all(|worst| *worst == 0.0),
            }
        },
    )
}

/// One block of [`separate`]; `worst` becomes NaN where a distance is not finite.
#[inline(always)]
fn separate_block(
    block: &[f32; BLOCK],
    identities: &[u32; BLOCK],
    identity: u32,
    out: &mut [f32; BLOCK],
    sums: &mut [f32; BLOCK],
    worst: &mut [f32; BLOCK],
) {
    for lane in 0..BLOCK {
        let distance = block[lane];
        let own = identities[lane] == identity;
        out[lane] = if own { f32::INFINITY } else { distance };
        sums[lane] += if own { 0.0 } else { distance };
        // 0 times a number is 0, times infinity or NaN it is NaN.
        worst[lane] += distance * 0.0;
    }
}

/// A negative by its distance and the lowest index that has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extreme {
    pub(super) distance: f32,
    pub(super) index: usize,
}

impl Extreme {
    pub(super) const NONE: Self = Self {
        distance: f32::INFINITY,
        index: usize::MAX,
    };

    /// Itself where it is nearer than `limit`.
    pub(super) fn below(self, limit: f32) -> Self {
        match self.distance < limit {
            true => self,
            false => Self::NONE,
        }
    }
}

/// The nearest negative.
pub(super) fn nearest(negatives: &[f32]) -> Extreme {
    let least = vectorized_fused(
        #[inline(always)]
        |_| {
            let mut least = [f32::INFINITY; BLOCK];
            for block in negatives.as_chunks::<BLOCK>().0 {
                for lane in 0..BLOCK {
                    least[lane] = lesser(block[lane], least[lane]);
                }
            }
            least.into_iter().fold(f32::INFINITY, lesser)
        },
    );
    first_at(negatives, least)
}

/// The farthest negative.
pub(super) fn farthest(negatives: &[f32]) -> Extreme {
    let most = vectorized_fused(
        #[inline(always)]
        |_| {
            let mut most = [f32::NEG_INFINITY; BLOCK];
            for block in negatives.as_chunks::<BLOCK>().0 {
                for lane in 0..BLOCK {
                    let distance = block[lane];
                    let farther = (distance > most[lane]) & (distance < f32::INFINITY);
                    most[lane] = if farther { distance } else { most[lane] };
                }
            }
            most.into_iter().fold(f32::NEG_INFINITY, f32::max)
        },
    );
    first_at(negatives, most)
}

/// The least distance above `distance` that a negative has; infinite where there is none.
pub(super) fn next_above(negatives: &[f32], distance: f32) -> f32 {
    vectorized_fused(
        #[inline(always)]
        |_| {
            let mut next = [f32::INFINITY; BLOCK];
            for block in negatives.as_chunks::<BLOCK>().0 {
                for lane in 0..BLOCK {
                    let other = block[lane];
                    let farther = if other > distance {
                        other
                    } else {
                        f32::INFINITY
                    };
                    next[lane] = lesser(farther, next[lane]);
                }
            }
            next.into_iter().fold(f32::INFINITY, lesser)
        },
    )
}

/// What one instruction computes, as there is no NaN here.
#[inline(always)]
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// The first negative at a distance that one of them has; none at an infinite one.
pub(super) fn first_at(negatives: &[f32], distance: f32) -> Extreme {
    if distance == f32::INFINITY {
        return Extreme::NONE;
    }
    let block = vectorized_fused(
        #[inline(always)]
        |_| {
            let blocks = negatives.as_chunks::<BLOCK>().0;
            blocks.iter().position(
                #[inline(always)]
                |block| {
                    let mut any = false;
                    for other in block {
                        any |= *other == distance;
                    }
                    any
                },
            )
        },
    );
    let found = block.and_then(|block| {
        let start = block * BLOCK;
        let place = negatives[start..]
            .iter()
            .position(|&other| other == distance);
        place.map(|place| start + place)
    });
    match found {
        Some(index) => Extreme { distance, index },
        None => Extreme::NONE,
    }
}

/// Of the c negatives between `above` and `below`, both exclusive, number ⌊draw·c⌋ by index.
pub(super) fn drawn(negatives: &[f32], above: f32, below: f32, draw: f32) -> Extreme {
    let count_in = |blocks: &[[f32; BLOCK]]| {
        vectorized_fused(
            #[inline(always)]
            |_| {
                let mut counts = [0u32; BLOCK];
                for block in blocks {
                    for lane in 0..BLOCK {
                        let distance = block[lane];
                        counts[lane] += u32::from((distance > above) & (distance < below));
                    }
                }
                counts.iter().sum::<u32>()
            },
        )
    };
    let blocks = negatives.as_chunks::<BLOCK>().0;
    let count = count_in(blocks);
    let mut left = (draw * count as f32).floor() as u32;
    if count == 0 {
        return Extreme::NONE;
    }
    for (number, block) in blocks.iter().enumerate() {
        let here = count_in(std::slice::from_ref(block));
        if left >= here {
            left -= here;
            continue;
        }
        let eligible = block
            .iter()
            .enumerate()
            .filter(|&(_, &d)| d > above && d < below);
        if let Some((place, &distance)) = eligible.into_iter().nth(left as usize) {
            return Extreme {
                distance,
                index: number * BLOCK + place,
            };
        }
    }
    Extreme::NONE
}

/// For each negative, how many thresholds are above it.
pub(super) fn above(ordered: &[Threshold], negatives: &[f32], counts: &mut Vec<u32>) {
    let limits: Vec<f32> = ordered.iter().map(|threshold| threshold.limit).collect();
    count(&limits, negatives, counts, |limit, negative| {
        limit > negative
    });
}

/// For each negative, how many positives are at least as far.
pub(super) fn at_least(ordered: &[Threshold], negatives: &[f32], counts: &mut Vec<u32>) {
    let distances: Vec<f32> = ordered.iter().map(|threshold| threshold.distance).collect();
    count(&distances, negatives, counts, |distance, negative| {
        distance >= negative
    });
}

/// For each negative, how many of the `values`, which are in order, stand in `relation` to it: the highest ones.
fn count(
    values: &[f32],
    negatives: &[f32],
    counts: &mut Vec<u32>,
    relation: impl Fn(f32, f32) -> bool + Copy,
) {
    counts.clear();
    if values.len() >= MANY {
        counts.extend(negatives.iter().map(|&negative| {
            let others = values.partition_point(|&value| !relation(value, negative));
            (values.len() - others) as u32
        }));
        return;
    }
    counts.resize(negatives.len(), 0);
    let counts = counts.as_mut_slice();
    // Four values in a pass, so that counts are not written for each; what fills the last four up is below everything.
    let mut fours = values.to_vec();
    fours.resize(values.len().next_multiple_of(4), f32::NEG_INFINITY);
    vectorized_fused(
        #[inline(always)]
        |_| {
            for four in fours.as_chunks::<4>().0 {
                for (count, &negative) in counts.iter_mut().zip(negatives) {
                    *count += u32::from(relation(four[0], negative))
                        + u32::from(relation(four[1], negative))
                        + u32::from(relation(four[2], negative))
                        + u32::from(relation(four[3], negative));
                }
            }
        },
    );
}

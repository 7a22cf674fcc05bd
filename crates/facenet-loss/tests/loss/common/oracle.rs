//! The loss by explicit loops over explicit triplets, in f64 and on the host.
//!
//! Only what decides a selection takes part in rounding: the distances are those of the device and d_ap + α is
//! rounded as they are, so that ties and triplets at the margin come out the same and counts can be compared exactly.

use facenet_loss::{Distance, Hardness, Margin, Mining, Pick, Reduction, TripletLossConfig};

use super::Batch;

pub type Matrix = Vec<Vec<f64>>;

/// What the loops give.
#[derive(Debug, Clone)]
pub struct Expected {
    pub triplets: Vec<[usize; 3]>,
    pub loss: f64,
    pub gradient: Vec<f64>,
    pub valid_anchors: u64,
    pub valid_triplets: u64,
    pub active_triplets: u64,
    pub violating_triplets: u64,
    pub mean_d_ap: Option<f64>,
    pub mean_d_an: Option<f64>,
}

/// d(x, y) by its definition.
pub fn distance(distance: Distance, x: &[f64], y: &[f64]) -> f64 {
    let squared: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
    match distance {
        Distance::SquaredEuclidean => squared,
        Distance::Euclidean => squared.sqrt(),
        Distance::Cosine => match (norm(x) == 0.0, norm(y) == 0.0) {
            (true, true) => 0.0,
            (false, false) => 1.0 - dot(x, y) / (norm(x) * norm(y)),
            _ => 0.5,
        },
        _ => unreachable!("a distance without an oracle"),
    }
}

/// ∂d(x, y)/∂x by its definition; 0 where there is none.
pub fn distance_gradient(distance: Distance, x: &[f64], y: &[f64]) -> Vec<f64> {
    let difference = || x.iter().zip(y).map(|(x, y)| x - y);
    match distance {
        Distance::SquaredEuclidean => difference().map(|d| 2.0 * d).collect(),
        Distance::Euclidean => {
            let length = difference().map(|d| d * d).sum::<f64>().sqrt();
            difference()
                .map(|d| if length == 0.0 { 0.0 } else { d / length })
                .collect()
        }
        Distance::Cosine if norm(x) == 0.0 || norm(y) == 0.0 => vec![0.0; x.len()],
        Distance::Cosine => {
            let (nx, ny) = (norm(x), norm(y));
            let cosine = dot(x, y) / (nx * ny);
            x.iter()
                .zip(y)
                .map(|(x, y)| cosine * x / (nx * nx) - y / (nx * ny))
                .collect()
        }
        _ => unreachable!("a distance without an oracle"),
    }
}

pub fn distances(kind: Distance, batch: &Batch) -> Matrix {
    let row = |x: &Vec<f64>| batch.rows.iter().map(|y| distance(kind, x, y)).collect();
    batch.rows.iter().map(row).collect()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn norm(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

/// Rounds as the device does.
pub type Round = fn(f64) -> f64;
pub const F32: Round = |x| f64::from(x as f32);
pub const F64: Round = |x| x;

fn threshold(d_ap: f64, alpha: f64, round: Round) -> f64 {
    round(d_ap + round(alpha))
}

/// The selected triplets.
pub fn select(
    config: &TripletLossConfig,
    batch: &Batch,
    d: &Matrix,
    round: Round,
) -> Vec<[usize; 3]> {
    let alpha = config.margin.alpha();
    let mut triplets = Vec::new();
    for (index, a) in batch.anchors.clone().enumerate() {
        let negatives = negatives_of(batch, a);
        for (rank, p) in positives(config.mining, batch, a, d)
            .into_iter()
            .enumerate()
        {
            let limit = threshold(d[a][p], alpha, round);
            let those = |keep: &dyn Fn(f64) -> bool| -> Vec<usize> {
                negatives
                    .iter()
                    .copied()
                    .filter(|&n| keep(d[a][n]))
                    .collect()
            };
            let farther = || those(&|d_an| d_an > d[a][p]);
            let picked = match config.mining {
                Mining::BatchAll => negatives.clone(),
                Mining::BatchHard | Mining::HardestNegative => nearest(&negatives, &d[a]),
                Mining::SemiHardBand(pick) => take(
                    pick,
                    those(&|d_an| d[a][p] < d_an && d_an < limit),
                    index,
                    rank,
                    &d[a],
                ),
                Mining::Violators(pick) => {
                    take(pick, those(&|d_an| d_an < limit), index, rank, &d[a])
                }
                Mining::NearestFarther if farther().is_empty() => farthest(&negatives, &d[a]),
                Mining::NearestFarther => nearest(&farther(), &d[a]),
                Mining::Combined { negative, .. } => match negative {
                    Hardness::Easy => farthest(&negatives, &d[a]),
                    Hardness::SemiHard => nearest(&farther(), &d[a]),
                    Hardness::Hard => nearest(&negatives, &d[a]),
                },
                Mining::DistanceWeighted { seed } => {
                    let draw = draw(seed, index, rank);
                    weighted(config.distance, batch, &negatives, &d[a], draw)
                }
                _ => unreachable!("a rule without an oracle"),
            };
            triplets.extend(picked.into_iter().map(|n| [a, p, n]));
        }
    }
    triplets
}

fn positives_of(batch: &Batch, a: usize) -> Vec<usize> {
    let of = batch.candidates.clone();
    of.filter(|&p| p != a && batch.labels[p] == batch.labels[a])
        .collect()
}

fn negatives_of(batch: &Batch, a: usize) -> Vec<usize> {
    let of = batch.candidates.clone();
    of.filter(|&n| batch.labels[n] != batch.labels[a]).collect()
}

/// The positives that a rule looks at.
fn positives(mining: Mining, batch: &Batch, a: usize, d: &Matrix) -> Vec<usize> {
    let all = positives_of(batch, a);
    match mining {
        Mining::BatchHard => farthest(&all, &d[a]),
        Mining::Combined { positive, negative } => match positive {
            Hardness::Easy => nearest(&all, &d[a]),
            Hardness::Hard => farthest(&all, &d[a]),
            Hardness::SemiHard => {
                let others = negatives_of(batch, a);
                let negative = match negative {
                    Hardness::Easy => farthest(&others, &d[a]),
                    _ => nearest(&others, &d[a]),
                };
                let Some(&n) = negative.first() else {
                    return Vec::new();
                };
                let nearer: Vec<usize> = all.into_iter().filter(|&p| d[a][p] < d[a][n]).collect();
                farthest(&nearer, &d[a])
            }
        },
        _ => all,
    }
}

/// One of the negatives, by 1/q in 8192 bins of the distance and in steps of a 256th of an octave, in parts of the
/// largest: whole numbers that add up to 2²⁴ at most.
fn weighted(kind: Distance, batch: &Batch, of: &[usize], d: &[f64], draw: f64) -> Vec<usize> {
    let (end, square): (f64, fn(f64) -> f64) = match kind {
        Distance::SquaredEuclidean => (1.96, |d| d),
        Distance::Euclidean => (1.4, |d| d * d),
        _ => (0.98, |d| 2.0 * d),
    };
    let n = batch.dim as f64;
    let level = |of: usize| {
        let bin = (d[of] as f32 * (8192.0 / end) as f32).floor();
        let square = square(end * (f64::from(bin) + 0.5) / 8192.0).max(0.25);
        let log2 = (2.0 - n) / 2.0 * square.log2() + (3.0 - n) / 2.0 * (1.0 - square / 4.0).log2();
        (bin < 8192.0).then_some((log2 * 256.0).round())
    };
    let most = of.iter().filter_map(|&n| level(n)).fold(f64::MIN, f64::max);
    let parts = f64::from((1 << 24) / batch.candidates.len() as i32);
    let weight = |n: usize| match level(n) {
        Some(level) => (parts * ((level - most) / 256.0).exp2()).floor(),
        None => 0.0,
    };
    let mut left = (draw * of.iter().map(|&n| weight(n)).sum::<f64>()).floor();
    for &n in of {
        if left < weight(n) {
            return vec![n];
        }
        left -= weight(n);
    }
    Vec::new()
}

fn nearest(of: &[usize], d: &[f64]) -> Vec<usize> {
    let mut best: Option<usize> = None;
    for &i in of {
        if best.is_none_or(|b| d[i] < d[b]) {
            best = Some(i);
        }
    }
    best.into_iter().collect()
}

fn farthest(of: &[usize], d: &[f64]) -> Vec<usize> {
    let mut best: Option<usize> = None;
    for &i in of {
        if best.is_none_or(|b| d[i] > d[b]) {
            best = Some(i);
        }
    }
    best.into_iter().collect()
}

fn take(pick: Pick, of: Vec<usize>, a: usize, rank: usize, d: &[f64]) -> Vec<usize> {
    match pick {
        Pick::All => of,
        Pick::Nearest => nearest(&of, d),
        Pick::Random(_) if of.is_empty() => of,
        Pick::Random(seed) => {
            let number = (draw(seed, a, rank) * of.len() as f64) as usize;
            vec![of[number]]
        }
    }
}

/// The draw for an anchor and the rank of its positive, as every implementation has to make it.
fn draw(seed: u64, anchor: usize, rank: usize) -> f64 {
    let mut hash = 0x9e37_79b9_u32;
    for word in [seed as u32, (seed >> 32) as u32, anchor as u32, rank as u32] {
        hash ^= word;
        hash ^= hash >> 16;
        hash = hash.wrapping_mul(0x85eb_ca6b);
        hash ^= hash >> 13;
        hash = hash.wrapping_mul(0xc2b2_ae35);
        hash ^= hash >> 16;
    }
    f64::from(hash >> 8) / 16_777_216.0
}

fn cost_and_slope(margin: Margin, d_ap: f64, d_an: f64, round: Round) -> (f64, f64) {
    let x = threshold(d_ap, margin.alpha(), round) - d_an;
    match margin {
        Margin::Hinge(_) if x > 0.0 => (x, 1.0),
        Margin::Hinge(_) => (0.0, 0.0),
        _ => (x.exp().ln_1p(), 1.0 / (1.0 + (-x).exp())),
    }
}

/// Everything, for the distances `d` that the device found.
pub fn expect(config: &TripletLossConfig, batch: &Batch, d: &Matrix, round: Round) -> Expected {
    let alpha = config.margin.alpha();
    let triplets = select(config, batch, d, round);
    let size = batch.len();

    let costs: Vec<(f64, f64)> = triplets
        .iter()
        .map(|&[a, p, n]| cost_and_slope(config.margin, d[a][p], d[a][n], round))
        .collect();
    let active = costs.iter().filter(|(cost, _)| *cost > 0.0).count();
    let valid_anchors = batch
        .anchors
        .clone()
        .filter(|&a| !positives_of(batch, a).is_empty() && !negatives_of(batch, a).is_empty())
        .count();
    let divisor = match config.reduction {
        Reduction::MeanActive => active,
        Reduction::MeanSelected => triplets.len(),
        Reduction::MeanAnchors => valid_anchors,
        Reduction::Sum => 1,
        _ => unreachable!("a reduction without an oracle"),
    };
    let divisor = divisor.max(1) as f64;

    let mut gradient = vec![vec![0.0; batch.dim]; size];
    for (&[a, p, n], &(_, slope)) in triplets.iter().zip(&costs) {
        for (other, sign) in [(p, 1.0), (n, -1.0)] {
            for (at, from) in [(a, other), (other, a)] {
                let slopes = distance_gradient(config.distance, &batch.rows[at], &batch.rows[from]);
                for (sum, by) in gradient[at].iter_mut().zip(slopes) {
                    *sum += sign * slope * by / divisor;
                }
            }
        }
    }

    let (mut d_ap, mut d_an, mut valid_triplets, mut violating) = (vec![], vec![], 0, 0);
    for a in batch.anchors.clone() {
        let (of_a, others) = (positives_of(batch, a), negatives_of(batch, a));
        d_ap.extend(of_a.iter().map(|&j| d[a][j]));
        d_an.extend(others.iter().map(|&j| d[a][j]));
        valid_triplets += of_a.len() * others.len();
        for p in positives(config.mining, batch, a, d) {
            let limit = threshold(d[a][p], alpha, round);
            violating += others.iter().filter(|&&n| d[a][n] < limit).count();
        }
    }
    let mean = |d: &[f64]| (!d.is_empty()).then(|| d.iter().sum::<f64>() / d.len() as f64);
    Expected {
        loss: costs.iter().map(|(cost, _)| cost).sum::<f64>() / divisor,
        gradient: gradient.into_iter().flatten().collect(),
        valid_anchors: valid_anchors as u64,
        valid_triplets: valid_triplets as u64,
        active_triplets: active as u64,
        violating_triplets: violating as u64,
        mean_d_ap: mean(&d_ap),
        mean_d_an: mean(&d_an),
        triplets,
    }
}

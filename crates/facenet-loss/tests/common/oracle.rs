//! The loss by explicit loops over explicit triplets, in f64 and on the host.
//!
//! Only what decides a selection takes part in rounding: the distances are those of the device and d_ap + α is
//! rounded as they are, so that ties and triplets at the margin come out the same and counts can be compared exactly.

use facenet_loss::{Distance, Margin, Mining, Pick, Reduction, TripletLossConfig};

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
    mining: Mining,
    alpha: f64,
    d: &Matrix,
    labels: &[i32],
    round: Round,
) -> Vec<[usize; 3]> {
    let mut triplets = Vec::new();
    for a in 0..labels.len() {
        let negatives: Vec<usize> = (0..labels.len())
            .filter(|&n| labels[n] != labels[a])
            .collect();
        for (rank, p) in positives(mining, a, d, labels).into_iter().enumerate() {
            let limit = threshold(d[a][p], alpha, round);
            let those = |keep: &dyn Fn(f64) -> bool| -> Vec<usize> {
                negatives
                    .iter()
                    .copied()
                    .filter(|&n| keep(d[a][n]))
                    .collect()
            };
            let picked = match mining {
                Mining::BatchAll => negatives.clone(),
                Mining::BatchHard | Mining::HardestNegative => nearest(&negatives, &d[a]),
                Mining::SemiHardBand(pick) => take(
                    pick,
                    those(&|d_an| d[a][p] < d_an && d_an < limit),
                    a,
                    rank,
                    &d[a],
                ),
                Mining::Violators(pick) => take(pick, those(&|d_an| d_an < limit), a, rank, &d[a]),
                Mining::NearestFarther => {
                    let farther = those(&|d_an| d_an > d[a][p]);
                    if farther.is_empty() {
                        farthest(&negatives, &d[a])
                    } else {
                        nearest(&farther, &d[a])
                    }
                }
                _ => unreachable!("a rule without an oracle"),
            };
            triplets.extend(picked.into_iter().map(|n| [a, p, n]));
        }
    }
    triplets
}

/// The positives that a rule looks at.
fn positives(mining: Mining, a: usize, d: &Matrix, labels: &[i32]) -> Vec<usize> {
    let all: Vec<usize> = (0..labels.len())
        .filter(|&p| p != a && labels[p] == labels[a])
        .collect();
    if mining == Mining::BatchHard {
        farthest(&all, &d[a])
    } else {
        all
    }
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
    let (labels, alpha) = (&batch.labels, config.margin.alpha());
    let triplets = select(config.mining, alpha, d, labels, round);
    let size = batch.len();
    let is_positive = |a: usize, j: usize| j != a && labels[j] == labels[a];
    let is_negative = |a: usize, j: usize| labels[j] != labels[a];

    let costs: Vec<(f64, f64)> = triplets
        .iter()
        .map(|&[a, p, n]| cost_and_slope(config.margin, d[a][p], d[a][n], round))
        .collect();
    let active = costs.iter().filter(|(cost, _)| *cost > 0.0).count();
    let valid_anchors = (0..size)
        .filter(|&a| (0..size).any(|j| is_positive(a, j)) && (0..size).any(|j| is_negative(a, j)))
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
    for a in 0..size {
        d_ap.extend((0..size).filter(|&j| is_positive(a, j)).map(|j| d[a][j]));
        d_an.extend((0..size).filter(|&j| is_negative(a, j)).map(|j| d[a][j]));
        let negatives: Vec<usize> = (0..size).filter(|&j| is_negative(a, j)).collect();
        valid_triplets += (0..size).filter(|&j| is_positive(a, j)).count() * negatives.len();
        for p in positives(config.mining, a, d, labels) {
            let limit = threshold(d[a][p], alpha, round);
            violating += negatives.iter().filter(|&&n| d[a][n] < limit).count();
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

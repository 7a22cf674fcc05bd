//! Batches of embeddings, each made to touch something.

use std::ops::Range;

/// Embeddings and labels, on the host.
#[derive(Debug, Clone)]
pub struct Batch {
    pub name: String,
    pub dim: usize,
    pub rows: Vec<Vec<f64>>,
    pub labels: Vec<i32>,
    /// The rows whose triplets are looked for.
    pub anchors: Range<usize>,
    /// The rows that are their positives and negatives.
    pub candidates: Range<usize>,
}

/// Identities that a cast to f32 would merge: the two around 2²⁴, and the two at the end of i32.
const IDENTITIES: [i32; 6] = [16_777_217, -7, 16_777_216, i32::MAX, i32::MIN, i32::MAX - 1];

pub const DIM: usize = 8;

impl Batch {
    pub fn new(name: &str, rows: Vec<Vec<f64>>, labels: Vec<i32>) -> Self {
        assert_eq!(rows.len(), labels.len());
        // What the device sees is f32, so what the oracle sees must be.
        let rows = rows
            .into_iter()
            .map(|row| row.into_iter().map(|x| f64::from(x as f32)).collect());
        Self {
            name: name.to_owned(),
            dim: DIM,
            anchors: 0..labels.len(),
            candidates: 0..labels.len(),
            rows: rows.collect(),
            labels,
        }
    }

    /// The same rows, some of which are anchors and some of which are candidates.
    pub fn among(&self, anchors: Range<usize>, candidates: Range<usize>) -> Self {
        Self {
            name: format!("{} {anchors:?} among {candidates:?}", self.name),
            anchors,
            candidates,
            ..self.clone()
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn flat(&self) -> Vec<f64> {
        self.rows.iter().flatten().copied().collect()
    }
}

/// A small generator, so that a batch is the same wherever the tests run.
pub struct Rng(u64);

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }

    pub fn unit(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Roughly normal.
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

fn normalized(mut row: Vec<f64>) -> Vec<f64> {
    let norm = row.iter().map(|x| x * x).sum::<f64>().sqrt();
    row.iter_mut().for_each(|x| *x /= norm);
    row
}

fn some_labels(size: usize, rng: &mut Rng) -> Vec<i32> {
    (0..size)
        .map(|_| IDENTITIES[rng.below(IDENTITIES.len().min(size / 3 + 2))])
        .collect()
}

/// Unit vectors in all directions.
pub fn random(size: usize) -> Batch {
    let mut rng = Rng::new(11 + size as u64);
    let rows = (0..size)
        .map(|_| normalized((0..DIM).map(|_| rng.normal()).collect()))
        .collect();
    Batch::new("random", rows, some_labels(size, &mut rng))
}

/// Vectors of several lengths, one of them zero.
pub fn lengths(size: usize) -> Batch {
    let mut batch = random(size);
    for (index, row) in batch.rows.iter_mut().enumerate() {
        row.iter_mut().for_each(|x| *x *= (index % 5) as f64 * 0.5);
    }
    batch.name = "lengths".to_owned();
    batch
}

/// Unit vectors around one center for each identity: every kind of triplet, easy, semi-hard and hard.
pub fn clustered(size: usize) -> Batch {
    clustered_in(size, DIM)
}

/// [`clustered`] in another number of dimensions.
pub fn clustered_in(size: usize, dim: usize) -> Batch {
    let mut rng = Rng::new(23 + size as u64);
    let labels = some_labels(size, &mut rng);
    Batch {
        dim,
        ..Batch::new("clustered", around_centers(&labels, dim, &mut rng), labels)
    }
}

fn around_centers(labels: &[i32], dim: usize, rng: &mut Rng) -> Vec<Vec<f64>> {
    let row = |label: &i32| {
        let mut center = Rng::new(u64::from(label.unsigned_abs()) + 5);
        normalized(
            (0..dim)
                .map(|_| center.normal() + 1.5 + 0.6 * rng.normal())
                .collect(),
        )
    };
    labels.iter().map(row).collect()
}

/// Four coordinates of eight are ±½: unit vectors with few different distances, all exact in f32, and duplicates.
pub fn tied(size: usize) -> Batch {
    let mut rng = Rng::new(37 + size as u64);
    let rows = (0..size).map(|_| {
        let mut row = vec![0.0; DIM];
        let shift = rng.below(2) * 2;
        row[shift..shift + 4]
            .iter_mut()
            .for_each(|x| *x = if rng.unit() < 0.7 { 0.5 } else { -0.5 });
        row
    });
    let rows = rows.collect();
    Batch::new("tied", rows, some_labels(size, &mut rng))
}

/// Each embedding of a random batch twice, as often under one identity as under two.
pub fn duplicates(size: usize) -> Batch {
    let mut batch = random(size);
    for index in (1..size).step_by(2) {
        batch.rows[index] = batch.rows[index - 1].clone();
    }
    batch.name = "duplicates".to_owned();
    batch
}

/// One point.
pub fn collapsed(size: usize) -> Batch {
    let mut batch = random(size);
    if let Some(first) = batch.rows.first().cloned() {
        batch.rows.fill(first);
    }
    batch.name = "collapsed".to_owned();
    batch
}

pub fn single_identity(size: usize) -> Batch {
    let mut batch = random(size);
    batch.labels.fill(-3);
    batch.name = "single identity".to_owned();
    batch
}

pub fn all_distinct(size: usize) -> Batch {
    let mut batch = random(size);
    batch.labels = (0..size as i32).map(|label| label - 2).collect();
    batch.name = "all distinct".to_owned();
    batch
}

/// P identities × K images, clustered.
pub fn pk(identities: usize, images: usize) -> Batch {
    let mut rng = Rng::new(51);
    let labels: Vec<i32> = (0..identities * images)
        .map(|index| (index / images) as i32)
        .collect();
    let rows = around_centers(&labels, DIM, &mut rng);
    Batch::new("pk", rows, labels)
}

/// Every kind of batch in a size.
pub fn every_kind(size: usize) -> Vec<Batch> {
    [
        random,
        lengths,
        clustered,
        tied,
        duplicates,
        collapsed,
        single_identity,
        all_distinct,
    ]
    .map(|make| make(size))
    .to_vec()
}

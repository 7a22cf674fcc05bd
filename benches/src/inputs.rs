//! Inputs that are the same on every device and in every run.

use std::collections::BTreeMap;

/// `count` bytes without a pattern.
pub fn noise_pixels(count: usize) -> Vec<u8> {
    let mut random = Random(1);
    (0..count).map(|_| (random.next() >> 56) as u8).collect()
}

/// Identities of a batch of `batch` faces with `per_identity` faces each, one identity after the other;
/// the last one has what is left.
pub fn labels(batch: usize, per_identity: usize) -> Vec<i32> {
    (0..batch)
        .map(|i| (i / per_identity.max(1)) as i32)
        .collect()
}

/// Embeddings of unit length as a network gives them early in its training, row after row: those of an
/// identity lie about a common center, and the squared distance of a positive pair is 1.6 on average
/// where that of a negative pair is 2. Each mining rule finds triplets among them.
pub fn clustered_embeddings(labels: &[i32], dim: usize) -> Vec<f32> {
    /// Length of what an image adds to the center of its identity, which has length 1.
    const SCATTER: f64 = 2.0;
    let mut values = Vec::with_capacity(labels.len() * dim);
    for (index, &label) in labels.iter().enumerate() {
        let center = unit(&mut Random(u64::from(label.unsigned_abs()) << 32), dim);
        let own = unit(&mut Random((1 << 63) | index as u64), dim);
        let sum: Vec<f64> = center
            .iter()
            .zip(own)
            .map(|(center, own)| center + SCATTER * own)
            .collect();
        values.extend(scaled(sum).into_iter().map(|x| x as f32));
    }
    values
}

/// [`clustered_embeddings`] after training: each moved by the length 1 towards the mean of its identity, so
/// that most faces are nearer to all of their own identity than to any other. With 10 images of an identity
/// the squared distance of a positive pair is about 0.5 on average, that of a negative pair 2.
pub fn gathered_embeddings(labels: &[i32], dim: usize) -> Vec<f32> {
    let embeddings = clustered_embeddings(labels, dim);
    let mut sums: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
    for (label, row) in labels.iter().zip(embeddings.chunks(dim)) {
        let sum = sums.entry(*label).or_insert_with(|| vec![0.0; dim]);
        for (sum, &x) in sum.iter_mut().zip(row) {
            *sum += f64::from(x);
        }
    }
    let means: BTreeMap<i32, Vec<f64>> = sums
        .into_iter()
        .map(|(label, sum)| (label, scaled(sum)))
        .collect();
    labels
        .iter()
        .zip(embeddings.chunks(dim))
        .flat_map(|(label, row)| {
            let moved = row.iter().zip(&means[label]);
            scaled(moved.map(|(&x, mean)| f64::from(x) + mean).collect())
        })
        .map(|x| x as f32)
        .collect()
}

fn unit(random: &mut Random, dim: usize) -> Vec<f64> {
    scaled((0..dim).map(|_| random.normal()).collect())
}

fn scaled(vector: Vec<f64>) -> Vec<f64> {
    let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
    vector.into_iter().map(|x| x / length).collect()
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Nearly normal: the sum of twelve uniform numbers.
    fn normal(&mut self) -> f64 {
        let uniform = |bits: u64| (bits >> 11) as f64 / (1u64 << 53) as f64;
        (0..12).map(|_| uniform(self.next())).sum::<f64>() - 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::{clustered_embeddings, gathered_embeddings, labels};

    #[test]
    fn the_last_identity_has_what_is_left() {
        assert_eq!(labels(5, 2), [0, 0, 1, 1, 2]);
    }

    /// `peers/check.py` expects the same numbers of the peers' embeddings.
    #[test]
    fn peers_have_the_same_embeddings() {
        let expected = [
            [-0.535_628_6, 0.697_609_7, 0.397_497_03, 0.261_608_36],
            [0.607_805_7, 0.510_314_3, -0.318_046_42, -0.518_650_2],
        ];
        for (value, expected) in clustered_embeddings(&[0, 0], 4)
            .iter()
            .zip(expected.as_flattened())
        {
            assert!((value - expected).abs() < 1e-6, "{value} {expected}");
        }
    }

    #[test]
    fn peers_have_the_same_gathered_embeddings() {
        let expected = [
            [-0.265_239_6, 0.928_962_35, 0.256_453_37, 0.030_142_874],
            [0.370_038_4, 0.824_903_4, -0.141_093_72, -0.403_359_12],
            [0.496_392_76, 0.411_827_33, 0.070_360_46, 0.760_948],
        ];
        for (value, expected) in gathered_embeddings(&[0, 0, 1], 4)
            .iter()
            .zip(expected.as_flattened())
        {
            assert!((value - expected).abs() < 1e-5, "{value} {expected}");
        }
    }

    #[test]
    fn pairs_are_as_far_apart_as_documented() {
        let (labels, dim) = (labels(64, 4), 128);
        let values = clustered_embeddings(&labels, dim);
        let rows: Vec<&[f32]> = values.chunks(dim).collect();
        let squared =
            |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum() };
        let mean = |positive: bool| {
            let mut distances = Vec::new();
            for i in 0..64 {
                for j in 0..i {
                    if (labels[i] == labels[j]) == positive {
                        distances.push(squared(rows[i], rows[j]));
                    }
                }
            }
            distances.iter().sum::<f32>() / distances.len() as f32
        };
        let length = |row: &[f32]| row.iter().map(|x| x * x).sum::<f32>();
        assert!(rows.iter().all(|row| (length(row) - 1.0).abs() < 1e-5));
        assert!((mean(true) - 1.6).abs() < 0.05, "{}", mean(true));
        assert!((mean(false) - 2.0).abs() < 0.05, "{}", mean(false));
    }
}

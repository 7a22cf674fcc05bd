use ndarray::{Array2, ArrayView2};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::clusters::Clusters;
use crate::MetricsError;
use crate::distance::{DistanceKind, squared_norms};
use crate::neighbors::{All, Search, SearchRows};

/// K-means (Lloyd, 1982) from the seeding of k-means++ (Arthur and Vassilvitskii, 2007).
///
/// With [`DistanceKind::Angle`] the embeddings and the centers are scaled to unit length, which is spherical
/// k-means (Dhillon and Modha, 2001). A center that loses all of its faces is put on the face that is
/// farthest from its own center, as in scikit-learn. The result is the same for any number of threads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KMeans {
    clusters: usize,
    iterations: usize,
    seed: u64,
}

/// What k-means found.
#[derive(Clone, Debug, PartialEq)]
pub struct KMeansFit {
    /// The cluster of each face. Fewer than asked for where fewer faces than that differ.
    pub clusters: Clusters,
    /// The centers, `[K, dimensions]`, in no order.
    pub centers: Array2<f32>,
    /// The sum over the faces of the squared distance to the nearest center.
    pub inertia: f64,
    /// The rounds until no face changed its cluster, or the most that were allowed.
    pub iterations: usize,
}

impl KMeans {
    /// With up to 300 rounds, scikit-learn's number, and seed 0.
    pub fn new(clusters: usize) -> KMeans {
        KMeans {
            clusters,
            iterations: 300,
            seed: 0,
        }
    }

    /// The most rounds.
    pub fn with_iterations(mut self, iterations: usize) -> KMeans {
        self.iterations = iterations;
        self
    }

    /// The seed of the first centers.
    pub fn with_seed(mut self, seed: u64) -> KMeans {
        self.seed = seed;
        self
    }

    /// Clusters the rows of `embeddings`, `[N, dimensions]`.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where there are more clusters than rows, or 0 of some,
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a distance.
    pub fn fit(
        &self,
        embeddings: ArrayView2<'_, f32>,
        kind: DistanceKind,
    ) -> Result<KMeansFit, MetricsError> {
        let faces = embeddings.nrows();
        if self.clusters > faces || (self.clusters == 0 && faces > 0) {
            return Err(MetricsError::Setting {
                setting: "clusters",
                found: format!("{} of {faces} embeddings", self.clusters),
                expected: "at least 1, and no more than there are embeddings",
            });
        }
        squared_norms(embeddings, kind)?;
        let unit = kind == DistanceKind::Angle;
        let mut points = embeddings.to_owned();
        if unit {
            points.rows_mut().into_iter().for_each(scale);
        }
        let squared = DistanceKind::SquaredEuclidean;
        let rows = SearchRows::new(points.view(), squared)?;
        let mut centers = self.seeds(&rows, points.view());
        let mut of = Vec::new();
        let mut iterations = 0;
        loop {
            let found =
                Search::between(&rows, &SearchRows::new(centers.view(), squared)?).nearest(1, &All);
            let nearest: Vec<(u32, f32)> = found
                .iter()
                .filter_map(|list| list.first())
                .map(|near| (near.index, near.distance))
                .collect();
            let now: Vec<u32> = nearest.iter().map(|near| near.0).collect();
            let settled = now == of;
            of = now;
            if settled || iterations == self.iterations {
                return Ok(KMeansFit {
                    clusters: Clusters::of_all(&of),
                    centers,
                    inertia: nearest.iter().map(|near| f64::from(near.1)).sum(),
                    iterations,
                });
            }
            iterations += 1;
            centers = means(points.view(), &nearest, self.clusters);
            if unit {
                centers.rows_mut().into_iter().for_each(scale);
            }
        }
    }

    /// The first centers: each a face, taken with a probability that goes with its squared distance to the
    /// nearest center before it.
    fn seeds(&self, rows: &SearchRows<'_>, points: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut centers = Array2::zeros((self.clusters, points.ncols()));
        let mut distances = vec![f32::INFINITY; points.nrows()];
        for mut center in centers.rows_mut() {
            let sum: f64 = distances.iter().copied().map(f64::from).sum();
            let chosen = match sum.is_finite() && sum > 0.0 {
                true => chosen(&distances, random.random::<f64>() * sum),
                false => random.random_range(0..points.nrows()),
            };
            center.assign(&points.row(chosen));
            distances
                .par_iter_mut()
                .enumerate()
                .for_each(|(row, distance)| {
                    *distance = distance.min(rows.distance(row, rows, chosen));
                });
        }
        centers
    }
}

/// The first row at which the sum of the distances passes `mark`.
fn chosen(distances: &[f32], mark: f64) -> usize {
    let mut sum = 0.0;
    let at = distances.iter().position(|&distance| {
        sum += f64::from(distance);
        sum > mark
    });
    // The mark may be the whole sum: the last row that is not a center yet.
    at.or_else(|| distances.iter().rposition(|&distance| distance > 0.0))
        .unwrap_or(0)
}

/// The mean of the faces of each cluster.
fn means(points: ArrayView2<'_, f32>, nearest: &[(u32, f32)], clusters: usize) -> Array2<f32> {
    let mut members = vec![Vec::new(); clusters];
    for (face, near) in nearest.iter().enumerate() {
        members[near.0 as usize].push(face);
    }
    let empty = members.iter().filter(|faces| faces.is_empty()).count();
    let mut farthest: Vec<usize> = Vec::new();
    if empty > 0 {
        farthest.extend(0..nearest.len());
        farthest.sort_by(|&a, &b| nearest[b].1.total_cmp(&nearest[a].1));
    }
    let mut farthest = farthest.into_iter();
    for faces in &mut members {
        if faces.is_empty() {
            faces.extend(farthest.next());
        }
    }
    // In the order of the faces, so that the sums come out the same for any number of threads.
    let rows: Vec<Vec<f32>> = members
        .par_iter()
        .map(|faces| {
            let mut sum = vec![0.0f64; points.ncols()];
            for &face in faces {
                for (sum, &x) in sum.iter_mut().zip(points.row(face)) {
                    *sum += f64::from(x);
                }
            }
            sum.into_iter()
                .map(|x| (x / faces.len() as f64) as f32)
                .collect()
        })
        .collect();
    Array2::from_shape_fn((clusters, points.ncols()), |(row, column)| {
        rows[row][column]
    })
}

/// To unit length, but for a row without a direction.
fn scale(mut row: ndarray::ArrayViewMut1<'_, f32>) {
    let length = row
        .iter()
        .map(|&x| f64::from(x) * f64::from(x))
        .sum::<f64>()
        .sqrt();
    if length > 0.0 {
        row.mapv_inplace(|x| (f64::from(x) / length) as f32);
    }
}

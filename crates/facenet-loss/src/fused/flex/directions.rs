//! Embeddings as directions, for the cosine distance.

use rayon::prelude::*;

use super::distances::Embeddings;

/// x/‖x‖ for each row x, with what the way back needs. A row of zeros is its own direction.
pub(super) struct Directions {
    pub(super) values: Vec<f32>,
    dim: usize,
    norms: Vec<f32>,
}

impl Directions {
    pub(super) fn new(x: Embeddings<'_>) -> Self {
        let mut values = x.values.to_vec();
        let norms = values
            .par_chunks_exact_mut(x.dim)
            .map(|row| {
                // Squares of very long or very short vectors leave the range of f32; those of scaled vectors do not.
                let scale = row.iter().fold(0.0f32, |most, value| most.max(value.abs()));
                if scale == 0.0 {
                    return 0.0;
                }
                row.iter_mut().for_each(|value| *value /= scale);
                let length = row.iter().map(|value| value * value).sum::<f32>().sqrt();
                row.iter_mut().for_each(|value| *value /= length);
                length * scale
            })
            .collect();
        Self {
            values,
            dim: x.dim,
            norms,
        }
    }

    pub(super) fn rows(&self) -> Embeddings<'_> {
        Embeddings {
            values: &self.values,
            dim: self.dim,
        }
    }

    /// Makes dL/dx of dL/du for u = x/‖x‖: the part of it that is orthogonal to u, over ‖x‖.
    pub(super) fn gradient(&self, of_directions: &mut [f32]) {
        of_directions
            .par_chunks_exact_mut(self.dim)
            .zip(self.values.par_chunks_exact(self.dim))
            .zip(&self.norms)
            .for_each(|((gradient, direction), &norm)| {
                if norm == 0.0 {
                    return gradient.fill(0.0);
                }
                let radial: f32 = gradient.iter().zip(direction).map(|(g, u)| g * u).sum();
                for (g, u) in gradient.iter_mut().zip(direction) {
                    *g = (*g - u * radial) / norm;
                }
            });
    }
}

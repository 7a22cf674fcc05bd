use ndarray::{Array2, ArrayView2, Axis, concatenate};
use serde::{Deserialize, Serialize};

use super::kind::DistanceKind;
use crate::MetricsError;

/// How the embedding of a photograph and that of its mirror image become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mirror {
    /// One after the other, as davidsandberg/facenet has them (`--use_flipped_images`). Squared
    /// distances add up, and reach 8.
    Concatenated,
    /// Their sum, brought to unit length, as insightface has it.
    Summed,
}

impl Mirror {
    /// The embeddings that both make together.
    ///
    /// # Shapes
    ///
    /// `plain` and `mirrored` are `[N, dimensions]`; the result is `[N, 2 · dimensions]` where they are
    /// concatenated, and `[N, dimensions]` where they are summed.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where the shapes differ, [`MetricsError::NotFinite`] where an
    /// embedding is not finite, [`MetricsError::ZeroEmbedding`] where a sum has no direction.
    pub fn join(
        self,
        plain: ArrayView2<'_, f32>,
        mirrored: ArrayView2<'_, f32>,
    ) -> Result<Array2<f32>, MetricsError> {
        MetricsError::check_length("mirrored embeddings", mirrored.nrows(), plain.nrows())?;
        MetricsError::check_length("mirrored dimensions", mirrored.ncols(), plain.ncols())?;
        let sides = plain.rows().into_iter().zip(mirrored.rows());
        for (index, (a, b)) in sides.enumerate() {
            if !a.iter().chain(b).all(|x| x.is_finite()) {
                return Err(MetricsError::NotFinite {
                    what: "embedding",
                    index,
                });
            }
        }
        match self {
            Mirror::Concatenated => {
                // The shapes have been compared; ndarray has nothing else to refuse.
                concatenate(Axis(1), &[plain, mirrored]).map_err(|_| MetricsError::Length {
                    what: "mirrored embeddings",
                    found: mirrored.nrows(),
                    expected: plain.nrows(),
                })
            }
            Mirror::Summed => {
                let mut sum = plain.mapv(f64::from) + mirrored.mapv(f64::from);
                for (index, mut row) in sum.rows_mut().into_iter().enumerate() {
                    let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
                    if length < f64::from(f32::MIN_POSITIVE) {
                        return Err(MetricsError::ZeroEmbedding { index });
                    }
                    row /= length;
                }
                Ok(sum.mapv(|x| x as f32))
            }
        }
    }

    /// The largest distance between such embeddings, made of unit ones: what
    /// [`LfwProtocol::with_range`](crate::LfwProtocol::with_range) is to be told.
    pub fn range(self, kind: DistanceKind) -> f64 {
        match (self, kind) {
            (Mirror::Concatenated, DistanceKind::SquaredEuclidean) => 2.0 * kind.range(),
            _ => kind.range(),
        }
    }
}

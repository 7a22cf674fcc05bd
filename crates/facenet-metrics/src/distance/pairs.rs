use ndarray::ArrayView2;

use super::kind::{DistanceKind, exact};
use super::tiles::squared_norms;
use crate::MetricsError;

/// The distance of row `i` of `left` to row `i` of `right`, for each `i`, summed in `f64`.
///
/// # Shapes
///
/// `left` and `right` are `[pairs, dimensions]`; the result has `pairs` entries.
///
/// # Errors
///
/// [`MetricsError::Length`] where the shapes differ, [`MetricsError::NotFinite`] where an embedding
/// holds NaN or infinity, [`MetricsError::ZeroEmbedding`] where the angle meets an embedding of
/// length 0.
pub fn pair_distances(
    left: ArrayView2<'_, f32>,
    right: ArrayView2<'_, f32>,
    kind: DistanceKind,
) -> Result<Vec<f64>, MetricsError> {
    MetricsError::check_length("right embeddings", right.nrows(), left.nrows())?;
    MetricsError::check_length("right dimensions", right.ncols(), left.ncols())?;
    squared_norms(left, kind)?;
    squared_norms(right, kind)?;
    Ok(left
        .rows()
        .into_iter()
        .zip(right.rows())
        .map(|(a, b)| exact(kind, a, b))
        .collect())
}

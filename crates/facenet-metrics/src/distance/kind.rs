use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

/// How the distance between two embeddings is measured.
///
/// The two that davidsandberg/facenet offers (`--distance_metric 0` and `1`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DistanceKind {
    /// The squared Euclidean distance `‖a − b‖²` (FaceNet §3), between 0 and 4 for unit embeddings.
    #[default]
    SquaredEuclidean,
    /// The angle `arccos(a·b / (‖a‖ ‖b‖)) / π`, between 0 and 1.
    Angle,
}

impl DistanceKind {
    /// The largest distance between unit embeddings: 4 or 1.
    ///
    /// The threshold grids of the LFW protocol cover `0..range()`.
    pub fn range(self) -> f64 {
        match self {
            DistanceKind::SquaredEuclidean => 4.0,
            DistanceKind::Angle => 1.0,
        }
    }
}

/// The distance of two rows of one length, summed in `f64`.
pub(super) fn exact(kind: DistanceKind, a: ArrayView1<'_, f32>, b: ArrayView1<'_, f32>) -> f64 {
    let pairs = a.iter().zip(b).map(|(&x, &y)| (f64::from(x), f64::from(y)));
    match kind {
        // From +0: a sum of nothing is −0, whose bits are not the smallest.
        DistanceKind::SquaredEuclidean => pairs.fold(0.0, |sum, (x, y)| sum + (x - y) * (x - y)),
        DistanceKind::Angle => {
            let (dot, aa, bb) = pairs.fold((0.0, 0.0, 0.0), |(dot, aa, bb), (x, y)| {
                (dot + x * y, aa + x * x, bb + y * y)
            });
            angle(dot / (aa * bb).sqrt())
        }
    }
}

/// The angle in units of π. Rounding may carry a cosine past ±1.
pub(super) fn angle(cosine: f64) -> f64 {
    cosine.clamp(-1.0, 1.0).acos() / std::f64::consts::PI
}

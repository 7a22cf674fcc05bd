//! The distance between two embeddings.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Candidates};
use crate::route::{Route, accumulator, distances};
use crate::{LossError, name};

const CHOICE: &str = "distance";
const NAMES: &str = "squared-euclidean, euclidean, cosine";

/// The distance d(x, y) between two embeddings.
///
/// | value | text | formula |
/// |---|---|---|
/// | `SquaredEuclidean` | `squared-euclidean` | ‖x − y‖² |
/// | `Euclidean` | `euclidean` | ‖x − y‖ |
/// | `Cosine` | `cosine` | 1 − cos(x, y) = ½‖x/‖x‖ − y/‖y‖‖² |
///
/// All of them are computed from the differences x − y and not from a product of the embeddings with themselves, so
/// equal embeddings have distance 0 exactly, the matrix of a batch is exactly symmetric, and no cancellation hides
/// the small distances that hard triplets are made of. The two euclidean distances take the embeddings as they are: a
/// network for FaceNet ends with an L2 normalization of its own.
///
/// The gradient of the euclidean distance between equal embeddings is defined as 0. A vector of zeros has no
/// direction: for the cosine distance it is its own direction 0, so its distance to another zero is 0 and to anything
/// else ½, and its gradient is 0.
///
/// Default: `SquaredEuclidean`, FaceNet eq. 1 (pytorch-metric-learning's default is the euclidean distance of
/// L2-normalized embeddings).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Distance {
    /// ‖x − y‖².
    #[default]
    SquaredEuclidean,
    /// ‖x − y‖.
    Euclidean,
    /// 1 − cos(x, y).
    Cosine,
}

name::serde_as_text!(Distance);

impl Distance {
    /// Distances between all rows, without a graph for differentiation.
    ///
    /// f16 and bf16 embeddings are taken to f32 first.
    ///
    /// # Shapes
    /// - embeddings: `[batch, dim]`
    /// - output: `[batch, batch]`, symmetric, 0 on the diagonal
    pub fn pairwise(self, embeddings: Tensor<2>) -> Tensor<2> {
        self.pairwise_by(Route::Auto, embeddings)
    }

    /// [`pairwise`](Self::pairwise) on a route: the very numbers by which a loss on that route selects.
    pub fn pairwise_by(self, route: Route, embeddings: Tensor<2>) -> Tensor<2> {
        let [rows, _] = embeddings.dims();
        let batch = Batch {
            labels: Tensor::zeros([rows], &embeddings.device().inner()),
            anchors: accumulator(embeddings.inner()),
            candidates: Candidates::Anchors,
        };
        distances(self, route, &batch)
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SquaredEuclidean => "squared-euclidean",
            Self::Euclidean => "euclidean",
            Self::Cosine => "cosine",
        })
    }
}

impl FromStr for Distance {
    type Err = LossError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "squared-euclidean" => Ok(Self::SquaredEuclidean),
            "euclidean" => Ok(Self::Euclidean),
            "cosine" => Ok(Self::Cosine),
            _ => Err(LossError::UnknownName {
                choice: CHOICE,
                given: text.to_owned(),
                expected: NAMES,
            }),
        }
    }
}

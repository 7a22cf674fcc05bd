//! The distance between two embeddings.

use std::fmt;
use std::str::FromStr;

use burn::tensor::{Bool, FloatDType, Tensor};
use serde::{Deserialize, Serialize};

use crate::{LossError, name};

const CHOICE: &str = "distance";
const NAMES: &str = "squared-euclidean, euclidean, cosine";

/// Elements of the largest temporary, so that memory stays bounded for every batch size.
const CHUNK: usize = 1 << 20;

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
/// network for FaceNet ends with an L2 normalisation of its own.
///
/// The gradient of the euclidean distance between equal embeddings is defined as 0. A vector of zeros has no
/// direction: for the cosine distance it is its own direction 0, so its distance to another zero is 0 and to anything
/// else ½, and its gradient is 0.
///
/// Default: `SquaredEuclidean`, FaceNet eq. 1 (pytorch-metric-learning's default is the euclidean distance of
/// L2-normalised embeddings).
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
        let x = accumulator(embeddings.inner());
        match self {
            Self::SquaredEuclidean => squared_differences(x),
            Self::Euclidean => squared_differences(x).sqrt(),
            Self::Cosine => squared_differences(Unit::new(x).direction).mul_scalar(0.5),
        }
    }

    /// dL/dx for embeddings x, from the distances D = [`pairwise`](Self::pairwise)(x) and the weights W = dL/dD.
    pub(crate) fn gradient(
        self,
        x: Tensor<2>,
        distances: Tensor<2>,
        weights: Tensor<2>,
    ) -> Tensor<2> {
        match self {
            Self::SquaredEuclidean => squared_gradient(x, weights),
            Self::Euclidean => {
                let coincide = distances.clone().equal_elem(0.0);
                let halved = weights / distances.mul_scalar(2.0).mask_fill(coincide.clone(), 1.0);
                squared_gradient(x, halved.mask_fill(coincide, 0.0))
            }
            Self::Cosine => {
                let unit = Unit::new(x);
                let gradient = squared_gradient(unit.direction.clone(), weights.mul_scalar(0.5));
                unit.gradient(gradient)
            }
        }
    }
}

/// f32 for f16 and bf16, everything else as it is.
pub(crate) fn accumulator(x: Tensor<2>) -> Tensor<2> {
    match FloatDType::from(x.dtype()) {
        FloatDType::F64 => x,
        _ => x.cast(FloatDType::F32),
    }
}

fn squared_differences(x: Tensor<2>) -> Tensor<2> {
    let all = x.clone().unsqueeze_dim::<3>(0);
    let rows = x.split(chunk_rows(&all), 0).into_iter().map(|anchors| {
        let difference = anchors.unsqueeze_dim::<3>(1) - all.clone();
        (difference.clone() * difference)
            .sum_dim(2)
            .squeeze_dim::<2>(2)
    });
    Tensor::cat(rows.collect(), 0)
}

/// dL/dx for L a function of the squared differences, with w = dL/dD: row i is Σ_j 2 (w_ij + w_ji) (x_i − x_j).
fn squared_gradient(x: Tensor<2>, weights: Tensor<2>) -> Tensor<2> {
    let weights = (weights.clone() + weights.transpose()).mul_scalar(2.0);
    let all = x.clone().unsqueeze_dim::<3>(0);
    let size = chunk_rows(&all);
    let chunks = x.split(size, 0).into_iter().zip(weights.split(size, 0));
    let rows = chunks.map(|(anchors, weights)| {
        let difference = anchors.unsqueeze_dim::<3>(1) - all.clone();
        (difference * weights.unsqueeze_dim::<3>(2))
            .sum_dim(1)
            .squeeze_dim::<2>(1)
    });
    Tensor::cat(rows.collect(), 0)
}

fn chunk_rows(all: &Tensor<3>) -> usize {
    let [_, batch, dim] = all.dims();
    (CHUNK / (batch * dim)).max(1)
}

/// Embeddings as directions, with what the way back needs.
struct Unit {
    direction: Tensor<2>,
    norm: Tensor<2>,
    zero: Tensor<2, Bool>,
}

impl Unit {
    fn new(x: Tensor<2>) -> Self {
        // Squares of very long or very short vectors leave the range of f32; those of scaled vectors do not.
        let scale = x.clone().abs().max_dim(1);
        let zero = scale.clone().equal_elem(0.0);
        let scale = scale.mask_fill(zero.clone(), 1.0);
        let scaled = x / scale.clone();
        let length = (scaled.clone() * scaled.clone())
            .sum_dim(1)
            .sqrt()
            .mask_fill(zero.clone(), 1.0);
        Self {
            direction: scaled / length.clone(),
            norm: length * scale,
            zero,
        }
    }

    /// dL/dx from dL/du for u = x/‖x‖: the part of it that is orthogonal to u, over ‖x‖.
    fn gradient(self, gradient: Tensor<2>) -> Tensor<2> {
        let radial = (gradient.clone() * self.direction.clone()).sum_dim(1);
        let shape = gradient.dims();
        ((gradient - self.direction * radial) / self.norm).mask_fill(self.zero.expand(shape), 0.0)
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

//! Distances and their gradients by tensor operations.

use burn::tensor::{Bool, Tensor};

use crate::Distance;
use crate::route::EmbeddingGradient;

/// Elements of the largest temporary, so that memory stays bounded for every batch size.
const CHUNK: usize = 1 << 20;

/// Distances of the rows of x to those of y, `[rows of x, rows of y]`.
pub(crate) fn distances(distance: Distance, x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
    match distance {
        Distance::SquaredEuclidean => squared_differences(x, y),
        Distance::Euclidean => squared_differences(x, y).sqrt(),
        Distance::Cosine => {
            squared_differences(Unit::new(x).direction, Unit::new(y).direction).mul_scalar(0.5)
        }
    }
}

/// dL/dx and dL/dy from the distances D and the weights W = dL/dD.
pub(crate) fn gradient(
    distance: Distance,
    x: Tensor<2>,
    y: Tensor<2>,
    distances: Tensor<2>,
    weights: Tensor<2>,
) -> (Tensor<2>, Tensor<2>) {
    let both = |x: Tensor<2>, y: Tensor<2>, weights: Tensor<2>| {
        let back = weights.clone().transpose();
        (
            squared_gradient(x.clone(), y.clone(), weights),
            squared_gradient(y, x, back),
        )
    };
    match distance {
        Distance::SquaredEuclidean => both(x, y, weights),
        Distance::Euclidean => {
            let coincide = distances.clone().equal_elem(0.0);
            let halved = weights / distances.mul_scalar(2.0).mask_fill(coincide.clone(), 1.0);
            both(x, y, halved.mask_fill(coincide, 0.0))
        }
        Distance::Cosine => {
            let (x, y) = (Unit::new(x), Unit::new(y));
            let directions = (x.direction.clone(), y.direction.clone());
            let (of_x, of_y) = both(directions.0, directions.1, weights.mul_scalar(0.5));
            (x.gradient(of_x), y.gradient(of_y))
        }
    }
}

impl EmbeddingGradient {
    /// The gradients of both sides, added up where both are the anchors'.
    pub(crate) fn new(of_anchors: Tensor<2>, of_candidates: Tensor<2>, same: bool) -> Self {
        match same {
            true => Self {
                anchors: of_anchors + of_candidates,
                candidates: None,
            },
            false => Self {
                anchors: of_anchors,
                candidates: Some(of_candidates),
            },
        }
    }
}

fn squared_differences(x: Tensor<2>, y: Tensor<2>) -> Tensor<2> {
    let all = y.unsqueeze_dim::<3>(0);
    let rows = x.split(chunk_rows(&all), 0).into_iter().map(|anchors| {
        let difference = anchors.unsqueeze_dim::<3>(1) - all.clone();
        (difference.clone() * difference)
            .sum_dim(2)
            .squeeze_dim::<2>(2)
    });
    Tensor::cat(rows.collect(), 0)
}

/// dL/dx for L a function of the squared differences, with w = dL/dD: row i is Σ_j 2 w_ij (x_i − y_j).
fn squared_gradient(x: Tensor<2>, y: Tensor<2>, weights: Tensor<2>) -> Tensor<2> {
    let weights = weights.mul_scalar(2.0);
    let all = y.unsqueeze_dim::<3>(0);
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
    let [_, rows, dim] = all.dims();
    (CHUNK / (rows * dim)).max(1)
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

//! Choosing one element of each row of a mask, with the same answer on every backend.
//!
//! Backends differ in which index their `argmin` gives for equal values. Here the extreme value is found first and
//! the lowest index that holds it second, both by plain comparisons.

use burn::tensor::{Bool, Int, Tensor, TensorData};

/// The nearest element of each row of `mask`, ties to the lowest index; an empty row stays empty.
pub(crate) fn nearest(mask: Tensor<2, Bool>, distances: &Tensor<2>) -> Tensor<2, Bool> {
    let least = distances
        .clone()
        .mask_fill(mask.clone().bool_not(), f32::INFINITY)
        .min_dim(1);
    lowest(mask.bool_and(distances.clone().equal(least.expand(distances.shape()))))
}

/// The farthest element of each row of `mask`, ties to the lowest index; an empty row stays empty.
pub(crate) fn farthest(mask: Tensor<2, Bool>, distances: &Tensor<2>) -> Tensor<2, Bool> {
    let most = distances
        .clone()
        .mask_fill(mask.clone().bool_not(), f32::NEG_INFINITY)
        .max_dim(1);
    lowest(mask.bool_and(distances.clone().equal(most.expand(distances.shape()))))
}

/// Of each row of whole numbers `weights` with the sum s, the element in whose share number ⌊q·s⌋ lies, for a q in
/// [0, 1) per row; a row of zeros stays empty.
pub(crate) fn drawn(weights: Tensor<2, Int>, q: Vec<f32>) -> Tensor<2, Bool> {
    let [rows, _] = weights.dims();
    let q = Tensor::<2>::from_data(TensorData::new(q, [rows, 1]), &weights.device());
    let sum = weights.clone().sum_dim(1).float();
    let number = (q * sum).floor().int().expand(weights.shape());
    let end = weights.clone().cumsum(1);
    let start = end.clone() - weights;
    end.greater(number.clone())
        .bool_and(start.lower_equal(number))
}

/// How many elements each row of `mask` holds, `[rows, 1]`.
pub(crate) fn count(mask: &Tensor<2, Bool>) -> Tensor<2, Int> {
    mask.clone().int().sum_dim(1)
}

/// Whether each row of `mask` holds an element, as wide as the mask.
pub(crate) fn any(mask: &Tensor<2, Bool>) -> Tensor<2, Bool> {
    count(mask).greater_elem(0).expand(mask.shape())
}

fn lowest(mask: Tensor<2, Bool>) -> Tensor<2, Bool> {
    let [rows, columns] = mask.dims();
    let index = Tensor::<1, Int>::arange(0..columns as i64, &mask.device())
        .unsqueeze_dim::<2>(0)
        .expand([rows, columns]);
    let first = index
        .clone()
        .mask_fill(mask.clone().bool_not(), columns as i64)
        .min_dim(1);
    mask.bool_and(index.equal(first.expand([rows, columns])))
}

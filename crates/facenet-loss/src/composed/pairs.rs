//! What mining looks at: distances, and who is whose positive or negative.

use std::cell::OnceCell;

use burn::tensor::{Bool, Int, Tensor};

use super::mask;
use crate::Distance;
use crate::batch::Batch;
use crate::mining::Weighting;

/// The pairs of anchors and candidates; row a of each matrix belongs to anchor a, column j to candidate j.
pub(crate) struct Pairs {
    /// d(a, j), `[anchors, candidates]`.
    pub(crate) distances: Tensor<2>,
    /// j has the identity of a, and is another image.
    pub(crate) positive: Tensor<2, Bool>,
    /// j has another identity.
    pub(crate) negative: Tensor<2, Bool>,
    /// How many positives each anchor has, `[anchors, 1]`.
    pub(crate) positives: Tensor<2, Int>,
    /// How many negatives each anchor has, `[anchors, 1]`.
    pub(crate) negatives: Tensor<2, Int>,
    weights: OnceCell<Tensor<2, Int>>,
}

impl Pairs {
    pub(crate) fn new(distances: Tensor<2>, batch: &Batch) -> Self {
        let shape = distances.dims();
        let [anchors, candidates] = shape;
        let device = distances.device();
        let rows = batch.labels.clone().unsqueeze_dim::<2>(1).expand(shape);
        let columns = batch.candidate_labels();
        let columns = columns.unsqueeze_dim::<2>(0).expand(shape);
        let same = rows.equal(columns);
        let positive = match batch.first() {
            Some(first) => {
                let own = |from: usize, count: usize| {
                    Tensor::<1, Int>::arange(from as i64..(from + count) as i64, &device)
                };
                let own_column = own(first, anchors).unsqueeze_dim::<2>(1).expand(shape);
                let column = own(0, candidates).unsqueeze_dim::<2>(0).expand(shape);
                same.clone().bool_and(column.not_equal(own_column))
            }
            None => same.clone(),
        };
        let negative = same.bool_not();
        Self {
            positives: mask::count(&positive),
            negatives: mask::count(&negative),
            distances,
            positive,
            negative,
            weights: OnceCell::new(),
        }
    }

    /// The most positives that an anchor with a negative has. Waits for the device.
    pub(crate) fn most_positives(&self) -> usize {
        let usable = self.positives.clone() * self.negatives.clone().clamp_max(1);
        usable.max().into_scalar::<i64>().try_into().unwrap_or(0)
    }

    /// The weights of [`Weighting`] for distances of this kind between embeddings of `dim` dimensions; 0 for what is
    /// no negative.
    pub(crate) fn weights(&self, kind: Distance, dim: usize) -> Tensor<2, Int> {
        let weigh = || {
            let shape = self.distances.dims();
            let device = self.distances.device();
            let Weighting {
                scale,
                levels,
                parts,
            } = Weighting::new(kind, dim, shape[1]);
            let table = |values: Vec<i32>| Tensor::<1, Int>::from_ints(values.as_slice(), &device);
            let look_up = |table: Tensor<1, Int>, at: Tensor<2, Int>| {
                let at = at.reshape([shape[0] * shape[1]]);
                table.select(0, at).reshape(shape)
            };
            let bins = levels.len();
            let bin = self.distances.clone().mul_scalar(scale);
            let near = bin.clone().lower_elem(bins as f32);
            let others = self.negative.clone().bool_and(near).bool_not();
            let bin = bin.clamp(0.0, (bins - 1) as f32).int();
            let lowest = levels.iter().copied().min().unwrap_or(0);
            let level = look_up(table(levels), bin).mask_fill(others.clone(), lowest);
            let steps = level.clone().max_dim(1).expand(shape) - level;
            let count = parts.len();
            // Beyond the table the weight is 0.
            let parts = parts.into_iter().map(|part| part as i32).chain([0]);
            let weights = look_up(table(parts.collect()), steps.clamp_max(count as i64));
            weights.mask_fill(others, 0)
        };
        self.weights.get_or_init(weigh).clone()
    }
}

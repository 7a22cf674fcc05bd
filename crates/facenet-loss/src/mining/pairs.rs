//! What mining looks at: the distances of a batch and who is whose positive or negative.

use burn::tensor::{Bool, Int, Tensor};

use super::mask;

/// The pairs of a batch; row a of each matrix belongs to anchor a.
pub(crate) struct Pairs {
    /// d(a, j), `[batch, batch]`.
    pub(crate) distances: Tensor<2>,
    /// j has the identity of a, and is another image.
    pub(crate) positive: Tensor<2, Bool>,
    /// j has another identity.
    pub(crate) negative: Tensor<2, Bool>,
    /// How many positives each anchor has, `[batch, 1]`.
    pub(crate) positives: Tensor<2, Int>,
    /// How many negatives each anchor has, `[batch, 1]`.
    pub(crate) negatives: Tensor<2, Int>,
}

impl Pairs {
    pub(crate) fn new(distances: Tensor<2>, labels: Tensor<1, Int>) -> Self {
        let shape = distances.dims();
        let device = distances.device();
        let rows = labels.clone().unsqueeze_dim::<2>(1).expand(shape);
        let columns = labels.unsqueeze_dim::<2>(0).expand(shape);
        let same = rows.equal(columns);
        let positive = same.clone().bool_and(Tensor::diag_mask(shape, 0, &device));
        let negative = same.bool_not();
        Self {
            positives: mask::count(&positive),
            negatives: mask::count(&negative),
            distances,
            positive,
            negative,
        }
    }

    /// The most positives that an anchor with a negative has. Waits for the device.
    pub(crate) fn most_positives(&self) -> usize {
        let usable = self.positives.clone() * self.negatives.clone().clamp_max(1);
        usable.max().into_scalar::<i64>().try_into().unwrap_or(0)
    }
}

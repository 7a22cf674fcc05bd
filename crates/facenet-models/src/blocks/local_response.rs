use burn::tensor::Tensor;

use crate::ForwardPass;

/// The paper's "norm": across 5 channels, α 1e-4, β 0.75 (Krizhevsky et al. 2012; α is divided by
/// the 5, as in Caffe and Torch).
///
/// A stage called `name` where `present` is set; nothing elsewhere.
pub(crate) fn norm(present: bool, name: &str, x: Tensor<4>, pass: &ForwardPass<'_>) -> Tensor<4> {
    match present {
        true => pass.maps(
            name,
            pass.operations().local_response_norm(x, 5, 1e-4, 0.75, 1.0),
        ),
        false => x,
    }
}

//! The function behind the layer.

use burn::Tensor;
use burn::tensor::ops::ConvOptions;

use crate::Operations;

#[cfg(feature = "flex")]
use super::epilogue::Epilogue;

/// Convolves `x` with `weight`, as [`burn::tensor::module::conv2d`] does, with kernels of its own on Flex.
///
/// ```text
/// y[n, o, i, j] = bias[o] + Σ_{c, u, v} weight[o, c, u, v] · x[n, c, i · s + u − p, j · s + v − p]
/// ```
///
/// # Shapes
/// - `x`: `[batch, channels_in, height, width]`
/// - `weight`: `[channels_out, channels_in / groups, kernel_height, kernel_width]`
/// - `bias`: `[channels_out]`
/// - output: `[batch, channels_out, height_out, width_out]`
///
/// # Panics
/// Where Burn's function does: on shapes that do not fit each other.
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    Operations::default().conv2d(x, weight, bias, options)
}

impl Operations {
    /// [`conv2d`] by these operations.
    ///
    /// # Panics
    /// As [`conv2d`].
    pub fn conv2d(
        self,
        x: Tensor<4>,
        weight: Tensor<4>,
        bias: Option<Tensor<1>>,
        options: ConvOptions<2>,
    ) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if self.has_convolutions() && super::extension::covers(&x, &weight, &options) {
            let output = super::extension::convolution(x, weight, options);
            let epilogue = Epilogue {
                bias,
                ..Epilogue::default()
            };
            epilogue.check(output.dims());
            return epilogue.apply(self, output);
        }
        burn::tensor::module::conv2d(x, weight, bias, options)
    }
}

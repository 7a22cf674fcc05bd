//! A convolution and what follows it as one function.

use burn::Tensor;
use burn::tensor::ops::ConvOptions;

use super::epilogue::Epilogue;
#[cfg(doc)]
use super::function::conv2d;
use crate::Operations;

/// Convolves `x` with `weight` and applies the epilogue: `activation(conv2d(x, weight) + bias + residual)`.
///
/// On Flex, in `f32` and without differentiation, bias, residual and activation are applied to a part of the output
/// while it is in cache, so that they cost no pass over memory; elsewhere they are tensor operations, with their
/// gradients.
///
/// # Shapes
/// - `x`: `[batch, channels_in, height, width]`
/// - `weight`: `[channels_out, channels_in / groups, kernel_height, kernel_width]`
/// - output: `[batch, channels_out, height_out, width_out]`
///
/// # Panics
/// Where [`conv2d`] does, and where the shapes of the epilogue are not those of [`Epilogue`].
///
/// # Example
/// ```
/// # #[cfg(feature = "flex")] {
/// use burn::tensor::{Device, Tensor, ops::ConvOptions};
/// use facenet_kernels::convolution::{Activation, Epilogue, conv2d_fused};
///
/// let device = Device::flex();
/// let x = Tensor::<4>::ones([1, 1, 2, 2], &device);
/// let weight = Tensor::<4>::ones([1, 1, 2, 2], &device);
/// let epilogue = Epilogue::default()
///     .with_bias(Tensor::from_floats([-6.0], &device))
///     .with_activation(Activation::PRelu(Tensor::from_floats([0.25], &device)));
/// let options = ConvOptions::new([1, 1], [0, 0], [1, 1], 1);
/// let output = conv2d_fused(x, weight, options, epilogue);
/// assert_eq!(output.into_scalar::<f32>(), -0.5);
/// # }
/// ```
pub fn conv2d_fused(
    x: Tensor<4>,
    weight: Tensor<4>,
    options: ConvOptions<2>,
    epilogue: Epilogue,
) -> Tensor<4> {
    Operations::default().conv2d_fused(x, weight, options, epilogue)
}

impl Operations {
    /// [`conv2d_fused`] by these operations.
    ///
    /// # Panics
    /// As [`conv2d_fused`].
    pub fn conv2d_fused(
        self,
        x: Tensor<4>,
        weight: Tensor<4>,
        options: ConvOptions<2>,
        epilogue: Epilogue,
    ) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if self.has_convolutions()
            && super::extension::covers_fused(&x, &weight, &options, &epilogue)
        {
            return super::extension::fused(x, weight, options, epilogue);
        }
        let output = self.conv2d(x, weight, None, options);
        epilogue.check(output.dims());
        epilogue.apply(self, output)
    }
}

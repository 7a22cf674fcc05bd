//! The function behind the layer.

use burn::Tensor;
use burn::tensor::ops::ConvOptions;

/// Convolves `x` with `weight`, as [`burn::tensor::module::conv2d`] does, with a backward pass of matrix products on
/// Flex.
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
    #[cfg(feature = "flex")]
    if covered(&x, &weight, &options) {
        use super::ops::ConvolutionOps;
        use burn::backend::Dispatch;

        let output = Dispatch::convolution(x.into_dispatch(), weight.into_dispatch(), options);
        let output = Tensor::from_dispatch(output);
        return match bias {
            Some(bias) => {
                let [channels] = bias.dims();
                output + bias.reshape([1, channels, 1, 1])
            }
            None => output,
        };
    }
    burn::tensor::module::conv2d(x, weight, bias, options)
}

/// Whether the extension computes this convolution.
#[cfg(feature = "flex")]
fn covered(x: &Tensor<4>, weight: &Tensor<4>, options: &ConvOptions<2>) -> bool {
    use burn::backend::DispatchDevice;
    use burn::tensor::DType;

    x.dtype() == DType::F32
        && weight.dtype() == DType::F32
        && matches!(x.device().inner().as_dispatch(), DispatchDevice::Flex(_))
        && super::kernels::Geometry::new(x.dims(), weight.dims(), options).is_some()
}

//! What the backend extension covers, and the calls into it.

use burn::Tensor;
use burn::backend::{Dispatch, DispatchDevice};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{DType, Device};

use super::epilogue::{Activation, Epilogue};
use super::kernels::Geometry;
use super::ops::{ConvolutionOps, FusedConvolutionOps, Operand};

/// Whether the extension computes this convolution.
pub(super) fn covers(x: &Tensor<4>, weight: &Tensor<4>, options: &ConvOptions<2>) -> bool {
    x.dtype() == DType::F32
        && weight.dtype() == DType::F32
        && is_flex(x.device().inner())
        && Geometry::new(x.dims(), weight.dims(), options).is_some()
}

/// `Y = W ∗ X` where [`covers`] says so.
pub(super) fn convolution(x: Tensor<4>, weight: Tensor<4>, options: ConvOptions<2>) -> Tensor<4> {
    let output = Dispatch::convolution(x.into_dispatch(), weight.into_dispatch(), options);
    Tensor::from_dispatch(output)
}

/// Whether the extension computes this convolution and its epilogue at once: it has no gradients.
pub(super) fn covers_fused(
    x: &Tensor<4>,
    weight: &Tensor<4>,
    options: &ConvOptions<2>,
    epilogue: &Epilogue,
) -> bool {
    fn plain<const D: usize>(tensor: &Tensor<D>) -> bool {
        tensor.dtype() == DType::F32 && is_flex(tensor.device())
    }
    let Epilogue {
        bias,
        residual,
        activation,
    } = epilogue;
    plain(x)
        && plain(weight)
        && bias.as_ref().is_none_or(plain)
        && residual.as_ref().is_none_or(plain)
        && match activation {
            Activation::Identity | Activation::Relu => true,
            Activation::PRelu(alpha) => plain(alpha),
        }
        && covers(x, weight, options)
}

/// The convolution and its epilogue where [`covers_fused`] says so.
pub(super) fn fused(
    x: Tensor<4>,
    weight: Tensor<4>,
    options: ConvOptions<2>,
    epilogue: Epilogue,
) -> Tensor<4> {
    if let Some(geometry) = Geometry::new(x.dims(), weight.dims(), &options) {
        epilogue.check(geometry.output_shape());
    }
    let rectified = !matches!(epilogue.activation, Activation::Identity);
    let slopes = match epilogue.activation {
        Activation::Identity | Activation::Relu => Operand::Absent,
        Activation::PRelu(alpha) => Operand::Present(alpha.into_dispatch()),
    };
    let output = Dispatch::fused_convolution(
        x.into_dispatch(),
        weight.into_dispatch(),
        operand(epilogue.bias),
        operand(epilogue.residual),
        slopes,
        rectified,
        options,
    );
    Tensor::from_dispatch(output)
}

fn operand<const D: usize>(tensor: Option<Tensor<D>>) -> Operand<Dispatch> {
    tensor.map_or(Operand::Absent, |tensor| {
        Operand::Present(tensor.into_dispatch())
    })
}

/// Whether a device is Flex without differentiation.
fn is_flex(device: Device) -> bool {
    !device.is_autodiff() && matches!(device.as_dispatch(), DispatchDevice::Flex(_))
}

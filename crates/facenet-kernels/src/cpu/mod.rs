//! What the kernels for Flex share: buffers that are written once, vectors as wide as the processor has them, the way a
//! batch of maps lies in memory and is cut into work.

mod buffer;
mod maps;
mod sums;

pub(crate) use buffer::written;
pub(crate) use maps::{Maps, Piece};
pub(crate) use sums::sums;

use burn::Tensor;
use burn::backend::DispatchDevice;
use burn::tensor::{DType, TensorData};
use burn_flex::FlexTensor;

/// Whether `x` has elements, of type `f32`, on Flex.
pub(crate) fn on_flex(x: &Tensor<4>) -> bool {
    x.dtype() == DType::F32
        && matches!(x.device().inner().as_dispatch(), DispatchDevice::Flex(_))
        && x.dims().iter().all(|size| *size > 0)
}

/// The layout of a tensor that [`on_flex`] was asked about.
pub(crate) fn maps(x: &FlexTensor) -> Maps {
    use burn::backend::TensorMetadata;

    Maps::new(x.shape().dims()).expect("the caller asked whether there are elements")
}

/// A kernel's vector as a tensor.
pub(crate) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

//! Flex: contiguous slices in, the kernels' vectors out.

use burn::backend::{Flex, TensorMetadata};
use burn::tensor::{Element, TensorData};
use burn_flex::FlexTensor;

use crate::pooling::kernels::{self, Windows};
use crate::pooling::ops::{PoolingGradients, PoolingOps};

impl PoolingOps for Flex {
    fn fused_max_pool2d(x: FlexTensor, windows: Windows) -> FlexTensor {
        let x = x.to_contiguous();
        let (output, _) = kernels::max_pool(&windows, x.storage());
        tensor(output, windows.output())
    }

    fn fused_l2_pool2d(x: FlexTensor, windows: Windows) -> FlexTensor {
        let x = x.to_contiguous();
        tensor(kernels::l2_pool(&windows, x.storage()), windows.output())
    }

    fn fused_global_avg_pool2d(x: FlexTensor) -> FlexTensor {
        let [batch, channels, height, width] = x.shape().dims();
        let x = x.to_contiguous();
        let output = kernels::global_avg_pool(height * width, x.storage());
        tensor(output, [batch, channels])
    }
}

impl PoolingGradients for Flex {
    fn fused_max_pool2d_with_taps(x: FlexTensor, windows: Windows) -> (FlexTensor, FlexTensor) {
        let x = x.to_contiguous();
        let (output, taps) = kernels::max_pool(&windows, x.storage());
        (
            tensor(output, windows.output()),
            tensor(taps, windows.output()),
        )
    }

    fn fused_max_pool2d_grad(
        taps: FlexTensor,
        output_grad: FlexTensor,
        windows: Windows,
    ) -> FlexTensor {
        let (taps, output_grad) = (taps.to_contiguous(), output_grad.to_contiguous());
        let grad = kernels::max_pool_grad(&windows, taps.storage(), output_grad.storage());
        tensor(grad, windows.input)
    }

    fn fused_l2_pool2d_grad(
        x: FlexTensor,
        output: FlexTensor,
        output_grad: FlexTensor,
        windows: Windows,
    ) -> FlexTensor {
        let [x, output, output_grad] =
            [x, output, output_grad].map(|tensor| tensor.to_contiguous());
        let grad = kernels::l2_pool_grad(
            &windows,
            x.storage(),
            output.storage(),
            output_grad.storage(),
        );
        tensor(grad, windows.input)
    }

    fn fused_global_avg_pool2d_grad(output_grad: FlexTensor, shape: [usize; 4]) -> FlexTensor {
        let [_, _, height, width] = shape;
        let output_grad = output_grad.to_contiguous();
        let grad = kernels::global_avg_pool_grad(height * width, output_grad.storage());
        tensor(grad, shape)
    }
}

fn tensor<E: Element, const D: usize>(values: Vec<E>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

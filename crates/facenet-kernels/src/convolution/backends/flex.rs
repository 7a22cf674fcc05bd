//! Flex: contiguous `f32` slices in, the kernels' vectors out.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;
use burn::tensor::ops::ConvOptions;
use burn_flex::FlexTensor;

use crate::convolution::kernels::{self, Epilogue, Geometry, Rectifier};
use crate::convolution::ops::{ConvolutionGradients, ConvolutionOps, FusedConvolutionOps, Operand};

impl ConvolutionOps for Flex {
    fn convolution(x: FlexTensor, weight: FlexTensor, options: ConvOptions<2>) -> FlexTensor {
        let geometry = geometry(&x, &weight, &options);
        let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
        let epilogue = Epilogue::default();
        let output = kernels::forward(&geometry, x.storage(), weight.storage(), &epilogue);
        tensor(output, geometry.output_shape())
    }
}

impl FusedConvolutionOps for Flex {
    fn fused_convolution(
        x: FlexTensor,
        weight: FlexTensor,
        bias: Operand<Self>,
        residual: Operand<Self>,
        slopes: Operand<Self>,
        rectified: bool,
        options: ConvOptions<2>,
    ) -> FlexTensor {
        let geometry = geometry(&x, &weight, &options);
        let (x, weight) = (x.to_contiguous(), weight.to_contiguous());
        let [bias, residual, slopes] = [bias, residual, slopes].map(|operand| match operand {
            Operand::Present(tensor) => Some(tensor.to_contiguous()),
            Operand::Absent => None,
        });
        let epilogue = Epilogue {
            bias: bias.as_ref().map(|bias| bias.storage()),
            residual: residual.as_ref().map(|residual| residual.storage()),
            rectifier: match (&slopes, rectified) {
                (Some(slopes), _) => Rectifier::Slopes(slopes.storage()),
                (None, true) => Rectifier::Zero,
                (None, false) => Rectifier::None,
            },
        };
        let output = kernels::forward(&geometry, x.storage(), weight.storage(), &epilogue);
        tensor(output, geometry.output_shape())
    }
}

impl ConvolutionGradients for Flex {
    fn convolution_input_grad(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        let geometry = geometry(&x, &weight, &options);
        let (weight, output_grad) = (weight.to_contiguous(), output_grad.to_contiguous());
        let grad = kernels::input_grad(&geometry, weight.storage(), output_grad.storage());
        tensor(grad, geometry.input_shape())
    }

    fn convolution_weight_grad(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        output_grad: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        let geometry = geometry(&x, &weight, &options);
        let (x, output_grad) = (x.to_contiguous(), output_grad.to_contiguous());
        let grad = kernels::weight_grad(&geometry, x.storage(), output_grad.storage());
        tensor(grad, geometry.weight_shape())
    }
}

fn geometry(x: &FlexTensor, weight: &FlexTensor, options: &ConvOptions<2>) -> Geometry {
    Geometry::new(x.shape().dims(), weight.shape().dims(), options)
        .expect("the caller asked whether the extension covers this convolution")
}

fn tensor(values: Vec<f32>, shape: [usize; 4]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

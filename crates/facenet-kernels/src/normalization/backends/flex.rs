//! Flex: contiguous `f32` slices in, the kernels' vectors out.

use burn::backend::{Flex, TensorMetadata};
use burn_flex::FlexTensor;

use crate::cpu::{maps, tensor};
use crate::normalization::kernels::{self, Layer, ParameterGrads, Response, Statistics};
use crate::normalization::ops::{
    BatchNormInputs, BatchNormSettings, NormalizationGradients, NormalizationOps, ResponseSettings,
};

impl NormalizationOps for Flex {
    fn fused_batch_norm_train(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        settings: BatchNormSettings,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let [x, gamma, beta] = [x, gamma, beta].map(contiguous);
        let layer = layer(&gamma, &beta, settings);
        let (output, statistics) = kernels::batch_norm_train(&maps(&x), &layer, x.storage());
        (
            tensor(output, x.shape().dims::<4>()),
            vector(statistics.mean),
            vector(statistics.variance),
        )
    }

    fn fused_batch_norm_given(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        mean: FlexTensor,
        variance: FlexTensor,
        settings: BatchNormSettings,
    ) -> FlexTensor {
        let [x, gamma, beta] = [x, gamma, beta].map(contiguous);
        let layer = layer(&gamma, &beta, settings);
        let statistics = statistics(mean, variance);
        let output = kernels::batch_norm_given(&maps(&x), &layer, x.storage(), &statistics);
        tensor(output, x.shape().dims::<4>())
    }

    fn fused_local_response_norm(x: FlexTensor, settings: ResponseSettings) -> FlexTensor {
        let x = contiguous(x);
        let output = kernels::local_response(&maps(&x), &response(settings), x.storage());
        tensor(output, x.shape().dims::<4>())
    }
}

impl NormalizationGradients for Flex {
    fn fused_batch_norm_grad(
        inputs: BatchNormInputs<FlexTensor>,
        output_grad: FlexTensor,
    ) -> [FlexTensor; 3] {
        let [x, gamma, beta] = [inputs.x, inputs.gamma, inputs.beta].map(contiguous);
        let layer = layer(&gamma, &beta, inputs.settings);
        let statistics = statistics(inputs.mean, inputs.variance);
        // The gradient's own memory is used again where nobody else holds it, and copied elsewhere.
        let mut grad = contiguous(output_grad);
        let ParameterGrads { gamma, beta } = kernels::batch_norm_backward(
            &maps(&x),
            &layer,
            x.storage(),
            &statistics,
            inputs.of_batch,
            grad.storage_mut(),
        );
        [grad, vector(gamma), vector(beta)]
    }

    fn fused_local_response_norm_grad(
        x: FlexTensor,
        output_grad: FlexTensor,
        settings: ResponseSettings,
    ) -> FlexTensor {
        let [x, output_grad] = [x, output_grad].map(contiguous);
        let response = response(settings);
        let grad =
            kernels::local_response_grad(&maps(&x), &response, x.storage(), output_grad.storage());
        tensor(grad, x.shape().dims::<4>())
    }
}

/// Takes the tensor, so that one that nobody else holds can be written in place.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    tensor.to_contiguous()
}

fn layer<'a>(
    gamma: &'a FlexTensor,
    beta: &'a FlexTensor,
    settings: BatchNormSettings,
) -> Layer<'a> {
    Layer {
        gamma: gamma.storage(),
        beta: beta.storage(),
        epsilon: settings.epsilon,
        relu: settings.relu,
    }
}

fn response(settings: ResponseSettings) -> Response {
    Response {
        size: settings.size,
        alpha: settings.alpha as f32,
        beta: settings.beta as f32,
        k: settings.k as f32,
    }
}

fn statistics(mean: FlexTensor, variance: FlexTensor) -> Statistics {
    let values = |tensor: FlexTensor| contiguous(tensor).storage::<f32>().to_vec();
    Statistics {
        mean: values(mean),
        variance: values(variance),
    }
}

fn vector(values: Vec<f32>) -> FlexTensor {
    let len = values.len();
    tensor(values, [len])
}

//! Differentiation: which gradient belongs to which parent.

use burn::backend::AutodiffBackend;
use burn::backend::tensor::FloatTensor;
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn_autodiff::{Autodiff, NodeId};

use crate::normalization::ops::{
    BatchNormInputs, BatchNormSettings, NormalizationGradients, NormalizationOps, ResponseSettings,
};

#[derive(Debug)]
struct BatchNorm;

/// `x`, `gamma` and `beta` by their nodes, the statistics as they are.
#[derive(Clone, Debug)]
struct BatchNormState<T> {
    x: NodeId,
    gamma: NodeId,
    beta: NodeId,
    mean: T,
    variance: T,
    settings: BatchNormSettings,
    of_batch: bool,
}

impl<B: NormalizationGradients> Backward<B, 3> for BatchNorm {
    type State = BatchNormState<FloatTensor<B>>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let state = ops.state;
        let output_grad = grads.consume::<B>(&ops.node);
        let inputs = BatchNormInputs {
            x: checkpointer.retrieve_node_output(state.x),
            gamma: checkpointer.retrieve_node_output(state.gamma),
            beta: checkpointer.retrieve_node_output(state.beta),
            mean: state.mean,
            variance: state.variance,
            settings: state.settings,
            of_batch: state.of_batch,
        };
        let results = B::fused_batch_norm_grad(inputs, output_grad);
        for (node, grad) in ops.parents.into_iter().zip(results) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

/// Keeps the input alone: what it is divided by costs less to compute again than to keep.
#[derive(Debug)]
struct LocalResponseNorm;

impl<B: NormalizationGradients> Backward<B, 1> for LocalResponseNorm {
    type State = (NodeId, ResponseSettings);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let (x, settings) = ops.state;
        let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            B::fused_local_response_norm_grad(x, grad, settings)
        });
    }
}

impl<B: NormalizationGradients, C: CheckpointStrategy> NormalizationOps for Autodiff<B, C> {
    fn fused_batch_norm_train(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        settings: BatchNormSettings,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [x.node(), gamma.node(), beta.node()];
        let run = |x: FloatTensor<Self>, gamma: FloatTensor<Self>, beta: FloatTensor<Self>| {
            let (x, gamma) = (x.into_primitive(), gamma.into_primitive());
            B::fused_batch_norm_train(x, gamma, beta.into_primitive(), settings)
        };
        let (output, mean, variance) =
            match BatchNorm.prepare::<C>(nodes).compute_bound().stateful() {
                OpsKind::Tracked(mut prep) => {
                    let [x_id, gamma_id, beta_id] =
                        [&x, &gamma, &beta].map(|tensor| prep.checkpoint(tensor));
                    let (output, mean, variance) = run(x, gamma, beta);
                    let state = BatchNormState {
                        x: x_id,
                        gamma: gamma_id,
                        beta: beta_id,
                        mean: mean.clone(),
                        variance: variance.clone(),
                        settings,
                        of_batch: true,
                    };
                    (prep.finish(state, output), mean, variance)
                }
                OpsKind::UnTracked(prep) => {
                    let (output, mean, variance) = run(x, gamma, beta);
                    (prep.finish(output), mean, variance)
                }
            };
        (output, Self::from_inner(mean), Self::from_inner(variance))
    }

    fn fused_batch_norm_given(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        settings: BatchNormSettings,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), gamma.node(), beta.node()];
        let (mean, variance) = (mean.into_primitive(), variance.into_primitive());
        let run = |x: FloatTensor<Self>,
                   gamma: FloatTensor<Self>,
                   beta: FloatTensor<Self>,
                   mean,
                   variance| {
            let (x, gamma) = (x.into_primitive(), gamma.into_primitive());
            B::fused_batch_norm_given(x, gamma, beta.into_primitive(), mean, variance, settings)
        };
        match BatchNorm.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let [x_id, gamma_id, beta_id] =
                    [&x, &gamma, &beta].map(|tensor| prep.checkpoint(tensor));
                let state = BatchNormState {
                    x: x_id,
                    gamma: gamma_id,
                    beta: beta_id,
                    mean: mean.clone(),
                    variance: variance.clone(),
                    settings,
                    of_batch: false,
                };
                prep.finish(state, run(x, gamma, beta, mean, variance))
            }
            OpsKind::UnTracked(prep) => prep.finish(run(x, gamma, beta, mean, variance)),
        }
    }

    fn fused_local_response_norm(
        x: FloatTensor<Self>,
        settings: ResponseSettings,
    ) -> FloatTensor<Self> {
        let nodes = [x.node()];
        match LocalResponseNorm
            .prepare::<C>(nodes)
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(mut prep) => {
                let state = (prep.checkpoint(&x), settings);
                let output = B::fused_local_response_norm(x.into_primitive(), settings);
                prep.finish(state, output)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::fused_local_response_norm(x.into_primitive(), settings))
            }
        }
    }
}

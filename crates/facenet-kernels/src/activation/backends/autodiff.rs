//! Differentiation: which gradient belongs to which parent.

use burn::backend::tensor::FloatTensor;
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_autodiff::{Autodiff, NodeId};

use crate::activation::ops::{ActivationGradients, ActivationOps};

#[derive(Debug)]
struct PRelu;

impl<B: ActivationGradients> Backward<B, 2> for PRelu {
    type State = [NodeId; 2];

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let output_grad = grads.consume::<B>(&ops.node);
        let [x, alpha] = ops
            .state
            .map(|node| checkpointer.retrieve_node_output::<FloatTensor<B>>(node));
        let results = B::fused_prelu_grad(x, alpha, output_grad);
        for (node, grad) in ops.parents.into_iter().zip(results) {
            if let Some(node) = node {
                grads.register::<B>(node.id, grad);
            }
        }
    }
}

impl<B: ActivationGradients, C: CheckpointStrategy> ActivationOps for Autodiff<B, C> {
    fn fused_prelu(x: FloatTensor<Self>, alpha: FloatTensor<Self>) -> FloatTensor<Self> {
        let nodes = [x.node(), alpha.node()];
        match PRelu.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let state = [&x, &alpha].map(|tensor| prep.checkpoint(tensor));
                let output = B::fused_prelu(x.into_primitive(), alpha.into_primitive());
                prep.finish(state, output)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::fused_prelu(x.into_primitive(), alpha.into_primitive()))
            }
        }
    }
}

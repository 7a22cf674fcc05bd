//! Differentiation: which product belongs to which parent.

use burn::backend::tensor::FloatTensor;
use burn::tensor::ops::ConvOptions;
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind};
use burn_autodiff::{Autodiff, NodeId};

use crate::convolution::ops::{ConvolutionGradients, ConvolutionOps};

#[derive(Debug)]
struct Convolution;

impl<B: ConvolutionGradients> Backward<B, 2> for Convolution {
    type State = (NodeId, NodeId, ConvOptions<2>);

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let (x, weight, options) = ops.state;
        let [x_node, weight_node] = ops.parents;
        let grad = grads.consume::<B>(&ops.node);
        let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
        let weight = checkpointer.retrieve_node_output::<FloatTensor<B>>(weight);

        // An untracked parent, such as a network's input, has no node here and costs no product.
        if let Some(node) = x_node {
            let (x, weight, options) = (x.clone(), weight.clone(), options.clone());
            let grad = B::convolution_input_grad(x, weight, grad.clone(), options);
            grads.register::<B>(node.id, grad);
        }
        if let Some(node) = weight_node {
            let grad = B::convolution_weight_grad(x, weight, grad, options);
            grads.register::<B>(node.id, grad);
        }
    }
}

impl<B: ConvolutionGradients, C: CheckpointStrategy> ConvolutionOps for Autodiff<B, C> {
    fn convolution(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        options: ConvOptions<2>,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node()];
        match Convolution.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let state = (
                    prep.checkpoint(&x),
                    prep.checkpoint(&weight),
                    options.clone(),
                );
                let output = B::convolution(x.into_primitive(), weight.into_primitive(), options);
                prep.finish(state, output)
            }
            OpsKind::UnTracked(prep) => prep.finish(B::convolution(
                x.into_primitive(),
                weight.into_primitive(),
                options,
            )),
        }
    }
}

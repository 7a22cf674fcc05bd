//! Differentiation: what each backward pass keeps of the forward pass.

use burn::backend::TensorMetadata;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn_autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind, unary};
use burn_autodiff::{Autodiff, NodeId};

use crate::pooling::kernels::Windows;
use crate::pooling::ops::{PoolingGradients, PoolingOps};

/// Keeps the taps, a byte for each output, and nothing of the input.
#[derive(Debug)]
struct MaxPool2d;

impl<B: PoolingGradients> Backward<B, 1> for MaxPool2d {
    type State = (IntTensor<B>, Windows);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let (taps, windows) = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            B::fused_max_pool2d_grad(taps, grad, windows)
        });
    }
}

/// Keeps input and output.
#[derive(Debug)]
struct L2Pool2d;

impl<B: PoolingGradients> Backward<B, 1> for L2Pool2d {
    type State = (NodeId, FloatTensor<B>, Windows);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let (x, output, windows) = ops.state;
        let x = checkpointer.retrieve_node_output::<FloatTensor<B>>(x);
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            B::fused_l2_pool2d_grad(x, output, grad, windows)
        });
    }
}

/// Keeps the input's shape.
#[derive(Debug)]
struct GlobalAvgPool2d;

impl<B: PoolingGradients> Backward<B, 1> for GlobalAvgPool2d {
    type State = [usize; 4];

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let shape = ops.state;
        unary::<B, _>(ops.parents, ops.node, grads, |grad| {
            B::fused_global_avg_pool2d_grad(grad, shape)
        });
    }
}

impl<B: PoolingGradients, C: CheckpointStrategy> PoolingOps for Autodiff<B, C> {
    fn fused_max_pool2d(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self> {
        match MaxPool2d
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let (output, taps) = B::fused_max_pool2d_with_taps(x.into_primitive(), windows);
                prep.finish((taps, windows), output)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::fused_max_pool2d(x.into_primitive(), windows))
            }
        }
    }

    fn fused_l2_pool2d(x: FloatTensor<Self>, windows: Windows) -> FloatTensor<Self> {
        match L2Pool2d.prepare::<C>([x.node()]).compute_bound().stateful() {
            OpsKind::Tracked(mut prep) => {
                let node = prep.checkpoint(&x);
                let output = B::fused_l2_pool2d(x.into_primitive(), windows);
                prep.finish((node, output.clone(), windows), output)
            }
            OpsKind::UnTracked(prep) => {
                prep.finish(B::fused_l2_pool2d(x.into_primitive(), windows))
            }
        }
    }

    fn fused_global_avg_pool2d(x: FloatTensor<Self>) -> FloatTensor<Self> {
        match GlobalAvgPool2d
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful()
        {
            OpsKind::Tracked(prep) => {
                let x = x.into_primitive();
                let shape = x.shape().dims();
                prep.finish(shape, B::fused_global_avg_pool2d(x))
            }
            OpsKind::UnTracked(prep) => prep.finish(B::fused_global_avg_pool2d(x.into_primitive())),
        }
    }
}

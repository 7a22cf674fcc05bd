//! The loss as one operation of the backend.
//!
//! Distances, mining, costs and the weights W = dL/dD are computed together, next to each other in the cache or the
//! registers of a GPU; what follows is the one product with W that the gradient needs. A file for each backend.

mod autodiff;
#[cfg(feature = "cube")]
mod cube;
#[cfg(feature = "flex")]
mod flex;
mod ops;

use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Tensor};

use crate::batch::{Batch, Candidates};
use crate::output::TripletStats;
use crate::route::{EmbeddingGradient, LossAndGradient};
use crate::{Distance, Route, TripletLossConfig};
use ops::{GradientOps, TripletOps, TripletSettings};

/// Whether there is a fused implementation for this batch on its device.
pub(crate) fn covers(route: Route, batch: &Batch) -> bool {
    let empty = batch.anchors.dims()[0] == 0 || batch.candidates().dims()[0] == 0;
    route != Route::Composed
        && !empty
        && batch.anchors.dtype() == DType::F32
        && batch.candidates().dtype() == DType::F32
        && on_covered(&batch.anchors.device())
}

fn on_covered(device: &Device) -> bool {
    match device.as_dispatch() {
        #[cfg(feature = "flex")]
        burn::backend::DispatchDevice::Flex(_) => true,
        #[cfg(feature = "cube")]
        burn::backend::DispatchDevice::Cube(_) => true,
        #[allow(unreachable_patterns, reason = "a build may have this one device")]
        _ => false,
    }
}

/// Evaluates the loss of a batch that is [covered](covers).
pub(crate) fn evaluate(
    config: &TripletLossConfig,
    route: Route,
    batch: &Batch,
    with_gradient: bool,
) -> LossAndGradient {
    let same = matches!(batch.candidates, Candidates::Anchors);
    let settings = TripletSettings {
        distance: config.distance,
        plan: config.mining.plan(),
        margin: config.margin,
        reduction: config.reduction,
        same,
        first: batch.first(),
        gradient: with_gradient,
        matrix: keeps_matrix(route, batch),
    };
    let (loss, of_anchors, of_candidates, counts, sums) = Dispatch::triplet_loss(
        batch.anchors.clone().into_dispatch(),
        batch.candidates().into_dispatch(),
        batch.labels.clone().into_dispatch(),
        batch.candidate_labels().into_dispatch(),
        settings,
    );
    LossAndGradient {
        loss: Tensor::from_dispatch(loss),
        gradient: with_gradient.then(|| EmbeddingGradient {
            anchors: Tensor::from_dispatch(of_anchors),
            candidates: (!same).then(|| Tensor::from_dispatch(of_candidates)),
        }),
        stats: TripletStats {
            embeddings: batch.anchors.clone(),
            counts: Tensor::from_dispatch(counts),
            sums: Tensor::from_dispatch(sums),
        },
    }
}

/// Distances of a batch that is [covered](covers), as [`evaluate`] finds them.
pub(crate) fn distances(distance: Distance, batch: &Batch) -> Tensor<2> {
    let same = matches!(batch.candidates, Candidates::Anchors);
    Tensor::from_dispatch(Dispatch::triplet_distances(
        batch.anchors.clone().into_dispatch(),
        batch.candidates().into_dispatch(),
        distance,
        same,
    ))
}

/// Bytes of the largest matrix of distances that [`Route::Auto`] keeps: 5792 embeddings with each other.
const MATRIX: usize = 128 << 20;

fn keeps_matrix(route: Route, batch: &Batch) -> bool {
    match route {
        Route::Streaming => false,
        Route::Matrix => true,
        _ => {
            let ([anchors, _], [candidates, _]) = (batch.anchors.dims(), batch.candidates().dims());
            anchors * candidates * size_of::<f32>() <= MATRIX
        }
    }
}

/// Makes `gradient` what a backward pass from `loss` finds for `x`, beside what it finds already.
pub(crate) fn attach(loss: Tensor<1>, gradient: Tensor<2>, x: Tensor<2>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::with_known_gradient(
        x.into_dispatch(),
        loss.into_dispatch(),
        gradient.into_dispatch(),
    ))
}

//! What an implementation of the loss gives, and which one is asked.

use burn::tensor::{FloatDType, Tensor};

use crate::batch::Batch;
use crate::output::TripletStats;
use crate::{Distance, TripletLossConfig, composed, fused};

/// What any implementation of the loss gives.
pub(crate) struct LossAndGradient {
    /// `[1]`.
    pub(crate) loss: Tensor<1>,
    /// Where it was asked for.
    pub(crate) gradient: Option<EmbeddingGradient>,
    pub(crate) stats: TripletStats,
}

/// dL/dx for both sides.
pub(crate) struct EmbeddingGradient {
    /// `[anchors, dim]`; with what the anchors get as candidates where they are their own.
    pub(crate) anchors: Tensor<2>,
    /// `[candidates, dim]`, where the candidates are other rows.
    pub(crate) candidates: Option<Tensor<2>>,
}

/// How a loss is computed; what it is does not depend on it.
///
/// The routes differ in time and memory. Their distances differ in rounding, and with them triplets that a rounding
/// error decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Route {
    /// The fused implementation where the device has one, on the route that fits the size.
    #[default]
    Auto,
    /// Burn's tensor operations: on every device, for f64 too, and the oracle of the others.
    Composed,
    /// Fused, with the distances of all pairs in memory: 4 bytes for each pair.
    Matrix,
    /// Fused, with distances computed again instead of kept.
    Streaming,
}

/// Evaluates the loss without a graph.
pub(crate) fn evaluate(
    config: &TripletLossConfig,
    route: Route,
    batch: &Batch,
    with_gradient: bool,
) -> LossAndGradient {
    match fused::covers(route, batch) {
        true => fused::evaluate(config, route, batch, with_gradient),
        false => composed::evaluate(config, batch, with_gradient),
    }
}

/// Distances as the loss finds them, `[anchors, candidates]`.
pub(crate) fn distances(distance: Distance, route: Route, batch: &Batch) -> Tensor<2> {
    match fused::covers(route, batch) {
        true => fused::distances(distance, batch),
        false => composed::distances(distance, batch.anchors.clone(), batch.candidates()),
    }
}

/// f32 for f16 and bf16, everything else as it is.
pub(crate) fn accumulator(x: Tensor<2>) -> Tensor<2> {
    match FloatDType::from(x.dtype()) {
        FloatDType::F64 => x,
        _ => x.cast(FloatDType::F32),
    }
}

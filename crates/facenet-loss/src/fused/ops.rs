//! The backend extension.
#![allow(unreachable_pub, reason = "the macro wants the visibility of its own")]

#[cfg(feature = "fusion")]
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, backend_extension};
#[cfg(feature = "fusion")]
use burn::tensor::{DType, Shape};

use crate::mining::{Choice, Plan, Weighting};
#[cfg(feature = "fusion")]
use crate::output::{COUNTS, SUMS};
use crate::{Distance, Margin, Reduction};

/// What the fused loss is asked to compute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TripletSettings {
    pub(crate) distance: Distance,
    pub(crate) plan: Plan,
    pub(crate) margin: Margin,
    pub(crate) reduction: Reduction,
    /// The candidates are the anchors themselves.
    pub(crate) same: bool,
    /// The candidate that is anchor 0, where the anchors are among the candidates.
    pub(crate) first: Option<usize>,
    /// Whether gradients are wanted.
    pub(crate) gradient: bool,
    /// Whether the distances of all pairs may be kept in memory.
    pub(crate) matrix: bool,
}

impl TripletSettings {
    /// The tables of distance-weighted mining, where it is asked for.
    pub(crate) fn weighting(&self, dim: usize, candidates: usize) -> Option<Weighting> {
        let weighted = matches!(self.plan.choice, Choice::Weighted(_));
        weighted.then(|| Weighting::new(self.distance, dim, candidates))
    }
}

/// The loss as operations of a backend; their callers have checked shapes and element types.
#[backend_extension(
    Fusion: cfg(feature = "fusion"),
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube")
)]
pub trait TripletOps: Backend {
    /// Distances of all rows of `x`, `[anchors, dim]`, to those of `y`, `[candidates, dim]`: `[anchors, candidates]`.
    /// `same` says that `y` is `x`.
    #[fusion(dtype = x, shape = Shape::new([x[0], y[0]]))]
    fn triplet_distances(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        distance: Distance,
        same: bool,
    ) -> FloatTensor<Self>;

    /// Loss `[1]`, its gradients for `x` and `y`, and for each anchor counts, `[anchors, 5]`, and sums, `[anchors, 2]`,
    /// as [`TripletStats`](crate::TripletStats) has them.
    ///
    /// Where the candidates are the anchors, the gradient for `x` is that of both sides, and that for `y` is a
    /// placeholder of shape `[1, 1]`; without gradients both are.
    #[fusion(meta = outputs)]
    #[allow(clippy::type_complexity, reason = "a tuple is what the macro takes")]
    fn triplet_loss(
        x: FloatTensor<Self>,
        y: FloatTensor<Self>,
        x_labels: IntTensor<Self>,
        y_labels: IntTensor<Self>,
        settings: TripletSettings,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        IntTensor<Self>,
        FloatTensor<Self>,
    );
}

/// Gradients that are known beside the value.
#[backend_extension(
    Autodiff,
    Fusion: cfg(feature = "fusion"),
    Flex: cfg(feature = "flex"),
    Cube: cfg(feature = "cube")
)]
pub trait GradientOps: Backend {
    /// The `loss`, `[1]`; a backward pass from it finds `gradient` for `x`, and nothing for the other two.
    ///
    /// All that a graph keeps is the gradient; without a graph there is nothing to do.
    #[fusion(default)]
    fn with_known_gradient(
        x: FloatTensor<Self>,
        loss: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let _ = (x, gradient);
        loss
    }
}

/// What [`TripletOps::triplet_loss`] gives, known before it is computed.
#[cfg(feature = "fusion")]
fn outputs(
    x: &TensorSpec,
    y: &TensorSpec,
    _x_labels: &TensorSpec,
    _y_labels: &TensorSpec,
    settings: &TripletSettings,
) -> (TensorSpec, TensorSpec, TensorSpec, TensorSpec, TensorSpec) {
    let anchors = x.shape[0];
    let floats = |shape: Shape| TensorSpec::new(shape, DType::F32);
    let gradient = |of: &TensorSpec, wanted: bool| match wanted {
        true => floats(of.shape.clone()),
        false => floats(Shape::new([1, 1])),
    };
    (
        floats(Shape::new([1])),
        gradient(x, settings.gradient),
        gradient(y, settings.gradient && !settings.same),
        TensorSpec::new(Shape::new([anchors, COUNTS]), DType::I32),
        floats(Shape::new([anchors, SUMS])),
    )
}

//! What a triplet costs.

use cubecl::prelude::*;

use super::rule::Scale;

/// max(0, x) or ln(1 + exp(x)).
#[cube]
pub(super) fn cost_of(excess: f32, #[comptime] soft: bool) -> f32 {
    let hinge = max(excess, 0.0f32);
    if comptime!(soft) {
        hinge + (-excess.abs()).exp().log1p()
    } else {
        hinge
    }
}

/// The derivative of [`cost_of`].
#[cube]
pub(super) fn slope_of(excess: f32, #[comptime] soft: bool) -> f32 {
    if comptime!(soft) {
        // Of the exponential that cannot overflow.
        let small = (-excess.abs()).exp();
        select(excess > 0.0f32, 1.0f32, small) / (1.0f32 + small)
    } else {
        select(excess > 0.0f32, 1.0f32, 0.0f32)
    }
}

/// d(distance)/d(squared euclidean distance); 0 for equal rows.
#[cube]
pub(super) fn squared_slope(d: f32, scale: &Scale) -> f32 {
    let mut slope = scale.part;
    if scale.plain != 0 {
        slope = 0.0f32;
        if d > 0.0f32 {
            slope = 0.5f32 / d;
        }
    }
    slope
}

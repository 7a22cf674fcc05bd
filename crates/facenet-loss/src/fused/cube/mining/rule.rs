//! What a kernel is told about the configuration.

use cubecl::prelude::*;

use crate::mining::Plan;

/// The part of a configuration that shapes the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::fused::cube) struct Rule {
    /// With seeds of 0: they do not shape it.
    pub(in crate::fused::cube) plan: Plan,
    /// Soft-plus in place of a hinge.
    pub(in crate::fused::cube) soft: bool,
}

/// How to turn a distance d into others.
#[derive(CubeLaunch, CubeType)]
pub(in crate::fused::cube) struct Scale {
    /// d is a plain euclidean distance, not a squared one.
    pub(super) plain: u32,
    /// d over the squared euclidean distance, if it is a squared one.
    pub(super) part: f32,
}

/// The numbers of a configuration.
#[derive(CubeLaunch, CubeType)]
pub(in crate::fused::cube) struct Parameters {
    pub(super) alpha: f32,
    pub(super) seed_low: u32,
    pub(super) seed_high: u32,
    /// Of [`Weighting`](crate::mining::Weighting): bins for each unit of the distance, how many bins there are, and how
    /// many weights.
    pub(super) bin_scale: f32,
    pub(super) bins: usize,
    pub(super) parts: usize,
}

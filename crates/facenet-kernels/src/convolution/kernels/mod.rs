//! The arithmetic of a convolution on slices of `f32`.
//!
//! How the work is cut into pieces never decides in which order numbers are added, so results are the same bits on one
//! core and on many.

mod dense;
mod depthwise;
mod epilogue;
mod geometry;
mod passes;
mod scratch;
mod shared;

pub(super) use epilogue::{Epilogue, Rectifier};
pub(super) use geometry::Geometry;
pub(super) use passes::{forward, input_grad, weight_grad};

//! 2-D convolution that runs at the processor's speed, forwards and backwards.
//!
//! Burn's CPU backend, Flex, computes the gradients of a convolution through generic operations that run far below the
//! speed of its matrix product. Here the forward pass and both gradients have kernels of their own on Flex, by way of a
//! backend extension: matrix products for dense convolutions, lines of a plane for depthwise ones. On every other
//! backend, and for what the extension does not cover (groups of several channels, dilation, element types other than
//! `f32`), [`conv2d`] is [`burn::tensor::module::conv2d`].
//!
//! [`conv2d_fused`] adds what follows a convolution in a network (bias, residual, activation) while the output is in
//! cache.
//!
//! [`Conv2d`] has the parameters and the names of [`burn::nn::conv::Conv2d`], so the same weight files load into both.
//!
//! Results on Flex do not depend on the number of threads.

#[cfg(feature = "flex")]
mod backends;
mod conv2d;
mod epilogue;
#[cfg(feature = "flex")]
mod extension;
mod function;
mod fused;
#[cfg(feature = "flex")]
mod kernels;
#[cfg(feature = "flex")]
mod ops;

pub use conv2d::{Conv2d, Conv2dConfig};
pub use epilogue::{Activation, Epilogue};
pub use function::conv2d;
pub use fused::conv2d_fused;

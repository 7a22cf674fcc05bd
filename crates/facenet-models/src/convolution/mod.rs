//! 2-D convolution whose backward pass on the CPU is matrix products.
//!
//! Burn's CPU backend, Flex, computes the gradients of a convolution through generic operations that run far below the
//! speed of its matrix product. Here the forward pass and both gradients are im2col and GEMM on Flex, by way of a
//! backend extension; on every other backend, and for what the extension does not cover (groups, dilation, element
//! types other than `f32`), [`conv2d`] is [`burn::tensor::module::conv2d`].
//!
//! [`Conv2d`] has the parameters and the names of [`burn::nn::conv::Conv2d`], so the same weight files load into both.
//!
//! Results on Flex do not depend on the number of threads.

#[cfg(feature = "flex")]
mod backends;
mod conv2d;
mod function;
#[cfg(feature = "flex")]
mod kernels;
#[cfg(feature = "flex")]
mod ops;

pub use conv2d::{Conv2d, Conv2dConfig};
pub use function::conv2d;

//! Pooling that the CPU computes with vectors.
//!
//! Burn's CPU backend, Flex, goes through the windows of a max or average pooling one element at a time. Here the poolings
//! of Inception networks are one operation each on Flex, by way of a backend extension; on every other backend, and for
//! what the extension does not cover (other windows than 3×3, element types other than `f32`), they are Burn's own.
//!
//! Results on Flex do not depend on the number of threads.

#[cfg(feature = "flex")]
mod backends;
mod functions;
#[cfg(feature = "flex")]
mod kernels;
#[cfg(feature = "flex")]
mod ops;

pub use functions::{global_avg_pool2d, l2_pool2d, max_pool2d};

//! PReLU in one pass over memory on the CPU.
//!
//! Burn's CPU backend, Flex, composes a PReLU of a comparison, a product and a selection. Here it is one operation on
//! Flex, by way of a backend extension; on every other backend, and for element types other than `f32`, it is Burn's own.
//!
//! Results on Flex do not depend on the number of threads.

#[cfg(feature = "flex")]
mod backends;
#[cfg(feature = "flex")]
mod kernels;
#[cfg(feature = "flex")]
mod ops;
mod prelu;

pub use prelu::prelu;

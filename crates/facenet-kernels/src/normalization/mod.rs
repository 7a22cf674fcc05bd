//! Normalization in few passes over memory on the CPU.
//!
//! Burn's CPU backend, Flex, composes batch normalization of elementwise operations, each of which reads and writes the
//! whole batch, and local response normalization of transpositions besides. Here a batch normalization and the ReLU that
//! follows it, and a local response normalization, are one operation each on Flex, by way of a backend extension; on every
//! other backend, and for element types other than `f32`, they are Burn's own.
//!
//! Results on Flex do not depend on the number of threads.

#[cfg(feature = "flex")]
mod backends;
mod batch_norm;
#[cfg(feature = "flex")]
mod kernels;
mod local_response;
#[cfg(feature = "flex")]
mod ops;

pub use batch_norm::batch_norm;
pub use local_response::local_response_norm;

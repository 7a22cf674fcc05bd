//! The ground floor: what a processor computes for neural networks, fast, without a word about faces.
//!
//! Burn's CPU backend, Flex, has a good matrix product; what stands here is what it lacks. Each layer is a plain
//! function on tensors that takes its kernel on Flex, by way of a backend extension, and Burn's own operation
//! everywhere else.
//!
//! | module | what it holds |
//! |---|---|
//! | [`simd`] | the one place for vectors and instruction sets |
//! | [`random`] | the one stream of random numbers that a key names |
//! | `convolution` | dense and depthwise convolution, forwards and backwards, with what follows it |
//! | `normalization` | batch normalization, local response normalization |
//! | `pooling` | maximum, L2 and global average |
//! | `activation` | PReLU |
//!
//! Without features only [`simd`] and [`random`] are there; `burn`, which every backend's feature implies, brings the
//! layers, and `flex` their kernels.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "burn")]
pub mod activation;
#[cfg(feature = "burn")]
pub mod convolution;
#[cfg(feature = "flex")]
mod cpu;
#[cfg(feature = "burn")]
pub mod normalization;
#[cfg(feature = "burn")]
mod operations;
#[cfg(feature = "burn")]
pub mod pooling;
pub mod random;
pub mod simd;

#[cfg(feature = "burn")]
pub use operations::Operations;

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "flex"))]
#[doc = include_str!("../README.md")]
struct Readme;

//! What crosses crates: the tests are beside this folder.

/// The examples of the README.
#[cfg(all(doctest, feature = "flex"))]
#[doc = include_str!("../../README.md")]
struct Readme;

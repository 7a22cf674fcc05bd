//! Weight files: our own, which say what they are, and those of others.

mod checkpoint;
#[cfg(feature = "pretrained")]
mod download;
mod expected;
mod fill;
mod format;
mod import;
mod layout;
mod metadata;
mod mismatch;
mod names;
#[cfg(feature = "pretrained")]
mod pretrained;

pub use checkpoint::{Checkpoint, Precision};
pub use mismatch::TensorMismatch;
pub(crate) use mismatch::list;
#[cfg(feature = "pretrained")]
pub use pretrained::Pretrained;

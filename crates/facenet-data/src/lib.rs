//! Faces on disk and synthetic faces: labelled images in, RGB batches out.

mod dataset;
mod error;
#[cfg(feature = "synthetic")]
pub mod synthetic;

pub use dataset::FaceDataset;
pub use error::DataError;

//! Batches from worker threads, and what stands in for images that cannot be read.

mod loader;
mod replaced_faces;

pub use loader::{FaceBatch, FaceLoader, FaceLoaderConfig};
pub use replaced_faces::{ReplacedFaces, Replacement};

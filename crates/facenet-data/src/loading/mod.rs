//! Batches from worker threads.

mod loader;

pub use loader::{FaceBatch, FaceLoader, LoaderOptions};

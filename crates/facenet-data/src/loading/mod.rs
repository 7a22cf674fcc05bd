//! Batches from worker threads, and what stands in for images that cannot be read.

mod loader;
mod stand_ins;

pub use loader::{FaceBatch, FaceLoader, LoaderOptions};
pub use stand_ins::{StandIn, StandIns};

//! Decoded and cropped faces on disk.

mod entry;
mod faces;
mod key;

pub use faces::{CacheCounts, CachedFaces};

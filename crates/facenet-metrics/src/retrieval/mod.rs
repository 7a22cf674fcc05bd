//! Retrieval: how many of the images next to a photograph show the same person?

mod mate_ranks;
mod report;
mod scan;

pub use report::{DEFAULT_RECALLS, RecallAtK, RetrievalReport};

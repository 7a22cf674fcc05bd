//! Identification: which enrolled person is this, if any? Closed set (rank-k rates and the CMC curve),
//! open set (DIR at FPIR), and templates of several images.

mod closed_set;
mod enrollment;
mod open_set;
mod ranks;
mod templates;

pub use closed_set::IdentificationReport;
pub use enrollment::Enrollment;
pub use open_set::{DEFAULT_FPIRS, DirAtFpir, OpenSetReport};
pub use templates::Templates;

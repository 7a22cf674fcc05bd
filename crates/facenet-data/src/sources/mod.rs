//! Where labeled faces come from.

mod decoded;
mod evaluation;
pub(crate) mod files;
mod folder;
mod lfw;
mod listed;
mod open;
mod orl;
mod pickle;
mod prepared;
mod recordio;
mod records;
mod subset;

pub use decoded::DecodedFaces;
pub use evaluation::EvaluationPack;
pub use folder::{FaceFolder, FaceFolderConfig, SkippedIdentities};
pub use lfw::{FacePair, LfwPairs, MissingImages};
pub use listed::FaceTable;
pub use open::{OpenedFaces, open_faces};
pub use orl::OrlFaces;
pub use prepared::PreparedFaces;
pub use records::RecordPack;
pub use subset::{Subset, split_by_identity};

//! Where labelled faces come from.

mod decoded;
mod evaluation;
pub(crate) mod files;
mod folder;
mod lfw;
mod listed;
mod orl;
mod pickle;
mod recordio;
mod records;
mod subset;

pub use decoded::DecodedFaces;
pub use evaluation::EvaluationPack;
pub use folder::{FaceFolder, FolderOptions, LeftOut};
pub use lfw::{FacePair, LfwPairs, MissingImages};
pub use listed::FaceTable;
pub use orl::OrlFaces;
pub use records::RecordPack;
pub use subset::{Subset, split_by_identity};

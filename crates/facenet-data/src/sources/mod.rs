//! Where labelled faces come from.

mod decoded;
pub(crate) mod files;
mod folder;
mod lfw;
mod orl;
mod subset;

pub use decoded::DecodedFaces;
pub use folder::{FaceFolder, FolderOptions, LeftOut};
pub use lfw::{FacePair, LfwPairs, MissingImages};
pub use orl::OrlFaces;
pub use subset::{Subset, split_by_identity};

//! The lists that data sets come with: pairs, people, boxes.

mod boxes;
pub(crate) mod lines;
pub(crate) mod pairs;
mod people;

pub use boxes::{FaceBox, read_boxes};
pub use pairs::{NamedImage, NamedPair, read_pairs};
pub use people::{Person, read_people};

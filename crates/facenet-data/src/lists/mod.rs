//! The lists that data sets come with: pairs, people, boxes, names, distances, videos, templates.
//!
//! Each is read from a file (`read_…`) or from bytes (`parse_…`), by the same code.

pub(crate) mod boxes;
mod distances;
pub(crate) mod lines;
mod names;
pub(crate) mod pairs;
mod people;
pub(crate) mod table;
mod templates;
mod videos;

pub use boxes::{FaceBox, parse_boxes, read_boxes};
pub use distances::{PairDistances, parse_distances, read_distances};
pub use names::{parse_names, read_names};
pub use pairs::{NamedImage, NamedPair, parse_pairs, read_pairs};
pub use people::{Person, parse_people, read_people};
pub use templates::{
    TemplateImage, TemplatePair, TemplateProtocol, parse_template_images, parse_template_pairs,
    read_template_images, read_template_pairs,
};
pub use videos::{VideoPair, parse_video_pairs, read_video_pairs};

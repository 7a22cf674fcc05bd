//! What embeddings are worth: on Labeled Faces in the Wild, on any list of pairs, on people held out.
//!
//! A network (or its embeddings, or bare distances) and a data set go in, a typed report comes out. No training is
//! needed.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod calibration_file;
mod embed;
mod embedded_pairs;
mod error;
mod face_cut;
#[cfg(feature = "plot")]
mod figures;
mod folded_pairs;
mod hold_out;
mod identification;
mod images;
mod lfw;
mod lfw_network;
mod measurement;
mod named_embeddings;
mod pack;
mod pairs_report;
mod pixels;
mod protocol;
mod sweep;
mod test_sets;
mod value_table;
mod videos;

pub use image;
pub use ndarray;

pub use calibration_file::{calibration_beside, load_calibration, save_calibration};
pub use embed::embed_in_batches;
pub use embedded_pairs::{EmbeddedPairs, squared_distance_range};
pub use error::EvalError;
pub use face_cut::FaceCut;
pub use folded_pairs::FoldedPairs;
pub use hold_out::{FARS, HoldOut, HoldOutReport};
pub use identification::{FaceMatch, Identification, IdentificationConfig};
pub use images::images_in;
pub use lfw::{LfwFaces, LfwFacesConfig};
pub use lfw_network::LfwNetwork;
pub use measurement::{Comparison, Measurement};
pub use named_embeddings::{NamedEmbeddings, read_embeddings, write_embeddings};
pub use pack::measure_pack;
pub use pairs_report::PairsReport;
pub use pixels::pixel_embeddings;
pub use protocol::PairsProtocolConfig;
pub use sweep::{Sweep, SweepRow, SweepTable};
pub use test_sets::{TestReport, TestSets};
pub use value_table::ValueTable;
pub use videos::measure_videos;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! What embeddings are worth: on Labeled Faces in the Wild, on any list of pairs, on people held out.
//!
//! A network (or its embeddings, or bare distances) and a data set go in, a typed report comes out. No training is
//! needed.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod calibration_file;
mod error;
mod face_cut;
mod folded_pairs;
mod hold_out;
mod lfw;
mod pixels;

pub use calibration_file::{calibration_beside, load_calibration, save_calibration};
pub use error::EvalError;
pub use face_cut::{FaceCut, MARGIN};
pub use folded_pairs::{FoldedPairs, PairsReport};
pub use hold_out::{FARS, HoldOutReport};
pub use lfw::{LfwFaces, LfwFacesConfig};
pub use pixels::pixel_embeddings;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! What embeddings are worth: on people held out, on Labeled Faces in the Wild, on any list of pairs.

mod cut;
mod holdout;
mod lfw;
mod pairs;
mod pixels;

pub use cut::{FaceCut, MARGIN};
pub use holdout::{Evaluation, FARS};
pub use lfw::{LfwFaces, LfwOptions};
pub use pairs::{FoldedPairs, PairsReport};
pub use pixels::pixel_embeddings;

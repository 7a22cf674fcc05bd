//! Images: decoded within limits, cropped, aligned, resized, drawn on sheets.

mod align;
pub(crate) mod crop;
mod decode;
pub(crate) mod guard;
mod jpeg;
pub(crate) mod pixels;
mod reduced;
mod sheet;

pub use align::{FaceTemplate, SimilarityTransform, aligned_crop};
pub use crop::{DEFAULT_MARGIN, center_crop, facenet_crop, resize};
pub use decode::{DecodeLimits, decode, read_image};
pub use sheet::{ContactSheet, group_color};

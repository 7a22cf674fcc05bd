//! Images: decoded within limits, cropped, resized, drawn on sheets.

pub(crate) mod crop;
mod decode;
pub(crate) mod guard;
mod jpeg;
pub(crate) mod pixels;
mod sheet;

pub use crop::{centre_crop, facenet_crop, resize};
pub use decode::{DecodeLimits, decode, read_image};
pub use sheet::{ContactSheet, group_colour};

//! Faces to train on: opened, cut out, cached, rid of what cannot be read, and some people held out.

mod config;
mod cut;
mod faces;

pub use config::{TrainingFacesConfig, UnreadableImages};
pub use faces::TrainingFaces;

#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod device;
mod error;
mod image_file;
pub mod prelude;
mod recognizer;

pub use burn;
pub use image;
pub use ndarray;

pub use facenet_data as data;
pub use facenet_eval as eval;
pub use facenet_kernels as kernels;
pub use facenet_loss as loss;
pub use facenet_metrics as metrics;
pub use facenet_models as models;
pub use facenet_sampler as sampler;
#[cfg(feature = "synthetic")]
pub use facenet_synthetic as synthetic;
#[cfg(feature = "train")]
pub use facenet_train as train;

pub use device::DeviceName;
pub use error::Error;
pub use image_file::open_image;
pub use recognizer::{Gallery, Match, Recognizer, Verdict};

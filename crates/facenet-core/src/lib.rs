//! FaceNet on Burn: face embeddings trained with the triplet loss, and what they are for:
//! verification, identification, clustering.
//!
//! # From two images to a verdict
//!
//! ```no_run
//! use facenet_core::prelude::*;
//!
//! let facenet = Recognizer::load("runs/quickstart/network.bpk", &Device::default())?;
//! let (a, b) = (open_image("a.jpg")?, open_image("b.jpg")?);
//! println!("{}", facenet.verify(&a, &b)?);
//! # Ok::<(), facenet_core::Error>(())
//! ```
//!
//! # Features
//!
//! Backends carry Burn's names: `flex` (the CPU, on by default), `wgpu`, `vulkan`, `metal`,
//! `webgpu`, `cuda`, `rocm`, with `fusion` and `autotune`. `train` (on by default) is the training
//! loop, `plot` draws curves, `synthetic` renders faces, `pretrained` fetches published weights.

mod calibration_file;
mod device;
mod error;
mod image_file;
pub mod prelude;
mod recognizer;

pub use burn;
pub use facenet_data as data;
pub use facenet_kernels as kernels;
pub use facenet_loss as loss;
pub use facenet_metrics as metrics;
pub use facenet_models as models;
pub use facenet_sampler as sampler;
#[cfg(feature = "synthetic")]
pub use facenet_synthetic as synthetic;
#[cfg(feature = "train")]
pub use facenet_train as train;

pub use calibration_file::{calibration_beside, load_calibration, save_calibration};
pub use device::DeviceName;
pub use error::Error;
pub use image_file::open_image;
pub use recognizer::{Gallery, Match, Recognizer, Verdict};

/// The examples of the README are tests of this crate.
#[cfg(all(doctest, feature = "flex", feature = "train"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

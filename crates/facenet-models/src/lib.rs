//! FaceNet's networks (Schroff, Kalenichenko, Philbin: "FaceNet: A Unified Embedding for Face
//! Recognition and Clustering", CVPR 2015) as Burn modules, with their preprocessing and weights.
//!
//! ```
//! # #[cfg(feature = "flex")] {
//! use burn::tensor::Device;
//! use facenet_models::{Architecture, FaceNetConfig, pixels_to_tensor};
//!
//! let device = Device::flex();
//! let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([70, 58]);
//! let network = config.init(&device)?;
//! let grey_faces = vec![128; 2 * 70 * 58 * 3];
//! let embeddings = network.forward(pixels_to_tensor(grey_faces, &config, &device));
//! assert_eq!(embeddings.dims(), [2, 128]);
//! # }
//! # Ok::<(), facenet_models::ModelError>(())
//! ```
//!
//! A weight file carries its network's configuration ([`Checkpoint`]), so weights and preprocessing
//! cannot part.

mod architecture;
pub mod blocks;
pub mod convolution;
mod embedder;
mod error;
mod facenet;
mod nns2;
mod preprocessing;
mod weights;

pub use architecture::Architecture;
pub use embedder::Embedder;
pub use error::ModelError;
pub use facenet::{FaceNet, FaceNetConfig, pixels_to_tensor};
pub use nns2::{Nns2, Nns2Config};
pub use preprocessing::Preprocessing;
pub use weights::Checkpoint;

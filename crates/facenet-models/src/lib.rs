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
//! let gray_faces = vec![128; 2 * 70 * 58 * 3];
//! let embeddings = network.forward(pixels_to_tensor(gray_faces, &config, &device));
//! assert_eq!(embeddings.dims(), [2, 128]);
//! # }
//! # Ok::<(), facenet_models::ModelError>(())
//! ```
//!
//! A weight file carries its network's configuration ([`Checkpoint`]), so weights and preprocessing
//! cannot part.
//!
//! # Published weights
//!
//! [`Checkpoint::import`] reads these; with the feature `pretrained`, `Pretrained` fetches those that
//! have a name. They have terms of their own.
//!
//! | network | trained on | name | source |
//! |---|---|---|---|
//! | Inception-ResNet-v1, 512-d | VGGFace2 | `inception-resnet-v1-vggface2` | facenet-pytorch v2.2.9, `20180402-114759-vggface2.pt`, of davidsandberg/facenet (MIT); VGGFace2 is for research |
//! | Inception-ResNet-v1, 512-d | CASIA-WebFace | | facenet-pytorch v2.2.9, `20180408-102900-casia-webface.pt`; CASIA-WebFace is for research |
//! | MobileFaceNet, 128-d | CASIA-WebFace | `mobilefacenet-casia` | Xiaoccer/MobileFaceNet_Pytorch, `model/best/068.ckpt` (no license stated); CASIA-WebFace is for research |
//!
//! OpenFace's weights of nn4.small2 are files of Torch 7 (`.t7`), which nothing here reads.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod architecture;
pub mod blocks;
mod embedder;
mod error;
mod facenet;
mod flip;
mod forward_pass;
mod networks;
mod pixels;
mod preprocessing;
mod summary;
mod weights;

pub use architecture::Architecture;
pub use embedder::Embedder;
pub use error::ModelError;
pub use facenet::{FaceNet, FaceNetConfig};
pub use flip::Flip;
pub use forward_pass::{Cost, ForwardPass, Stage};
pub use networks::{
    InceptionNetwork, InceptionResnetV1, InceptionResnetV1Config, MobileFaceNet,
    MobileFaceNetConfig, Nn1, Nn1Config, Nn2Config, Nn3Config, Nn4Config, Nn4Small2Config,
    Nns1Config, Nns2Config,
};
pub use pixels::pixels_to_tensor;
pub use preprocessing::Preprocessing;
pub use summary::{LayerSummary, NetworkSummary};
#[cfg(feature = "pretrained")]
pub use weights::Pretrained;
pub use weights::{Checkpoint, Precision, TensorMismatch};

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "flex"))]
#[doc = include_str!("../README.md")]
struct Readme;

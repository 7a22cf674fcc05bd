//! Rendered faces of identities that never existed, for tests, benches and the quickstart.
//!
//! An [`Identity`] is what stays the same between two photographs of a person: the shape of the
//! head, eyes, brows, nose, mouth and hair, and their colors. A [`Photograph`] is what changes:
//! pose, light, expression, background, clothes, occlusion and the camera. [`render`] draws one
//! in the conditions of the other. Both are drawn from their own random streams, so nothing about
//! the conditions tells the identity.
//!
//! ```
//! use facenet_data::FaceDataset;
//! use facenet_synthetic::SyntheticFacesConfig;
//!
//! let training = SyntheticFacesConfig::new(40, 20).with_seed(7).init()?;
//! // Same seed, other identities: none of the people below is among those above.
//! let unseen = SyntheticFacesConfig::new(10, 20).with_seed(7).with_first_identity(40).init()?;
//! assert_eq!(training.len(), 800);
//! assert_eq!(unseen.image(0)?.dimensions(), (58, 70));
//! # Ok::<(), facenet_data::DataError>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod angle;
mod camera;
mod canvas;
mod color;
mod curve;
mod dataset;
mod identity;
mod light;
mod parts;
mod photograph;
mod random;
mod relief;
mod render;
mod view;

pub use dataset::{SyntheticFaces, SyntheticFacesConfig};
pub use identity::Identity;
pub use photograph::{Camera, Expression, Light, Occlusion, Photograph, Pose, Shadow};
pub use render::render;

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

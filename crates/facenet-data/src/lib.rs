//! Faces on disk: labeled images in, RGB batches out.
//!
//! Everything is a [`FaceDataset`]: a folder of identities ([`FaceFolder`]), a table that lists images
//! ([`FaceTable`]), Labeled Faces in the Wild with its pairs ([`LfwPairs`]), the ORL faces
//! ([`OrlFaces`]), the packs of insightface for evaluation ([`EvaluationPack`]) and training
//! ([`RecordPack`]), a [`Subset`] of another one, or your own; [`open_faces`] chooses by the path.
//! [`PreparedFaces`] cuts faces out or aligns them, [`CachedFaces`] keeps its decoded crops on disk,
//! [`ReplacedFaces`] replaces images that cannot be read, and [`inspect`] tells what it holds,
//! duplicates among them. [`TrainingFacesConfig`] does all of this for faces to train on.
//!
//! [`Augment`] makes training views of the images, and [`FaceLoader`] turns the batches of indices of
//! a sampler into [`FaceBatch`]es on worker threads. No deep-learning framework is in sight: a batch
//! is bytes, `[N, H, W, 3]`.
//!
//! ```
//! use std::sync::Arc;
//! use facenet_data::{
//!     Augment, AugmentConfig, FaceDataset, FaceFolder, FaceLoader, FaceFolderConfig, FaceLoaderConfig,
//! };
//! use facenet_sampler::{PkSampler, PkSamplerConfig};
//!
//! # let folder = tempfile::tempdir()?;
//! # for name in ["ada", "grace", "emmy"] {
//! #     std::fs::create_dir(folder.path().join(name))?;
//! #     for number in 0..3 {
//! #         let path = folder.path().join(name).join(format!("{number}.png"));
//! #         image::RgbImage::from_pixel(20, 24, image::Rgb([90, 60, 50])).save(path)?;
//! #     }
//! # }
//! # let path = folder.path();
//! let faces = Arc::new(FaceFolderConfig::new().with_min_images(2).init(path)?);
//! let sampler = PkSamplerConfig::new(3, 2).init(faces.labels())?;
//! let augment = Augment::new(AugmentConfig::default(), 16, 12, 7)?;
//!
//! let epoch = 0;
//! let prepare = move |image, index| augment.apply(&image, epoch, index);
//! let options = FaceLoaderConfig::new().with_workers(2);
//! for batch in options.init(faces, prepare, sampler.epoch(epoch)) {
//!     let batch = batch?;
//!     assert_eq!(batch.pixels.len(), 6 * 16 * 12 * 3);
//!     assert_eq!(batch.labels.len(), 6);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

mod augment;
mod cache;
mod dataset;
mod degradation;
mod error;
mod images;
mod inspect;
mod lists;
mod loading;
mod shown;
mod sources;
mod training;

pub use augment::{Augment, AugmentConfig};
pub use cache::{CacheCounts, CachedFaces};
pub use dataset::FaceDataset;
pub use degradation::Degradation;
pub use error::DataError;
/// The crate whose [`RgbImage`](image::RgbImage) the images here are.
pub use image;
pub use images::{
    ContactSheet, DEFAULT_MARGIN, DecodeLimits, FaceTemplate, SimilarityTransform, aligned_crop,
    center_crop, decode, facenet_crop, group_color, read_image, resize,
};
pub use inspect::{
    BadImage, DuplicateGroup, Duplicates, InspectConfig, Inspection, SizeCount, Spread, Unreadable,
    inspect, unreadable,
};
pub use lists::{
    FaceBox, NamedImage, NamedPair, PairDistances, Person, TemplateImage, TemplatePair,
    TemplateProtocol, VideoPair, parse_boxes, parse_distances, parse_names, parse_pairs,
    parse_people, parse_template_images, parse_template_pairs, parse_video_pairs, read_boxes,
    read_distances, read_names, read_pairs, read_people, read_template_images, read_template_pairs,
    read_video_pairs,
};
pub use loading::{FaceBatch, FaceLoader, FaceLoaderConfig, ReplacedFaces, Replacement};
pub use sources::{
    DecodedFaces, EvaluationPack, FaceFolder, FaceFolderConfig, FacePair, FaceTable, LfwPairs,
    MissingImages, OpenedFaces, OrlFaces, PreparedFaces, RecordPack, SkippedIdentities, Subset,
    open_faces, split_by_identity,
};
pub use training::{TrainingFaces, TrainingFacesConfig, UnreadableImages};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

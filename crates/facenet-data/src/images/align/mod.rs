//! Faces turned upright by five points.

mod crop;
mod similarity;
mod template;

pub use crop::aligned_crop;
pub use similarity::SimilarityTransform;
pub use template::FaceTemplate;

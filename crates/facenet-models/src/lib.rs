//! facenet-models
pub mod convolution;

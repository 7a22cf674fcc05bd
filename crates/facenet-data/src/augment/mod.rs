//! Random views of images for training.

mod config;
mod damage;
mod views;

pub use config::AugmentConfig;
pub use views::Augment;

//! What most programs need, by one `use facenet_core::prelude::*`. What only an expert turns is in the crates
//! themselves.

pub use burn::tensor::{Device, Distribution, Int, Tensor};
pub use facenet_data::{FaceDataset, FaceFolder, FaceFolderConfig};
pub use facenet_loss::{
    CrossBatchMemoryConfig, Distance, Hardness, Margin, Mining, Pick, Reduction, TripletLossConfig,
};
pub use facenet_models::{
    Architecture, Checkpoint, Embedder, FaceNetConfig, Flip, blocks::Normalization,
    pixels_to_tensor,
};
pub use facenet_sampler::{PkSampler, PkSamplerConfig};

#[cfg(feature = "train")]
pub use burn::optim::{AdaGradConfig, AdamWConfig, GradientsParams};
#[cfg(feature = "train")]
pub use facenet_train::{TrainConfig, Trainer};

pub use crate::{DeviceName, Gallery, Match, Recognizer, Verdict, open_image};

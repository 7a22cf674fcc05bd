use burn::{config::Config, tensor::Device};

use super::{inception_network::InceptionNetwork, nn2::Nn2Config};
use crate::{Preprocessing, blocks::Normalization};

/// NN3 of Schroff et al. 2015 (§3.3): the layers of NN2 on 160×160 images.
#[derive(Config, Debug)]
pub struct Nn3Config {
    /// Dimensions of the embedding. Default: 128, the paper's choice (§5.3).
    #[config(default = 128)]
    pub embedding_dim: usize,
    /// Batch normalization, or the paper's local response normalization.
    #[config(default = "Normalization::Batch")]
    pub normalization: Normalization,
}

impl Nn3Config {
    /// Height and width of the input in the paper.
    pub const INPUT_SIZE: [usize; 2] = [160, 160];
    /// What happens to pixels before the first layer.
    pub const PREPROCESSING: Preprocessing = Preprocessing::FixedStandardization;

    /// Builds the network on `device` with random weights.
    pub fn init(&self, device: &Device) -> InceptionNetwork {
        Nn2Config::new()
            .with_embedding_dim(self.embedding_dim)
            .with_normalization(self.normalization)
            .init(device)
    }
}

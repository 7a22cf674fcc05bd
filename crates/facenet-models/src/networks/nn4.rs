use burn::{config::Config, tensor::Device};

use super::{
    inception_network::{Design, End, InceptionNetwork},
    nn2,
};
use crate::{
    Preprocessing,
    blocks::{InceptionRow, InceptionTable, Normalization, PoolBranch, StemConfig},
};

/// NN4 of Schroff et al. 2015 (§3.3): NN2 on 96×96 images, without 5×5 convolutions in the higher
/// layers; 285 M multiply-adds in the paper.
///
/// The paper prints no table for it. The higher layers are 5a and 5b here, as in OpenFace.
#[derive(Config, Debug)]
pub struct Nn4Config {
    /// Dimensions of the embedding. Default: 128, the paper's choice (§5.3).
    #[config(default = 128)]
    pub embedding_dim: usize,
    /// Batch normalization, or the paper's local response normalization.
    #[config(default = "Normalization::Batch")]
    pub normalization: Normalization,
}

/// Rows of NN2's table before the higher layers: 3a to 4e.
const LOWER: usize = 8;

#[rustfmt::skip]
const HIGHER: &InceptionTable = &[
    //                       1×1   3×3         5×5         pool
    ("5a", InceptionRow::new(384, [192, 384], [  0,   0], PoolBranch::L2 (128))),
    ("5b", InceptionRow::new(384, [192, 384], [  0,   0], PoolBranch::Max(128))),
];

impl Nn4Config {
    /// Height and width of the input in the paper.
    pub const INPUT_SIZE: [usize; 2] = [96, 96];
    /// What happens to pixels before the first layer.
    pub const PREPROCESSING: Preprocessing = Preprocessing::FixedStandardization;

    /// Builds the network on `device` with random weights.
    pub fn init(&self, device: &Device) -> InceptionNetwork {
        let design = Design {
            stem: StemConfig::from_normalization(self.normalization),
            table: [&nn2::TABLE[..LOWER], HIGHER].concat(),
            end: End::GlobalAverage,
            embedding_dim: self.embedding_dim,
        };
        design.init(device)
    }
}

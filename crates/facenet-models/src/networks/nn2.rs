use burn::{config::Config, tensor::Device};

use super::inception_network::{Design, End, InceptionNetwork};
use crate::{
    Preprocessing,
    blocks::{InceptionRow, InceptionTable, Normalization, PoolBranch, StemConfig},
};

/// NN2 of Schroff et al. 2015 (table 2): Inception at 224×224; 7.5 M parameters, 1.6 G
/// multiply-adds.
///
/// A global average ends it, so that it takes images of any size with the same parameters.
#[derive(Config, Debug)]
pub struct Nn2Config {
    /// Dimensions of the embedding. Default: 128, the paper's choice (§5.3).
    #[config(default = 128)]
    pub embedding_dim: usize,
    /// Batch normalization, or the paper's local response normalization.
    #[config(default = "Normalization::Batch")]
    pub normalization: Normalization,
}

/// Rows 3a to 5b of table 2.
#[rustfmt::skip]
pub(super) const TABLE: &InceptionTable = &[
    //                       1×1   3×3         5×5         pool
    ("3a", InceptionRow::new( 64, [ 96, 128], [ 16,  32], PoolBranch::Max( 32))),
    ("3b", InceptionRow::new( 64, [ 96, 128], [ 32,  64], PoolBranch::L2 ( 64))),
    ("3c", InceptionRow::new(  0, [128, 256], [ 32,  64], PoolBranch::MaxThrough).with_stride(2)),
    ("4a", InceptionRow::new(256, [ 96, 192], [ 32,  64], PoolBranch::L2 (128))),
    ("4b", InceptionRow::new(224, [112, 224], [ 32,  64], PoolBranch::L2 (128))),
    ("4c", InceptionRow::new(192, [128, 256], [ 32,  64], PoolBranch::L2 (128))),
    ("4d", InceptionRow::new(160, [144, 288], [ 32,  64], PoolBranch::L2 (128))),
    ("4e", InceptionRow::new(  0, [160, 256], [ 64, 128], PoolBranch::MaxThrough).with_stride(2)),
    ("5a", InceptionRow::new(384, [192, 384], [ 48, 128], PoolBranch::L2 (128))),
    ("5b", InceptionRow::new(384, [192, 384], [ 48, 128], PoolBranch::Max(128))),
];

impl Nn2Config {
    /// Height and width of the input in the paper.
    pub const INPUT_SIZE: [usize; 2] = [224, 224];
    /// What happens to pixels before the first layer.
    pub const PREPROCESSING: Preprocessing = Preprocessing::FixedStandardization;

    /// Builds the network on `device` with random weights.
    pub fn init(&self, device: &Device) -> InceptionNetwork {
        let design = Design {
            stem: StemConfig::from_normalization(self.normalization),
            table: TABLE.to_vec(),
            end: End::GlobalAverage,
            embedding_dim: self.embedding_dim,
        };
        design.init(device)
    }
}

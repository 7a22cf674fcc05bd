use burn::{config::Config, tensor::Device};

use super::inception_network::{Design, End, InceptionNetwork};
use crate::{
    Preprocessing,
    blocks::{ConvStyle, InceptionRow, InceptionTable, PoolBranch, StemConfig},
};

/// OpenFace's nn4.small2 (Amos, Ludwiczuk, Satyanarayanan: "OpenFace: A general-purpose face
/// recognition library with mobile applications", 2016): NN4 without 4b, 4c and 4d and with smaller
/// 5a and 5b; 3,733,968 parameters.
///
/// It has batch normalization *and* local response normalization, and the peculiarities of
/// OpenFace's definition, without which its weights mean nothing: convolutions keep a bias, pooling
/// branches have a stride of their own and no padding, and the 1×1 branch is concatenated last.
#[derive(Config, Debug)]
pub struct Nn4Small2Config {
    /// Dimensions of the embedding. Default: 128, as published.
    #[config(default = 128)]
    pub embedding_dim: usize,
}

#[rustfmt::skip]
const TABLE: &InceptionTable = &[
    //                       1×1   3×3         5×5         pool
    ("3a", InceptionRow::new( 64, [ 96, 128], [ 16,  32], PoolBranch::Max( 32)).in_openface_form(2)),
    ("3b", InceptionRow::new( 64, [ 96, 128], [ 32,  64], PoolBranch::L2 ( 64)).in_openface_form(3)),
    ("3c", InceptionRow::new(  0, [128, 256], [ 32,  64], PoolBranch::MaxThrough).with_stride(2).in_openface_form(2)),
    ("4a", InceptionRow::new(256, [ 96, 192], [ 32,  64], PoolBranch::L2 (128)).in_openface_form(3)),
    ("4e", InceptionRow::new(  0, [160, 256], [ 64, 128], PoolBranch::MaxThrough).with_stride(2).in_openface_form(2)),
    ("5a", InceptionRow::new(256, [ 96, 384], [  0,   0], PoolBranch::L2 ( 96)).in_openface_form(3)),
    ("5b", InceptionRow::new(256, [ 96, 384], [  0,   0], PoolBranch::Max( 96)).in_openface_form(2)),
];

/// Torch's default epsilon.
const STYLE: ConvStyle = ConvStyle {
    bias: true,
    epsilon: Some(1e-5),
};

impl Nn4Small2Config {
    /// Height and width of the input in OpenFace.
    pub const INPUT_SIZE: [usize; 2] = [96, 96];
    /// What happens to pixels before the first layer.
    pub const PREPROCESSING: Preprocessing = Preprocessing::UnitRange;

    /// Builds the network on `device` with random weights.
    pub fn init(&self, device: &Device) -> InceptionNetwork {
        let design = Design {
            stem: StemConfig::new(STYLE, true),
            table: TABLE.to_vec(),
            end: End::GlobalAverage,
            embedding_dim: self.embedding_dim,
        };
        design.init(device)
    }
}

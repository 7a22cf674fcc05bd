//! What the networks are made of, so that each network reads like its table.

mod conv_block;
mod inception;
mod l2_normalize;
mod l2_pool;

pub use conv_block::{ConvBlock, ConvBlockConfig};
pub use inception::{Inception, InceptionConfig, PoolBranch};
pub use l2_normalize::l2_normalize;
pub use l2_pool::L2Pool2d;

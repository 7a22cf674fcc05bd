//! What the networks are made of, so that each network reads like its table.

mod activation;
mod conv_block;
mod fold;
mod fully_connected;
mod inception;
mod l2_normalize;
mod local_response;
mod normalization;
mod pool;
mod stem;

pub use activation::ActivationKind;
pub use conv_block::{ConvBlock, ConvBlockConfig};
pub use fully_connected::{FullyConnected, FullyConnectedActivation, FullyConnectedConfig};
pub use inception::{Inception, InceptionRow, InceptionStack, InceptionTable, PoolBranch};
pub use l2_normalize::l2_normalize;
pub(crate) use local_response::norm;
pub use normalization::{ConvStyle, Normalization};
pub use pool::{Pool, PoolKind};
pub(crate) use stem::halved;
pub use stem::{Stem, StemConfig};

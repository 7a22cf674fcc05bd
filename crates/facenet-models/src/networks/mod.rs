//! The networks, one a file.

mod inception_network;
mod inception_resnet_v1;
mod mobilefacenet;
mod nn1;
mod nn2;
mod nn3;
mod nn4;
mod nn4_small2;
mod nns1;
mod nns2;

pub use inception_network::InceptionNetwork;
pub use inception_resnet_v1::{InceptionResnetV1, InceptionResnetV1Config};
pub use mobilefacenet::{MobileFaceNet, MobileFaceNetConfig};
pub use nn1::{Nn1, Nn1Config};
pub use nn2::Nn2Config;
pub use nn3::Nn3Config;
pub use nn4::Nn4Config;
pub use nn4_small2::Nn4Small2Config;
pub use nns1::Nns1Config;
pub use nns2::Nns2Config;

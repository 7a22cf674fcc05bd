//! What the tests of several crates together share: where the shared data is, which device is tested.

mod device;
mod shared;

pub use device::{device, say_skipped};
pub use shared::shared;

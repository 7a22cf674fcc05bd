//! What the tests of several crates share: which device is tested, and where the shared data is.

#[cfg(feature = "device")]
pub mod device;
mod shared;
mod skip;

#[cfg(feature = "device")]
pub use device::device;
pub use shared::shared;
pub use skip::say_skipped;

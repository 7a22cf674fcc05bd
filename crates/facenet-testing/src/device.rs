//! The device under test.

use std::panic::catch_unwind;

use burn::tensor::{Device, Tensor};

pub use crate::say_skipped;
use crate::skip::skip;

/// The device that `BURN_DEVICE` names, `flex` where it names none; `None` where there is no such device here.
///
/// Says so where it is missing.
///
/// # Panics
///
/// If it is missing, and `FACENET_REQUIRE_GPU` is 1.
pub fn device() -> Option<Device> {
    let name = std::env::var("BURN_DEVICE").unwrap_or_else(|_| "flex".to_owned());
    if name == "flex" {
        return Some(Device::flex());
    }
    let found = catch_unwind(|| {
        let device = Device::default();
        let _ = Tensor::<1>::ones([1], &device).into_data();
        device
    });
    if found.is_err() {
        skip(
            &format!("no adapter for BURN_DEVICE={name}"),
            "FACENET_REQUIRE_GPU",
        );
    }
    found.ok()
}

/// Whether `BURN_DEVICE` names another device than the CPU, so that kernels are Burn's.
pub fn on_gpu() -> bool {
    std::env::var("BURN_DEVICE").is_ok_and(|name| name != "flex")
}

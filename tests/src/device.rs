//! The device under test; the tests of the crates that use Burn include this file.
#![allow(
    unreachable_pub,
    dead_code,
    reason = "who includes the file uses what he needs"
)]

use std::io::Write;
use std::panic::catch_unwind;

use burn::tensor::{Device, Tensor};

/// The device that `BURN_DEVICE` names, `flex` where it names none; `None` where there is no such device here.
///
/// Says so where it is missing, and fails instead where `FACENET_REQUIRE_GPU` is 1.
pub fn device() -> Option<Device> {
    let name = std::env::var("BURN_DEVICE").unwrap_or_else(|_| "flex".to_owned());
    if name == "flex" {
        return flex();
    }
    let found = catch_unwind(|| {
        let device = Device::default();
        let _ = Tensor::<1>::ones([1], &device).into_data();
        device
    });
    match found {
        Ok(device) => Some(device),
        Err(_) if std::env::var("FACENET_REQUIRE_GPU").is_ok_and(|value| value == "1") => {
            panic!("no adapter for BURN_DEVICE={name}, and FACENET_REQUIRE_GPU is 1")
        }
        Err(_) => skip("no adapter"),
    }
}

/// Whether `BURN_DEVICE` names another device than the CPU, so that kernels are Burn's.
pub fn on_gpu() -> bool {
    std::env::var("BURN_DEVICE").is_ok_and(|name| name != "flex")
}

#[cfg(feature = "flex")]
fn flex() -> Option<Device> {
    Some(Device::flex())
}

#[cfg(not(feature = "flex"))]
fn flex() -> Option<Device> {
    skip("built without the feature flex, and BURN_DEVICE names no other device")
}

fn skip(why: &str) -> Option<Device> {
    say_skipped(why);
    None
}

/// Says that a test is skipped; the harness swallows what macros print in a test that passes.
pub fn say_skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes());
}

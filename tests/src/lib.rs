//! What the tests of several crates together share: where the shared data is, which device is tested.

use std::io::Write;
use std::panic::catch_unwind;
use std::path::PathBuf;

use facenet_core::prelude::*;

/// A folder or file of the shared data, `None` where it is not there.
///
/// It is looked for in `FACENET_SHARED`, by default in `../shared` beside the repository. Where it is
/// absent the test says so, or fails if `FACENET_REQUIRE_SHARED` is 1.
///
/// # Panics
///
/// If the data is required and absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"));
    let root = std::env::var_os("FACENET_SHARED").map_or_else(beside, PathBuf::from);
    let found = root.join(path);
    if found.exists() {
        return Some(found);
    }
    skip(
        &format!("{} is not there", found.display()),
        "FACENET_REQUIRE_SHARED",
    );
    None
}

/// The device that `BURN_DEVICE` names, `flex` where it names none; `None` where the machine has no
/// such device. The test says so then, or fails if `FACENET_REQUIRE_GPU` is 1.
///
/// # Panics
///
/// If the device is required and absent.
pub fn device() -> Option<Device> {
    let name = std::env::var("BURN_DEVICE").unwrap_or_else(|_| "flex".to_owned());
    // A backend without an adapter panics when it is first used.
    let found = catch_unwind(|| {
        let device = name.parse::<DeviceName>().and_then(DeviceName::open).ok()?;
        let _ = Tensor::<1>::ones([1], &device).into_data();
        Some(device)
    });
    match found {
        Ok(Some(device)) => Some(device),
        _ => {
            skip(&format!("no device {name}"), "FACENET_REQUIRE_GPU");
            None
        }
    }
}

fn skip(why: &str, required: &str) {
    assert!(
        std::env::var(required).map_or(true, |value| value != "1"),
        "{why}, and {required} is 1"
    );
    // The harness swallows what macros print in a test that passes.
    let _ = std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes());
}

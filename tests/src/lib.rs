//! What the tests of several crates together share: where the shared data is, which device is tested.

use std::path::PathBuf;

mod device;

pub use device::{device, say_skipped};

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

fn skip(why: &str, required: &str) {
    assert!(
        std::env::var(required).map_or(true, |value| value != "1"),
        "{why}, and {required} is 1"
    );
    say_skipped(why);
}

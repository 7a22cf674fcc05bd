//! Where the shared data is; the tests of the crates that need it include this file.
#![allow(
    unreachable_pub,
    dead_code,
    reason = "who includes the file uses what he needs"
)]

use std::path::PathBuf;

use super::device::say_skipped;

/// A folder or file of the shared data, `None` where it is not there.
///
/// It is looked for in `FACENET_SHARED`, by default in `../shared` beside the repository. Where it is
/// absent the test says so, or fails if `FACENET_REQUIRE_SHARED` is 1.
///
/// # Panics
///
/// If the data is required and absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    // The crates lie at different depths: the repository is the folder above that has a lock file.
    let beside = || {
        let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let repository = here
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").exists());
        repository.unwrap_or(&here).join("../shared")
    };
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

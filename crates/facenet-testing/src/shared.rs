//! Where the shared data is.

use std::path::{Path, PathBuf};

use crate::skip::skip;

/// A folder or file of the shared data, `None` where it is not there.
///
/// It is looked for in `FACENET_SHARED`, relative to the repository, by default in `../shared`. Where it
/// is absent the test says so.
///
/// # Panics
///
/// If the data is absent, and `FACENET_REQUIRE_SHARED` is 1.
pub fn shared(path: &str) -> Option<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = std::env::var_os("FACENET_SHARED").unwrap_or_else(|| "../shared".into());
    let found = repository.join(root).join(path);
    if found.exists() {
        return Some(found);
    }
    skip(
        &format!("{} is not there", found.display()),
        "FACENET_REQUIRE_SHARED",
    );
    None
}

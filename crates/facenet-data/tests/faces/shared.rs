//! The real photographs, which are no part of the repository.

use std::io::Write;
use std::path::{Path, PathBuf};

/// A file or folder among the photographs, or `None`, said on a line, where it is absent.
///
/// `FACENET_SHARED` names the folder, by default `../shared` beside the repository; with
/// `FACENET_REQUIRE_SHARED` set, absence is a failure.
pub(crate) fn shared(below: &str) -> Option<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("FACENET_SHARED").unwrap_or_else(|| "../shared".into());
    let path = repository.join(folder).join(below);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os("FACENET_REQUIRE_SHARED").is_some();
    assert!(!required, "{} is required and absent", path.display());
    // The test harness swallows what is printed by macro in a test that passes.
    let line = format!("skipped: no {}\n", path.display());
    let _ = std::io::stderr().write_all(line.as_bytes());
    None
}

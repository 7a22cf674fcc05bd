use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

/// The name of what `settings` make of a file, or of a part of it: 32 hexadecimal digits, `None` where the
/// file cannot be looked at.
///
/// Path, length and time of the last change are in it, so that a file that was replaced has another
/// name; a change that keeps both, within the resolution of the file system's clock, goes unnoticed.
pub(crate) fn of_file(settings: &str, file: &Path, of_it: Option<&str>) -> Option<String> {
    let metadata = fs::metadata(file).ok()?;
    let changed = metadata.modified().ok()?;
    // Before 1970 the distance is that to the other side.
    let (sign, since) = match changed.duration_since(UNIX_EPOCH) {
        Ok(since) => (0u8, since),
        Err(error) => (1, error.duration()),
    };
    let mut hash = Sha256::new();
    part(&mut hash, settings.as_bytes());
    part(&mut hash, file.as_os_str().as_encoded_bytes());
    hash.update(metadata.len().to_le_bytes());
    hash.update([sign]);
    hash.update(since.as_nanos().to_le_bytes());
    if let Some(of_it) = of_it {
        part(&mut hash, of_it.as_bytes());
    }
    Some(hexadecimal(hash))
}

/// The name of settings alone.
pub(crate) fn of_settings(settings: &str) -> String {
    let mut hash = Sha256::new();
    part(&mut hash, settings.as_bytes());
    hexadecimal(hash)
}

/// With its length before it, so that what follows cannot be taken for a part of it.
fn part(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn hexadecimal(hash: Sha256) -> String {
    let digest = hash.finalize();
    digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

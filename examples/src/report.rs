use std::path::{Path, PathBuf};

use crate::Failure;

/// `folder`, or `folder-2`, `folder-3`, …: the first that is absent or empty, so that a program can
/// be run again without overwriting what it made before.
///
/// # Errors
///
/// `folder` exists and is no folder.
pub fn unused_folder(folder: &Path) -> Result<PathBuf, Failure> {
    if folder.exists() && !folder.is_dir() {
        return Err(format!(
            "{}: exists and is no folder; expected a folder, or nothing, to write a run to",
            folder.display()
        )
        .into());
    }
    let free =
        |path: &Path| std::fs::read_dir(path).map_or(!path.exists(), |mut e| e.next().is_none());
    let numbered = |number: usize| match number {
        1 => folder.to_owned(),
        _ => {
            let mut name = folder.as_os_str().to_owned();
            name.push(format!("-{number}"));
            PathBuf::from(name)
        }
    };
    Ok((1..)
        .map(numbered)
        .find(|path| free(path))
        .unwrap_or_else(|| folder.to_owned()))
}

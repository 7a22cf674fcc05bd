use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use burn::store::{ModuleStore, PytorchStore, SafetensorsStore, burn_pack};
use serde::Deserialize;

use crate::ModelError;

/// What kind of weight file it is, by its first bytes; names of files are no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Burn's own.
    Burnpack,
    /// <https://github.com/huggingface/safetensors>.
    Safetensors,
    /// `torch.save`: a ZIP archive, or before PyTorch 1.6 a pickle.
    PyTorch,
}

impl Format {
    /// # Errors
    ///
    /// [`ModelError::UnreadableWeights`] for a file that is absent, no regular file, or nothing of
    /// these.
    pub(super) fn of(path: &Path) -> Result<Self, ModelError> {
        regular_file(path)?;
        let mut start = Vec::new();
        File::open(path)
            .and_then(|file| file.take(9).read_to_end(&mut start))
            .map_err(|e| unreadable(path, e.to_string()))?;
        match start.as_slice() {
            // Burnpack's magic number, little-endian.
            [b'N', b'R', b'U', b'B', ..] | [b'B', b'U', b'R', b'N', ..] => Ok(Self::Burnpack),
            // Before the pickles, whose first bytes may be those of a header's length.
            [_, _, _, _, _, _, _, _, b'{'] => Ok(Self::Safetensors),
            [b'P', b'K', 3, 4, ..] | [0x80, 2..=5, ..] => Ok(Self::PyTorch),
            _ => Err(unreadable(
                path,
                "it is neither burnpack nor safetensors nor a PyTorch checkpoint".to_owned(),
            )),
        }
    }
}

/// The tensors of a file of another program, under the names that the file gives them. Nothing that
/// the file says is executed: a pickle is read by an interpreter that knows tensors and nothing else.
pub(super) fn read_safetensors(path: &Path) -> Result<Vec<burn_pack::Tensor>, ModelError> {
    all_tensors(SafetensorsStore::from_file(path), path, "safetensors")
}

/// As [`read_safetensors`], from what `torch.save` wrote.
pub(super) fn read_pytorch(path: &Path) -> Result<Vec<burn_pack::Tensor>, ModelError> {
    let store = PytorchStore::from_file(path).map_indices_contiguous(false);
    all_tensors(store, path, "a PyTorch checkpoint")
}

fn all_tensors<S: ModuleStore>(
    mut store: S,
    path: &Path,
    what: &str,
) -> Result<Vec<burn_pack::Tensor>, ModelError> {
    match store.get_all_tensors() {
        Ok(tensors) => Ok(tensors.values().cloned().collect()),
        Err(error) => Err(unreadable(path, format!("as {what}: {error}"))),
    }
}

/// The metadata of a safetensors file: the texts under `__metadata__` in its header.
pub(super) fn safetensors_metadata(path: &Path) -> Result<BTreeMap<String, String>, ModelError> {
    #[derive(Deserialize)]
    struct Header {
        #[serde(default, rename = "__metadata__")]
        metadata: BTreeMap<String, String>,
    }
    let broken = |reason: String| unreadable(path, format!("as safetensors: {reason}"));
    let mut file = File::open(path).map_err(|e| broken(e.to_string()))?;
    let mut length = [0; 8];
    file.read_exact(&mut length)
        .map_err(|e| broken(e.to_string()))?;
    let length = u64::from_le_bytes(length);
    let rest = file.metadata().map_or(0, |metadata| metadata.len());
    if length > rest.saturating_sub(8) {
        return Err(broken(format!(
            "its header claims {length} bytes, the file has {rest}"
        )));
    }
    let mut header = Vec::new();
    file.take(length)
        .read_to_end(&mut header)
        .map_err(|e| broken(e.to_string()))?;
    let header: Header =
        serde_json::from_slice(&header).map_err(|e| broken(format!("its header: {e}")))?;
    Ok(header.metadata)
}

/// A path that can be read as a file: a pipe would be waited for without end.
pub(super) fn regular_file(path: &Path) -> Result<(), ModelError> {
    let metadata = std::fs::metadata(path).map_err(|e| unreadable(path, e.to_string()))?;
    match metadata.is_file() {
        true => Ok(()),
        false => Err(unreadable(path, "it is no regular file".to_owned())),
    }
}

pub(super) fn unreadable(path: &Path, reason: String) -> ModelError {
    ModelError::UnreadableWeights {
        path: path.to_owned(),
        reason,
    }
}

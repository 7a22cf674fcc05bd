use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use ndarray::Array2;
use ndarray_npy::{ReadNpyExt, WriteNpyExt};

use crate::Failure;

/// Reads a NumPy array of embeddings: `[images, dimensions]` of 32- or 64-bit floats.
///
/// # Errors
///
/// A file that cannot be read or holds something else; names the file.
pub fn read_embeddings(path: &Path) -> Result<Array2<f32>, Failure> {
    let open = || File::open(path).map(BufReader::new);
    let failed = |e: &dyn std::fmt::Display| {
        format!(
            "{}: expected a NumPy array of embeddings, [images, dimensions] of 32-bit floats: {e}",
            path.display()
        )
    };
    let single = Array2::<f32>::read_npy(open().map_err(|e| failed(&e))?);
    match single {
        Ok(embeddings) => Ok(embeddings),
        Err(error) => match Array2::<f64>::read_npy(open().map_err(|e| failed(&e))?) {
            Ok(embeddings) => Ok(embeddings.mapv(|x| x as f32)),
            Err(_) => Err(failed(&error).into()),
        },
    }
}

/// Writes embeddings as a NumPy array.
///
/// # Errors
///
/// A file that cannot be written; names it.
pub fn write_embeddings(path: &Path, embeddings: &Array2<f32>) -> Result<(), Failure> {
    let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let file = File::create(path).map_err(|e| failed(&e))?;
    embeddings
        .write_npy(BufWriter::new(file))
        .map_err(|e| failed(&e))?;
    Ok(())
}

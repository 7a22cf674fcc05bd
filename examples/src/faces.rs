use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use facenet_core::data::read_names;
use facenet_core::prelude::*;
use ndarray::Array2;

use crate::{Failure, embed_all, images_in, read_embeddings};

/// Embedded faces with their names, the paths of their images where these are known.
pub struct Faces {
    /// `[faces, dimensions]`.
    pub embeddings: Array2<f32>,
    /// A path for each within a folder, as `Ann/1.jpg`; empty where names are not known.
    pub names: Vec<String>,
}

/// Faces between two movements of the progress bar.
const BATCH: usize = 32;

impl Faces {
    /// Embeds the images of a folder and of the folders in it.
    ///
    /// # Errors
    ///
    /// As [`images_in`] and [`Embedder::embed`], and for an image that cannot be read.
    pub fn of_folder(folder: &Path, embedder: &Embedder) -> Result<Faces, Failure> {
        let paths = images_in(folder)?;
        let embeddings = embed_all(embedder, paths.len(), BATCH, |range| {
            let faces = paths[range].iter().map(open_image);
            Ok(Cow::Owned(faces.collect::<Result<_, _>>()?))
        })?;
        let names = paths
            .iter()
            .map(|path| path.strip_prefix(folder).unwrap_or(path))
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        Ok(Faces { embeddings, names })
    }

    /// Reads an array that `embed` wrote, with the list of its names: `names`, or the file with the same name
    /// and .txt where there is one.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no array of two dimensions of 32-bit floats, and a list that does not
    /// fit it.
    pub fn of_array(file: &Path, names: Option<&Path>) -> Result<Faces, Failure> {
        let embeddings = read_embeddings(file)?;
        let beside = file.with_extension("txt");
        let list = match names {
            Some(names) => Some(names.to_owned()),
            None => Some(beside).filter(|list| list.is_file()),
        };
        let names = match &list {
            Some(list) => lines(list, embeddings.nrows())?,
            None => Vec::new(),
        };
        Ok(Faces { embeddings, names })
    }

    /// The name of a face, or its number where names are not known.
    pub fn name(&self, face: usize) -> String {
        let name = self.names.get(face).cloned();
        name.unwrap_or_else(|| face.to_string())
    }

    /// Whom a face shows: the folder that it lies in; `None` where its name has no folder.
    pub fn identity(&self, face: usize) -> Option<&str> {
        let folder = Path::new(self.names.get(face)?).parent()?.to_str()?;
        (!folder.is_empty()).then_some(folder)
    }

    /// A number for the identity of each face, under `numbers` that other faces may share; `None` where one
    /// is not known.
    pub fn labels(&self, numbers: &mut BTreeMap<String, u32>) -> Option<Vec<u32>> {
        (0..self.embeddings.nrows())
            .map(|face| {
                let identity = self.identity(face)?;
                let next = numbers.len() as u32;
                Some(*numbers.entry(identity.to_owned()).or_insert(next))
            })
            .collect()
    }
}

fn lines(list: &Path, expected: usize) -> Result<Vec<String>, Failure> {
    let names = read_names(list)?;
    match names.len() == expected {
        true => Ok(names),
        false => Err(format!(
            "{}: {} names; expected {expected}, one for each embedding",
            list.display(),
            names.len()
        )
        .into()),
    }
}

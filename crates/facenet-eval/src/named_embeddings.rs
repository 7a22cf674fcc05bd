use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::Path;

use facenet_data::{DecodeLimits, read_image, read_names};
use facenet_models::Embedder;
use ndarray::{Array2, ArrayView2};
use ndarray_npy::{ReadNpyExt, WriteNpyExt};

use crate::{EvalError, embed_in_batches, images_in};

/// Embeddings of faces with the names of these, the paths of their images where they are known.
///
/// On disk they are a NumPy array with a list of names beside it: `faces.npy` and `faces.txt`.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedEmbeddings {
    array: Array2<f32>,
    names: Vec<String>,
}

impl NamedEmbeddings {
    /// Embeddings `[faces, dimensions]` with a name for each, or without names.
    ///
    /// # Errors
    ///
    /// [`EvalError::Embeddings`] where there are names, and not as many as embeddings.
    pub fn new(array: Array2<f32>, names: Vec<String>) -> Result<Self, EvalError> {
        if !names.is_empty() && names.len() != array.nrows() {
            return Err(EvalError::Embeddings {
                found: array.nrows(),
                expected: format!("one for each of the {} names", names.len()),
            });
        }
        Ok(Self { array, names })
    }

    /// Embeds the images of a folder and of the folders in it, `batch` of them in memory at a time.
    ///
    /// `progress` is told the number done and their total. A name is a path below the folder, as
    /// `Ann/1.jpg`.
    ///
    /// # Errors
    ///
    /// As [`images_in`] and [`Embedder::embed`], and for an image that cannot be read.
    pub fn from_folder(
        folder: &Path,
        embedder: &Embedder,
        batch: usize,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Self, EvalError> {
        let paths = images_in(folder)?;
        let limits = DecodeLimits::default();
        let open = |range: std::ops::Range<usize>| {
            let faces = paths[range].iter().map(|path| read_image(path, &limits));
            Ok(Cow::Owned(faces.collect::<Result<_, _>>()?))
        };
        let array = embed_in_batches(embedder, paths.len(), batch, open, progress)?;
        let names = paths
            .iter()
            .map(|path| path.strip_prefix(folder).unwrap_or(path))
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        Ok(Self { array, names })
    }

    /// Reads an array with its list of names: `names`, or the file with the same name and `.txt` where
    /// there is one.
    ///
    /// # Errors
    ///
    /// As [`read_embeddings`]; a list that cannot be read, and [`EvalError::Names`] where it does not fit
    /// the array.
    pub fn read(file: &Path, names: Option<&Path>) -> Result<Self, EvalError> {
        let array = read_embeddings(file)?;
        let beside = file.with_extension("txt");
        let list = match names {
            Some(names) => Some(names.to_owned()),
            None => Some(beside).filter(|list| list.is_file()),
        };
        let Some(list) = list else {
            return Ok(Self {
                array,
                names: Vec::new(),
            });
        };
        let names = read_names(&list)?;
        match names.len() == array.nrows() {
            true => Ok(Self { array, names }),
            false => Err(EvalError::Names {
                path: list,
                found: names.len(),
                expected: array.nrows(),
            }),
        }
    }

    /// Writes the array to `file`, and the names to the file with the same name and `.txt`.
    ///
    /// # Errors
    ///
    /// [`EvalError::Array`] and [`EvalError::File`] for a file that cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), EvalError> {
        write_embeddings(file, &self.array)?;
        let list = file.with_extension("txt");
        let lines: String = self.names.iter().map(|name| format!("{name}\n")).collect();
        std::fs::write(&list, lines).map_err(|error| EvalError::file(&list, error))
    }

    /// The embeddings, `[faces, dimensions]`.
    pub fn array(&self) -> ArrayView2<'_, f32> {
        self.array.view()
    }

    /// The embeddings alone.
    pub fn into_array(self) -> Array2<f32> {
        self.array
    }

    /// The names; none where they are not known.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of embeddings.
    pub fn len(&self) -> usize {
        self.array.nrows()
    }

    /// Whether there is no embedding.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of a face, or its number where names are not known.
    pub fn name(&self, face: usize) -> String {
        let name = self.names.get(face).cloned();
        name.unwrap_or_else(|| face.to_string())
    }

    /// Whom a face shows: the folder that its name lies in; `None` where it has no folder.
    pub fn identity(&self, face: usize) -> Option<&str> {
        let folder = Path::new(self.names.get(face)?).parent()?.to_str()?;
        (!folder.is_empty()).then_some(folder)
    }

    /// Whom each face shows, or its name where that is not known.
    pub fn people(&self) -> Vec<String> {
        let person = |face| match self.identity(face) {
            Some(identity) => identity.to_owned(),
            None => self.name(face),
        };
        (0..self.len()).map(person).collect()
    }

    /// A number for the identity of each face, under `numbers` that other faces may share; `None` where
    /// one is not known.
    pub fn labels(&self, numbers: &mut BTreeMap<String, u32>) -> Option<Vec<u32>> {
        (0..self.len())
            .map(|face| {
                let identity = self.identity(face)?;
                let next = numbers.len() as u32;
                Some(*numbers.entry(identity.to_owned()).or_insert(next))
            })
            .collect()
    }
}

/// Reads a NumPy array of embeddings: `[images, dimensions]` of 32- or 64-bit floats.
///
/// # Errors
///
/// [`EvalError::File`] for a file that cannot be opened, [`EvalError::Array`] for one that holds
/// something else.
pub fn read_embeddings(path: &Path) -> Result<Array2<f32>, EvalError> {
    let open = || {
        let file = File::open(path).map(BufReader::new);
        file.map_err(|error| array(path, error))
    };
    match Array2::<f32>::read_npy(open()?) {
        Ok(embeddings) => Ok(embeddings),
        Err(error) => match Array2::<f64>::read_npy(open()?) {
            Ok(embeddings) => Ok(embeddings.mapv(|x| x as f32)),
            Err(_) => Err(array(path, error)),
        },
    }
}

/// Writes embeddings as a NumPy array of 32-bit floats.
///
/// # Errors
///
/// [`EvalError::File`] for a file that cannot be made, [`EvalError::Array`] where writing fails.
pub fn write_embeddings(path: &Path, embeddings: &Array2<f32>) -> Result<(), EvalError> {
    let file = File::create(path).map_err(|error| EvalError::file(path, error))?;
    embeddings
        .write_npy(BufWriter::new(file))
        .map_err(|error| array(path, error))
}

fn array(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> EvalError {
    EvalError::Array {
        path: path.to_owned(),
        source: source.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn arrays_come_back_with_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("faces.npy");
        let names = ["Ann/1.jpg", "Bo/1.jpg", "Ann/2.jpg"].map(str::to_owned);
        let embeddings = array![[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]];
        let faces = NamedEmbeddings::new(embeddings.clone(), names.to_vec()).unwrap();
        faces.write(&file).unwrap();
        assert_eq!(NamedEmbeddings::read(&file, None).unwrap(), faces);
        assert_eq!(faces.people(), ["Ann", "Bo", "Ann"]);
        assert_eq!(faces.labels(&mut BTreeMap::new()), Some(vec![0, 1, 0]));

        // 64-bit floats are taken too.
        let wide = File::create(&file).unwrap();
        embeddings.mapv(f64::from).write_npy(wide).unwrap();
        assert_eq!(NamedEmbeddings::read(&file, None).unwrap(), faces);

        std::fs::write(folder.path().join("faces.txt"), "a\nb\n").unwrap();
        let error = NamedEmbeddings::read(&file, None).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("2 names, expected one for each of the 3")
        );
        std::fs::remove_file(folder.path().join("faces.txt")).unwrap();
        let nameless = NamedEmbeddings::read(&file, None).unwrap();
        assert_eq!(
            (nameless.name(2), nameless.identity(2)),
            ("2".to_owned(), None)
        );
        std::fs::write(&file, "no array").unwrap();
        let error = read_embeddings(&file).unwrap_err().to_string();
        assert!(
            error.contains("faces.npy") && error.contains("NumPy"),
            "{error}"
        );
    }

    #[test]
    fn images_are_found_in_folders_and_their_absence_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let error = images_in(folder.path()).unwrap_err().to_string();
        assert!(error.contains("expected images"), "{error}");
        assert!(matches!(
            images_in(&at("none")),
            Err(EvalError::File { .. })
        ));
        std::fs::create_dir(at("b")).unwrap();
        for name in ["b/2.PNG", "b/1.jpg", "a.pgm", "notes.txt"] {
            std::fs::write(at(name), "").unwrap();
        }
        let found = images_in(folder.path()).unwrap();
        assert_eq!(found, [at("a.pgm"), at("b/1.jpg"), at("b/2.PNG")]);
    }
}

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::lists::pairs::{NamedImage, NamedPair, read_pairs};
use crate::shown::shown;
use crate::sources::files::{Files, dataset_of_files};
use crate::{DataError, DecodeLimits};

/// What to do with a pair whose image is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MissingImages {
    /// Refuse, and name the pair, its line and the image.
    #[default]
    Refuse,
    /// Leave the pair out and count it: the result is not comparable with published ones.
    Skip,
}

/// Two images that are to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FacePair {
    /// Index of the first image in the data set.
    pub first: usize,
    /// Index of the second image in the data set.
    pub second: usize,
    /// Whether the pair is genuine.
    pub same: bool,
    /// The fold, counted from 0.
    pub fold: usize,
}

/// Labeled Faces in the Wild as its verification protocol sees it: the images that the pairs name,
/// each once, and the pairs as indices into them.
///
/// Huang et al., *Labeled Faces in the Wild*, 2007, View 2; any list in the form that
/// [`read_pairs`] reads will do. Images are in the order in which the pairs first name them, so the
/// identities too.
#[derive(Debug, Clone)]
pub struct LfwPairs {
    files: Files,
    names: Vec<String>,
    pairs: Vec<FacePair>,
    folds: usize,
    skipped: usize,
}

impl LfwPairs {
    /// Resolves the pairs of the file `pairs` among `images/name/name_0001.jpg` (`.jpeg`, `.png`).
    ///
    /// # Errors
    /// Those of [`read_pairs`]; [`DataError::Io`] where `images` is no folder;
    /// [`DataError::MissingImage`] where an image is missing and missing ones are refused;
    /// [`DataError::NoIdentities`] where all pairs were skipped.
    pub fn open(
        images: impl AsRef<Path>,
        pairs: impl AsRef<Path>,
        missing: MissingImages,
        limits: DecodeLimits,
    ) -> Result<Self, DataError> {
        let (images, list) = (images.as_ref(), pairs.as_ref());
        let named = read_pairs(list)?;
        // Otherwise a wrong path would be told as the absence of the first image.
        std::fs::read_dir(images).map_err(|source| {
            DataError::io(
                images,
                "the folder of LFW, with a folder for each person",
                source,
            )
        })?;
        let folds = named.iter().map(|pair| pair.fold + 1).max().unwrap_or(0);

        let mut found = Located::new(images, limits);
        let mut resolved = Vec::new();
        let mut skipped = 0;
        for pair in &named {
            match (found.locate(&pair.first), found.locate(&pair.second)) {
                (Some(first), Some(second)) => {
                    let first = found.index(&pair.first, first);
                    let second = found.index(&pair.second, second);
                    resolved.push(FacePair {
                        first,
                        second,
                        same: pair.same,
                        fold: pair.fold,
                    });
                }
                (first, _) if missing == MissingImages::Refuse => {
                    let image = if first.is_none() {
                        &pair.first
                    } else {
                        &pair.second
                    };
                    return Err(DataError::MissingImage {
                        path: list.to_path_buf(),
                        line: pair.line,
                        entry: entry(pair),
                        image: images.join(stem(image)),
                    });
                }
                _ => skipped += 1,
            }
        }
        if resolved.is_empty() {
            return Err(DataError::NoIdentities {
                path: images.to_path_buf(),
                found: format!("none of the {} pairs of {}", named.len(), shown(list)),
                expected: "name/name_0001.jpg, .jpeg or .png".to_owned(),
            });
        }
        Ok(Self {
            files: found.files,
            names: found.names,
            pairs: resolved,
            folds,
            skipped,
        })
    }

    /// The pairs, in the order of the list.
    pub fn pairs(&self) -> &[FacePair] {
        &self.pairs
    }

    /// The number of folds in the list, those without a pair left included.
    pub fn folds(&self) -> usize {
        self.folds
    }

    /// The number of pairs that were left out because an image is missing.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The name of each image below the folder, `name/name_0001.jpg`, with `/` on every platform.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

dataset_of_files!(LfwPairs);

/// The images met so far.
struct Located<'a> {
    root: &'a Path,
    files: Files,
    names: Vec<String>,
    located: HashMap<NamedImage, Option<&'static str>>,
    indices: HashMap<NamedImage, usize>,
    labels: HashMap<String, u32>,
}

impl<'a> Located<'a> {
    fn new(root: &'a Path, limits: DecodeLimits) -> Self {
        Self {
            root,
            files: Files::new(limits),
            names: Vec::new(),
            located: HashMap::new(),
            indices: HashMap::new(),
            labels: HashMap::new(),
        }
    }

    /// The extension under which an image exists.
    fn locate(&mut self, image: &NamedImage) -> Option<&'static str> {
        if let Some(&extension) = self.located.get(image) {
            return extension;
        }
        let stem = stem(image);
        let extension = ["jpg", "jpeg", "png"]
            .into_iter()
            .find(|extension| self.root.join(format!("{stem}.{extension}")).is_file());
        self.located.insert(image.clone(), extension);
        extension
    }

    fn index(&mut self, image: &NamedImage, extension: &str) -> usize {
        if let Some(&index) = self.indices.get(image) {
            return index;
        }
        let index = self.files.paths.len();
        let name = format!("{}.{extension}", stem(image));
        let next = self.files.identities.len() as u32;
        let label = *self.labels.entry(image.name.clone()).or_insert(next);
        if label == next {
            self.files.identities.push(image.name.clone());
        }
        self.files.labels.push(label);
        self.files.paths.push(self.root.join(&name));
        self.names.push(name);
        self.indices.insert(image.clone(), index);
        index
    }
}

fn stem(NamedImage { name, number }: &NamedImage) -> String {
    format!("{name}/{name}_{number:04}")
}

fn entry(pair: &NamedPair) -> String {
    let (first, second) = (&pair.first, &pair.second);
    if pair.same {
        format!("`{} {} {}`", first.name, first.number, second.number)
    } else {
        let (a, b) = (&first.name, &second.name);
        format!("`{a} {} {b} {}`", first.number, second.number)
    }
}

/// The file of an image, for those who read lists of people.
impl NamedImage {
    /// Where the image is below the folder of LFW, without an extension: `name/name_0001`.
    pub fn stem(&self) -> PathBuf {
        PathBuf::from(stem(self))
    }
}

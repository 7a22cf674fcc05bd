use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use image::RgbImage;
use serde::Serialize;

use super::entry::{self, CacheEntry};
use super::key;
use crate::dataset::images_of_data;
use crate::{DataError, FaceDataset, PreparedFaces};

/// What a writer that was cut off has left is removed after so long.
const ABANDONED: Duration = Duration::from_secs(3600);

/// A data set whose faces, decoded and cropped, are kept on disk: the second epoch reads pixels where
/// the first one decoded a JPEG.
///
/// A face lies in `folder`, under a hash of the settings and of its file's path, length and time of
/// the last change, with a checksum. What is damaged or cut off is made anew, any number of programs
/// may use the folder at once, and what cannot be written costs time alone ([`CacheCounts::unkept`]).
/// Nothing is ever removed: three bytes a pixel, 77 KB for each face of 160 × 160. A folder of
/// settings that are out of use can be deleted at any time; `settings.txt` in it says which they are.
///
/// Images that come from no file of their own ([`FaceDataset::file`]) are made each time.
///
/// ```
/// use facenet_data::{CachedFaces, FaceDataset, FaceFolder, FaceFolderConfig, resize};
///
/// # let folder = tempfile::tempdir()?;
/// # std::fs::create_dir_all(folder.path().join("faces/ada"))?;
/// # image::RgbImage::new(30, 30).save(folder.path().join("faces/ada/1.png"))?;
/// # let (path, cache) = (folder.path().join("faces"), folder.path().join("cache"));
/// let faces = FaceFolderConfig::new().init(path)?;
/// let small = |image, _| resize(&image, 16, 16);
/// let faces = CachedFaces::open(faces, cache, "resize 16 x 16", small)?;
/// for _ in 0..3 {
///     assert_eq!(faces.image(0)?.dimensions(), (16, 16));
/// }
/// assert_eq!((faces.counts().made, faces.counts().read), (1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CachedFaces<D> {
    data: PreparedFaces<D>,
    /// What tells the faces of one file apart.
    part: Option<Box<Part>>,
    settings: String,
    entries: PathBuf,
    unfinished: PathBuf,
    read: AtomicUsize,
    made: AtomicUsize,
    damaged: AtomicUsize,
    unkept: AtomicUsize,
}

/// What tells the face of an index from others in the same file.
type Part = dyn Fn(usize) -> String + Send + Sync;

/// What a cache did since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CacheCounts {
    /// Faces that were read from the cache.
    pub read: usize,
    /// Faces that were made from their images.
    pub made: usize,
    /// Of those made, the ones whose entry was there and damaged.
    pub damaged: usize,
    /// Of those made, the ones that could not be kept: the disk is full, or the image comes from no
    /// file.
    pub unkept: usize,
}

impl<D: FaceDataset> CachedFaces<D> {
    /// Keeps the faces of `data`, each passed through `prepare` with its index, below `folder`, which
    /// is made where it is not there.
    ///
    /// `settings` is text that stands for all that decides what becomes of a file: sizes, margins,
    /// the limits that `data` decodes with, where the boxes come from. With other settings, faces are
    /// kept apart; with the same, `prepare` must give the same. What it does may depend on the index
    /// only through the file: a file has one face, unless [`with_parts`](Self::with_parts) tells them apart.
    ///
    /// # Errors
    /// [`DataError::Io`] where the folder cannot be made.
    pub fn open(
        data: D,
        folder: impl AsRef<Path>,
        settings: impl Into<String>,
        prepare: impl Fn(RgbImage, usize) -> Result<RgbImage, DataError> + Send + Sync + 'static,
    ) -> Result<Self, DataError> {
        let settings = settings.into();
        let entries = folder.as_ref().join(key::of_settings(&settings));
        let unfinished = entries.join("unfinished");
        fs::create_dir_all(&unfinished).map_err(|source| {
            DataError::io(&unfinished, "a folder that faces can be kept in", source)
        })?;
        // For people; nothing depends on it.
        let _ = fs::write(entries.join("settings.txt"), format!("{settings}\n"));
        remove_abandoned(&unfinished);
        Ok(Self {
            data: PreparedFaces::new(data, prepare),
            part: None,
            settings,
            entries,
            unfinished,
            read: AtomicUsize::new(0),
            made: AtomicUsize::new(0),
            damaged: AtomicUsize::new(0),
            unkept: AtomicUsize::new(0),
        })
    }

    /// Tells several faces of one file apart: faces of which `part` gives the same text are the same. It
    /// might be the box that the face is cut out of.
    pub fn with_parts(mut self, part: impl Fn(usize) -> String + Send + Sync + 'static) -> Self {
        self.part = Some(Box::new(part));
        self
    }

    /// What the cache did so far.
    pub fn counts(&self) -> CacheCounts {
        CacheCounts {
            read: self.read.load(Relaxed),
            made: self.made.load(Relaxed),
            damaged: self.damaged.load(Relaxed),
            unkept: self.unkept.load(Relaxed),
        }
    }

    /// The folder that holds the faces of these settings.
    pub fn folder(&self) -> &Path {
        &self.entries
    }

    /// The data set itself.
    pub fn whole(&self) -> &D {
        self.data.whole()
    }

    /// Where the face of an image is kept.
    fn entry(&self, index: usize) -> Option<PathBuf> {
        // Of an index outside there is no file, and nobody is asked for a part of it.
        let file = self.data.file(index)?;
        let part = self.part.as_ref().map(|part| part(index));
        let name = key::of_file(&self.settings, file, part.as_deref())?;
        // Folders of a few thousand files each, for a million faces.
        Some(self.entries.join(&name[..2]).join(&name[2..]))
    }

    fn make(&self, index: usize) -> Result<RgbImage, DataError> {
        let face = self.data.image(index)?;
        self.made.fetch_add(1, Relaxed);
        Ok(face)
    }
}

impl<D: fmt::Debug> fmt::Debug for CachedFaces<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedFaces")
            .field("data", &self.data)
            .field("settings", &self.settings)
            .field("folder", &self.entries)
            .finish_non_exhaustive()
    }
}

impl<D: FaceDataset> FaceDataset for CachedFaces<D> {
    images_of_data!();

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        // Before the file is read: one that is replaced in between gets a name that nobody asks for.
        let Some(path) = self.entry(index) else {
            let face = self.make(index)?;
            self.unkept.fetch_add(1, Relaxed);
            return Ok(face);
        };
        let damaged = match entry::read(&path) {
            CacheEntry::Face(face) => {
                self.read.fetch_add(1, Relaxed);
                return Ok(face);
            }
            CacheEntry::Nothing => false,
            CacheEntry::Damaged => true,
        };
        let face = self.make(index)?;
        self.damaged.fetch_add(damaged.into(), Relaxed);
        if entry::write(&path, &self.unfinished, &face).is_err() {
            self.unkept.fetch_add(1, Relaxed);
        }
        Ok(face)
    }

    fn file(&self, index: usize) -> Option<&Path> {
        self.data.file(index)
    }
}

/// Removes what was begun long ago; what another program is writing is younger.
fn remove_abandoned(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else {
        return;
    };
    for file in files.flatten() {
        let changed = file.metadata().and_then(|metadata| metadata.modified());
        let age = changed.map(|changed| SystemTime::now().duration_since(changed));
        if matches!(age, Ok(Ok(age)) if age > ABANDONED) {
            // Another program may be faster.
            let _ = fs::remove_file(file.path());
        }
    }
}

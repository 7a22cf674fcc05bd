use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::shown::readable;
use crate::sources::files::{Files, dataset_of_files};
use crate::{DataError, DecodeLimits};

/// Configuration of a [`FaceFolder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaceFolderConfig {
    /// Identities with fewer images are left out and counted. Default: 1.
    pub min_images: usize,
    /// How large an image may be.
    pub limits: DecodeLimits,
}

impl Default for FaceFolderConfig {
    fn default() -> Self {
        Self {
            min_images: 1,
            limits: DecodeLimits::default(),
        }
    }
}

impl FaceFolderConfig {
    /// Every identity with an image, and images as large as [`DecodeLimits`] allows.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many images an identity needs.
    pub fn with_min_images(mut self, min_images: usize) -> Self {
        self.min_images = min_images;
        self
    }

    /// Sets how large an image may be.
    pub fn with_limits(mut self, limits: DecodeLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Lists the images below `path`, without opening any.
    ///
    /// # Errors
    /// [`DataError::Io`] where the folder or one in it cannot be listed,
    /// [`DataError::NoIdentities`] where no identity with enough images is found.
    pub fn init(&self, path: impl AsRef<Path>) -> Result<FaceFolder, DataError> {
        let options = self;
        let path = path.as_ref();
        let mut files = Files::new(options.limits);
        let mut skipped = SkippedIdentities::default();
        let mut loose = 0;
        let (folders, others) = list(path)?;
        loose += others.len();
        for folder in folders {
            let (_, images) = list(&folder)?;
            if images.len() < options.min_images.max(1) {
                skipped.identities += 1;
                skipped.images += images.len();
                continue;
            }
            // More identities than that do not fit any file system.
            let label = files.identities.len() as u32;
            files
                .identities
                .push(readable(folder.file_name().unwrap_or_default()));
            files
                .labels
                .extend(std::iter::repeat_n(label, images.len()));
            files.paths.extend(images);
        }
        if files.paths.is_empty() {
            return Err(DataError::NoIdentities {
                path: path.to_path_buf(),
                found: match (skipped.identities, loose) {
                    (0, 0) => "no folder and no image".to_owned(),
                    (folders, 0) => format!(
                        "{folders} folders with {} images in all, none with enough",
                        skipped.images
                    ),
                    (0, loose) => format!("{loose} images but no folder"),
                    (folders, loose) => format!(
                        "{folders} folders with {} images in all, none with enough, \
                         and {loose} images beside them",
                        skipped.images
                    ),
                },
                expected: format!(
                    "one folder for each identity with at least {} image(s) (.jpg, .png, .pgm) in it",
                    options.min_images.max(1)
                ),
            });
        }
        Ok(FaceFolder { files, skipped })
    }
}

/// One folder for each identity, its images directly in it: the layout of LFW, CASIA-WebFace and
/// VGGFace2.
///
/// Identities and images are in the byte order of their names, on every platform. Files are taken
/// by extension (`jpg`, `jpeg`, `png`, `pgm`, `ppm`, `pnm`, in any case); names that start with a
/// dot are passed over. Links are followed, and folders inside an identity are not entered, so that
/// a loop of links cannot be walked for ever.
#[derive(Debug, Clone)]
pub struct FaceFolder {
    files: Files,
    skipped: SkippedIdentities,
}

/// Identities that have too few images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SkippedIdentities {
    /// Their number, folders without any image among them.
    pub identities: usize,
    /// The images in them.
    pub images: usize,
}

impl FaceFolder {
    /// Identities that were left out because they have fewer images than
    /// [`FaceFolderConfig::min_images`].
    pub fn skipped(&self) -> SkippedIdentities {
        self.skipped
    }

    /// The file of each image.
    pub fn paths(&self) -> &[PathBuf] {
        &self.files.paths
    }
}

dataset_of_files!(FaceFolder);

/// The folders and the images directly in a folder, each sorted by name.
fn list(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>), DataError> {
    let io = |source| DataError::io(folder, "a folder that can be listed", source);
    let (mut folders, mut images) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = entry.path();
        let kind = entry.file_type().map_err(io)?;
        // Only a link needs a second look; one that leads nowhere is no folder.
        let is_folder = if kind.is_symlink() {
            fs::metadata(&path).is_ok_and(|target| target.is_dir())
        } else {
            kind.is_dir()
        };
        if is_folder {
            folders.push(path);
        } else if is_image(&path) {
            images.push(path);
        }
    }
    folders.sort_unstable_by(by_name);
    images.sort_unstable_by(by_name);
    Ok((folders, images))
}

fn by_name(a: &PathBuf, b: &PathBuf) -> std::cmp::Ordering {
    let name = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        name.as_encoded_bytes().to_vec()
    };
    name(a).cmp(&name(b))
}

fn is_image(path: &Path) -> bool {
    const EXTENSIONS: [&str; 6] = ["jpg", "jpeg", "png", "pgm", "ppm", "pnm"];
    let extension = path.extension().unwrap_or_default();
    EXTENSIONS
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

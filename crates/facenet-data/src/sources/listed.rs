use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::lists::boxes::{LANDMARKS, face_box};
use crate::lists::lines::read;
use crate::lists::table::Table;
use crate::sources::files::{Files, dataset_of_files};
use crate::sources::folder::{FaceFolderConfig, SkippedIdentities};
use crate::{DataError, FaceBox};

const EXPECTED: &str = "the columns path and identity";

/// Faces that a table of comma-separated values lists, one image a line: `path,identity`, and where
/// they are known the box of the face and its landmarks.
///
/// Columns are found by the names of the first line. `path` and `identity` must be there; the box
/// may be, as `x0`, `y0`, `x1`, `y1` or as `x1`, `y1`, `x2`, `y2` (left, upper, right and lower edge
/// in pixels), and with it `prob` and the landmarks `lex`, `ley`, `rex`, `rey`, `nx`, `ny`, `mlx`,
/// `mly`, `mrx`, `mry`. Other columns are passed over. A path is taken below the folder that is
/// given, unless it is absolute; the same image may be there twice, with two boxes of two people.
///
/// Images are in the order of the list, identities in that in which they are first named.
/// [`FaceDataset::image`](crate::FaceDataset::image) is the whole image; cut out the face with its
/// box ([`facenet_crop`](crate::facenet_crop)), or turn it by its landmarks
/// ([`aligned_crop`](crate::aligned_crop)). Where there are boxes, which are in pixels of the whole image, no
/// image is decoded at a reduced scale.
#[derive(Debug, Clone)]
pub struct FaceTable {
    files: Files,
    boxes: Option<Vec<FaceBox>>,
    skipped: SkippedIdentities,
}

impl FaceTable {
    /// Reads the list `table` of images below the folder `images`, without opening any.
    ///
    /// # Errors
    /// [`DataError::Io`] where the list cannot be read; [`DataError::Line`] where a column is
    /// missing, a value is no finite number, a path or an identity is empty, or a box is;
    /// [`DataError::NoIdentities`] where no identity with enough images is listed.
    pub fn open(
        table: impl AsRef<Path>,
        images: impl AsRef<Path>,
        options: &FaceFolderConfig,
    ) -> Result<Self, DataError> {
        let path = table.as_ref();
        Self::parse(&read(path, EXPECTED)?, path, images.as_ref(), options)
    }

    /// Reads a list that is in memory as [`FaceTable::open`] does; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`FaceTable::open`], but for [`DataError::Io`].
    pub fn from_bytes(
        bytes: &[u8],
        origin: &str,
        images: impl AsRef<Path>,
        options: &FaceFolderConfig,
    ) -> Result<Self, DataError> {
        Self::parse(bytes, Path::new(origin), images.as_ref(), options)
    }

    fn parse(
        bytes: &[u8],
        path: &Path,
        images: &Path,
        options: &FaceFolderConfig,
    ) -> Result<Self, DataError> {
        let mut table = Table::new(bytes, path)?;
        let needed = |name: &str| {
            let missing = || table.error(1, format!("no column {name:?}"), EXPECTED);
            table.column(name).ok_or_else(missing)
        };
        let (file, identity) = (needed("path")?, needed("identity")?);
        let edges = match table.column("x0") {
            Some(_) => ["x0", "y0", "x1", "y1"],
            None => ["x1", "y1", "x2", "y2"],
        };
        let edges = table.all_or_none(edges, "a box")?;
        let points = table.all_or_none(LANDMARKS, "landmarks")?;
        let prob = table.column("prob");
        if edges.is_none() && points.is_some() {
            return Err(table.error(1, "landmarks without a box".to_owned(), "a box with them"));
        }

        let mut rows = Vec::new();
        let mut counts: Vec<(String, usize)> = Vec::new();
        let mut labels = HashMap::new();
        while let Some(row) = table.next_row()? {
            let (file, identity) = (row.field(file), row.field(identity));
            if file.is_empty() || identity.is_empty() {
                return Err(row.error("an empty field", "a path and an identity"));
            }
            let face = match edges {
                None => None,
                Some(edges) => {
                    let mut face = face_box(&row, edges, points)?;
                    face.prob = prob.map(|column| row.number(column)).transpose()?;
                    Some(face)
                }
            };
            let label = *labels.entry(identity.to_owned()).or_insert(counts.len());
            match counts.get_mut(label) {
                Some((_, count)) => *count += 1,
                None => counts.push((identity.to_owned(), 1)),
            }
            rows.push((images.join(file), label, face));
        }

        let mut files = Files::new(options.limits);
        let mut skipped = SkippedIdentities::default();
        let mut kept = Vec::new();
        for (name, count) in counts {
            if count < options.min_images {
                skipped.identities += 1;
                skipped.images += count;
                kept.push(None);
            } else {
                // Each has a line of the list, of which memory holds fewer.
                kept.push(Some(files.identities.len() as u32));
                files.identities.push(name);
            }
        }
        let mut boxes = edges.map(|_| Vec::new());
        if boxes.is_some() {
            files.limits.enough = None;
        }
        for (path, label, face) in rows {
            if let Some(label) = kept[label] {
                files.paths.push(path);
                files.labels.push(label);
                if let (Some(boxes), Some(face)) = (&mut boxes, face) {
                    boxes.push(face);
                }
            }
        }
        if files.paths.is_empty() {
            return Err(DataError::NoIdentities {
                path: path.to_path_buf(),
                found: format!(
                    "{} identities with {} images in all, none with enough",
                    skipped.identities, skipped.images
                ),
                expected: format!(
                    "an identity with at least {} image(s)",
                    options.min_images.max(1)
                ),
            });
        }
        Ok(Self {
            files,
            boxes,
            skipped,
        })
    }

    /// The box of the face in each image, where the table has them.
    pub fn boxes(&self) -> Option<&[FaceBox]> {
        self.boxes.as_deref()
    }

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

dataset_of_files!(FaceTable);

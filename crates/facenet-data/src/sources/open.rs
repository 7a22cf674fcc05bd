use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::{
    DataError, FaceBox, FaceDataset, FaceFolderConfig, FaceTable, RecordPack, SkippedIdentities,
    Subset,
};

/// What [`open_faces`] found.
#[non_exhaustive]
pub struct OpenedFaces {
    /// The faces.
    pub faces: Arc<dyn FaceDataset>,
    /// The box of the face in each image, where a table has them.
    pub boxes: Option<Vec<FaceBox>>,
    /// Identities that were left out because they have too few images.
    pub skipped: SkippedIdentities,
}

impl fmt::Debug for OpenedFaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenedFaces")
            .field("faces", &self.faces.len())
            .field("boxes", &self.boxes.as_ref().map(Vec::len))
            .field("skipped", &self.skipped)
            .finish()
    }
}

/// Opens labeled faces by what their path is: a folder with a folder for each identity
/// ([`FaceFolder`](crate::FaceFolder)), a table `.csv` of images below the folder that it lies in ([`FaceTable`]), or a pack
/// `.rec` with its index beside it ([`RecordPack`]).
///
/// # Errors
/// As the data sets, and [`DataError::NoIdentities`] for a pack without an identity with enough images.
pub fn open_faces(
    path: impl AsRef<Path>,
    options: &FaceFolderConfig,
) -> Result<OpenedFaces, DataError> {
    let path = path.as_ref();
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") if !path.is_dir() => {
            let folder = path.parent().unwrap_or(Path::new(""));
            let table = FaceTable::open(path, folder, options)?;
            Ok(OpenedFaces {
                boxes: table.boxes().map(<[FaceBox]>::to_vec),
                skipped: table.skipped(),
                faces: Arc::new(table),
            })
        }
        Some("rec") if !path.is_dir() => {
            let pack = RecordPack::open(path, options.limits)?;
            let (faces, skipped) = with_enough(pack, options.min_images, path)?;
            Ok(OpenedFaces {
                faces,
                boxes: None,
                skipped,
            })
        }
        _ => {
            let folder = options.init(path)?;
            Ok(OpenedFaces {
                skipped: folder.skipped(),
                faces: Arc::new(folder),
                boxes: None,
            })
        }
    }
}

/// The identities with enough images.
fn with_enough(
    pack: RecordPack,
    min_images: usize,
    path: &Path,
) -> Result<(Arc<dyn FaceDataset>, SkippedIdentities), DataError> {
    let mut images = vec![0; pack.identities().len()];
    for &label in pack.labels() {
        images[label as usize] += 1;
    }
    let few = images.iter().filter(|&&images| images < min_images);
    let skipped = SkippedIdentities {
        identities: few.clone().count(),
        images: few.sum(),
    };
    if skipped.identities == 0 {
        return Ok((Arc::new(pack), skipped));
    }
    let labels = pack.labels().iter().enumerate();
    let kept: Vec<usize> = labels
        .filter(|(_, label)| images[**label as usize] >= min_images)
        .map(|(index, _)| index)
        .collect();
    if kept.is_empty() {
        return Err(DataError::NoIdentities {
            path: path.to_owned(),
            found: format!(
                "{} identities with {} images in all, none with enough",
                skipped.identities, skipped.images
            ),
            expected: format!("an identity with at least {min_images} image(s)"),
        });
    }
    Ok((Arc::new(Subset::new(pack, kept)?), skipped))
}

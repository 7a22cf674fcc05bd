use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::TrainingFaces;
use super::cut::TrainingCut;
use crate::{
    CachedFaces, DEFAULT_MARGIN, DataError, DecodeLimits, FaceDataset, FaceFolderConfig,
    OpenedFaces, PreparedFaces, ReplacedFaces, Subset, Unreadable, open_faces, split_by_identity,
    unreadable,
};

/// What becomes of images that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnreadableImages {
    /// All are read first, and one that fails is an error.
    #[default]
    Refuse,
    /// All are read first, and those that fail are left out.
    Skip,
    /// Nothing is read first; another image of the identity stands in for one that fails.
    Replace,
}

/// How faces to train on are opened: a folder with a folder for each identity, a table with boxes or landmarks, a pack of
/// records (see [`open_faces`]).
///
/// ```
/// use facenet_data::{FaceDataset, TrainingFacesConfig};
///
/// # let folder = tempfile::tempdir()?;
/// # for name in ["ada/1.png", "ada/2.png", "bo/1.png"] {
/// #     let path = folder.path().join(name);
/// #     std::fs::create_dir_all(path.parent().unwrap())?;
/// #     image::RgbImage::new(4, 4).save(path)?;
/// # }
/// # let path = folder.path();
/// let faces = TrainingFacesConfig::new(path).init([70, 58], |_done, _all| {})?;
/// assert_eq!(faces.training.len(), 2);
/// // Bo has one image, which makes no pair.
/// assert_eq!(faces.skipped.identities, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingFacesConfig {
    /// The folder, table or pack.
    pub path: PathBuf,
    /// Identities with fewer images are left out and counted. Default: 2, a pair.
    pub min_images: usize,
    /// What becomes of images that cannot be read. Default: they are refused.
    pub unreadable: UnreadableImages,
    /// Pixels that a box of a table grows by, half of it on each side. Default: [`DEFAULT_MARGIN`].
    pub margin: f32,
    /// Whether faces are turned so that the landmarks of a table lie on those of
    /// [`FaceTemplate::ARCFACE_112`](crate::FaceTemplate::ARCFACE_112), in place of cutting out the box. Default: no.
    pub align: bool,
    /// A folder that keeps decoded and cut faces for later epochs and runs. Default: none.
    pub cache: Option<PathBuf>,
    /// The share of the identities that is kept from the training. Default: 0.
    pub held_out_share: f64,
    /// Decides which identities are held out. Default: 0.
    pub seed: u64,
}

/// The sides of a face over those of the network's input that are enough for random crops: a JPEG of more may be decoded
/// at a reduced scale.
const SPARE: u32 = 2;

impl TrainingFacesConfig {
    /// All faces of `path`, of identities with two images or more.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            min_images: 2,
            unreadable: UnreadableImages::default(),
            margin: DEFAULT_MARGIN,
            align: false,
            cache: None,
            held_out_share: 0.0,
            seed: 0,
        }
    }

    /// Sets how many images an identity needs.
    pub fn with_min_images(mut self, min_images: usize) -> Self {
        self.min_images = min_images;
        self
    }

    /// Sets what becomes of images that cannot be read.
    pub fn with_unreadable(mut self, unreadable: UnreadableImages) -> Self {
        self.unreadable = unreadable;
        self
    }

    /// Sets by how many pixels a box grows.
    pub fn with_margin(mut self, margin: f32) -> Self {
        self.margin = margin;
        self
    }

    /// Sets whether faces are turned by their landmarks.
    pub fn with_align(mut self, align: bool) -> Self {
        self.align = align;
        self
    }

    /// Sets the folder that keeps decoded and cut faces, or that there is none.
    pub fn with_cache(mut self, cache: Option<PathBuf>) -> Self {
        self.cache = cache;
        self
    }

    /// Sets the share of the identities that is kept from the training.
    pub fn with_held_out_share(mut self, share: f64) -> Self {
        self.held_out_share = share;
        self
    }

    /// Sets the seed that decides which identities are held out.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Opens the faces for a network with an input of `height × width` pixels.
    ///
    /// Where all images are read first, `progress` is told how many are done and how many there are, from several threads.
    ///
    /// # Errors
    /// As [`open_faces`]; [`DataError::NoLandmarks`] where faces are to be turned and the data has no landmarks;
    /// [`DataError::Unreadable`] where an image cannot be read and is not to be there; [`DataError::NoIdentities`] where
    /// none is left.
    pub fn init(
        &self,
        input: [usize; 2],
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<TrainingFaces, DataError> {
        let [height, width] = enough(input);
        let options = FaceFolderConfig::new()
            .with_min_images(self.min_images)
            .with_limits(DecodeLimits::default().enough(height, width));
        let opened = open_faces(&self.path, &options)?;
        let skipped = opened.skipped;
        let (faces, cache) = self.cut(opened, input)?;
        let mut replaced = None;
        let mut without = Vec::new();
        let faces = match self.unreadable {
            UnreadableImages::Replace => {
                let faces = Arc::new(ReplacedFaces::new(faces));
                replaced = Some(Arc::clone(&faces));
                faces as Arc<dyn FaceDataset>
            }
            UnreadableImages::Refuse | UnreadableImages::Skip => {
                let total = faces.len();
                without = unreadable(&faces, |done| progress(done, total));
                self.without(faces, &mut without)?
            }
        };
        let (training, held_out) = if self.held_out_share == 0.0 {
            (faces, None)
        } else {
            let (held_out, rest) = split_by_identity(&faces, self.held_out_share, self.seed)?;
            let training = Subset::new(Arc::clone(&faces), rest)?;
            let held_out: Arc<dyn FaceDataset> = Arc::new(Subset::new(faces, held_out)?);
            (Arc::new(training) as Arc<dyn FaceDataset>, Some(held_out))
        };
        Ok(TrainingFaces {
            training,
            held_out,
            skipped,
            unreadable: without,
            cache,
            replaced,
        })
    }

    /// The faces themselves, cut out of the photographs of a table, kept on disk where asked for.
    #[allow(clippy::type_complexity, reason = "a cache is a data set too")]
    fn cut(
        &self,
        opened: OpenedFaces,
        input: [usize; 2],
    ) -> Result<
        (
            Arc<dyn FaceDataset>,
            Option<Arc<CachedFaces<Arc<dyn FaceDataset>>>>,
        ),
        DataError,
    > {
        let cut = TrainingCut::new(self, opened.boxes, input)?;
        let faces = opened.faces;
        let Some(folder) = &self.cache else {
            return Ok(match cut {
                None => (faces, None),
                Some(cut) => {
                    let prepare = move |image, index| cut.apply(image, index);
                    (Arc::new(PreparedFaces::new(faces, prepare)), None)
                }
            });
        };
        let faces = match cut {
            None => {
                let [height, width] = enough(input);
                let settings = format!("whole, {width} x {height} pixels where JPEG gives so few");
                CachedFaces::open(faces, folder, settings, |image, _| Ok(image))?
            }
            Some(cut) => {
                let cut = Arc::new(cut);
                let parts = Arc::clone(&cut);
                let settings = cut.to_string();
                CachedFaces::open(faces, folder, settings, move |image, index| {
                    cut.apply(image, index)
                })?
                .with_parts(move |index| parts.part(index))
            }
        };
        let faces = Arc::new(faces);
        Ok((Arc::clone(&faces) as Arc<dyn FaceDataset>, Some(faces)))
    }

    /// The faces that can be read, of identities that have enough of them left.
    fn without(
        &self,
        faces: Arc<dyn FaceDataset>,
        unreadable: &mut Vec<Unreadable>,
    ) -> Result<Arc<dyn FaceDataset>, DataError> {
        if unreadable.is_empty() {
            return Ok(faces);
        }
        if self.unreadable == UnreadableImages::Refuse {
            let more = unreadable.len() - 1;
            return Err(DataError::Unreadable {
                more,
                source: Box::new(unreadable.swap_remove(0).error),
            });
        }
        let mut bad: Vec<usize> = unreadable.iter().map(|bad| bad.index).collect();
        // An identity that lost images may have too few left.
        let mut left = vec![0; faces.identities().len()];
        for &label in faces.labels() {
            left[label as usize] += 1;
        }
        for &index in &bad {
            left[faces.labels()[index] as usize] -= 1;
        }
        let few = |label: u32| left[label as usize] < self.min_images;
        bad.extend((0..faces.len()).filter(|&index| few(faces.labels()[index])));
        if left.iter().all(|&images| images < self.min_images) {
            return Err(no_identity_left(&self.path, self.min_images, unreadable));
        }
        Ok(Arc::new(Subset::without(faces, &bad)?))
    }
}

/// Height and width that an image needs for a network with this input.
fn enough(input: [usize; 2]) -> [u32; 2] {
    input.map(|side| SPARE * side as u32)
}

fn no_identity_left(path: &Path, min_images: usize, unreadable: &[Unreadable]) -> DataError {
    DataError::NoIdentities {
        path: path.to_owned(),
        found: match unreadable {
            [] => "no identity with enough images that can be read".to_owned(),
            [first, ..] => format!(
                "no identity with enough images that can be read ({} cannot be, the first: {})",
                unreadable.len(),
                first.error
            ),
        },
        expected: format!("an identity with at least {min_images} of them"),
    }
}

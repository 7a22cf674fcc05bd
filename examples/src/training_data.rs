use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use facenet_core::data::{
    CachedFaces, DataError, DecodeLimits, FaceBox, FaceTemplate, OpenedFaces, PreparedFaces,
    ReplacedFaces, SkippedIdentities, Subset, aligned_crop, facenet_crop, open_faces,
    split_by_identity, unreadable,
};
use facenet_core::eval::MARGIN;
use facenet_core::prelude::*;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::{Failure, bar, complain, counted, say};

/// The faces that a network is trained on. Kept in the run folder as a part of `data.json`.
#[derive(Args, Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingData {
    /// Faces to train on: a folder with a folder of face crops for each identity, a table (.csv) with
    /// path, identity and maybe box and landmarks, or a pack of MXNet records (.rec)
    #[arg(long, value_name = "PATH", required_unless_present = "resume")]
    pub data: Option<PathBuf>,
    /// Identities with fewer images are left out; 2 unless given
    #[arg(long, value_name = "N")]
    pub min_images: Option<usize>,
    /// What becomes of images that cannot be read; refuse unless given
    #[arg(long, value_name = "WHAT")]
    pub bad_images: Option<BadImages>,
    /// Pixels that a box grows by, in a table and in LFW, half of it on each side; 32 unless given
    #[arg(long, value_name = "PIXELS")]
    pub margin: Option<f32>,
    /// Turn faces so that the landmarks of the table lie on those of ArcFace's template, in place of
    /// cutting out the box
    #[arg(long)]
    pub align: bool,
    /// Keep decoded and cut faces in this folder, for later epochs and runs
    #[arg(long, value_name = "DIR")]
    pub cache: Option<PathBuf>,
    /// Share of the identities that is kept from training and evaluated on; 0.1 unless given, and 0
    /// with --lfw
    #[arg(long, value_name = "SHARE")]
    pub hold_out: Option<f64>,
}

/// What becomes of images that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadImages {
    /// All are read before the training, which does not begin if one fails
    #[default]
    Refuse,
    /// All are read before the training, which goes on without those that fail
    Skip,
    /// Nothing is read before; another image of the identity stands in for one that fails
    Replace,
}

/// Sides of a face that is cut out of a photograph, over those of the network's input: room for random
/// crops, as facenet's faces of 182 pixels have for crops of 160.
const ROOM: f64 = 182.0 / 160.0;

/// Sides of a face, over those of the network's input, that are enough for random crops: a JPEG of more may be
/// decoded at a reduced scale.
const SPARE: u32 = 2;

/// What [`TrainingData::open`] opens.
pub struct TrainingFaces {
    /// The faces to train on.
    pub training: Arc<dyn FaceDataset>,
    /// Those of people that are kept from the training.
    pub held_out: Option<Arc<dyn FaceDataset>>,
    cache: Option<Arc<CachedFaces<Arc<dyn FaceDataset>>>>,
    replaced_faces: Option<Arc<ReplacedFaces<Arc<dyn FaceDataset>>>>,
}

impl TrainingData {
    /// The margin of boxes.
    pub fn margin(&self) -> f32 {
        self.margin.unwrap_or(MARGIN)
    }

    /// These, and where they say nothing, those of a run.
    pub fn over(&self, run: Self) -> Self {
        Self {
            data: self.data.clone().or(run.data),
            min_images: self.min_images.or(run.min_images),
            bad_images: self.bad_images.or(run.bad_images),
            margin: self.margin.or(run.margin),
            align: self.align || run.align,
            cache: self.cache.clone().or(run.cache),
            hold_out: self.hold_out.or(run.hold_out),
        }
    }

    /// Opens the faces for a network with this input, tells what is left out, and keeps `default_share` of
    /// the identities from the training unless told otherwise.
    ///
    /// # Errors
    ///
    /// There is no such data, or images that cannot be read are not to be there.
    pub fn open(
        &self,
        input: [usize; 2],
        default_share: f64,
        seed: u64,
    ) -> Result<TrainingFaces, Failure> {
        let path = self.data.as_ref().ok_or("--data is missing")?;
        let min_images = self.min_images.unwrap_or(2);
        let [height, width] = enough(input);
        let options = FaceFolderConfig::default()
            .with_min_images(min_images)
            .with_limits(DecodeLimits::default().enough(height, width));
        let opened = open_faces(path, &options)?;
        tell_left_out(path, opened.skipped, min_images);
        let (faces, cache) = self.cut(path, opened, input)?;
        let (faces, replaced_faces) = match self.bad_images.unwrap_or_default() {
            BadImages::Replace => {
                let faces = Arc::new(ReplacedFaces::new(faces));
                (Arc::clone(&faces) as Arc<dyn FaceDataset>, Some(faces))
            }
            what => (without_bad(path, faces, what, min_images)?, None),
        };
        let share = self.hold_out.unwrap_or(default_share);
        let (training, held_out) = match share {
            0.0 => (faces, None),
            share => {
                let (held_out, rest) = split_by_identity(&faces, share, seed)?;
                let training = Subset::new(Arc::clone(&faces), rest)?;
                let held_out = Subset::new(faces, held_out)?;
                say!(
                    "{} images of {} identities are held out.",
                    counted(held_out.len()),
                    held_out.identities().len()
                );
                let held_out: Arc<dyn FaceDataset> = Arc::new(held_out);
                (Arc::new(training) as Arc<dyn FaceDataset>, Some(held_out))
            }
        };
        Ok(TrainingFaces {
            training,
            held_out,
            cache,
            replaced_faces,
        })
    }

    /// The faces themselves, cut out of the photographs of a table, kept on disk where asked for.
    #[allow(clippy::type_complexity, reason = "a cache is a data set too")]
    fn cut(
        &self,
        path: &Path,
        opened: OpenedFaces,
        input: [usize; 2],
    ) -> Result<
        (
            Arc<dyn FaceDataset>,
            Option<Arc<CachedFaces<Arc<dyn FaceDataset>>>>,
        ),
        Failure,
    > {
        let cut = Cut::new(self, path, opened.boxes, input)?;
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
}

impl TrainingFaces {
    /// Says what the cache spared, and which images others stood in for.
    pub fn report(&self) {
        if let Some(cache) = &self.cache {
            let counts = cache.counts();
            say!(
                "Cache {}: {} faces read from it, {} made, {} of these not kept.",
                cache.folder().display(),
                counted(counts.read),
                counted(counts.made),
                counted(counts.unkept)
            );
        }
        let replaced = self.replaced_faces.as_ref().map(|faces| faces.replaced());
        let replaced = replaced.unwrap_or_default();
        for replacement in &replaced {
            complain!("replaced: {}", replacement.error);
        }
        if !replaced.is_empty() {
            say!(
                "{} images could not be read; another of the same identity stood in for each.",
                counted(replaced.len())
            );
        }
    }
}

/// How a face is cut out of the photograph that a table names.
enum Cut {
    Boxes {
        boxes: Vec<FaceBox>,
        margin: f32,
        size: [u32; 2],
    },
    Landmarks {
        landmarks: Vec<[[f32; 2]; 5]>,
        template: FaceTemplate,
    },
}

impl Cut {
    fn new(
        data: &TrainingData,
        path: &Path,
        boxes: Option<Vec<FaceBox>>,
        [height, width]: [usize; 2],
    ) -> Result<Option<Self>, Failure> {
        if data.align {
            let landmarks = boxes.unwrap_or_default();
            let landmarks: Option<Vec<_>> = landmarks.iter().map(|face| face.landmarks).collect();
            let landmarks = landmarks.filter(|landmarks| !landmarks.is_empty());
            let landmarks = landmarks.ok_or_else(|| {
                let expected = "--align expects a table with the landmarks of each face";
                format!("{}: no landmarks; {expected}", path.display())
            })?;
            let template = FaceTemplate::ARCFACE_112.resized(height as u32, width as u32)?;
            return Ok(Some(Self::Landmarks {
                landmarks,
                template,
            }));
        }
        let size = [height, width].map(|side| (side as f64 * ROOM).ceil() as u32);
        Ok(boxes.map(|boxes| Self::Boxes {
            boxes,
            margin: data.margin(),
            size,
        }))
    }

    fn apply(&self, image: RgbImage, index: usize) -> Result<RgbImage, DataError> {
        match self {
            Self::Boxes {
                boxes,
                margin,
                size: [height, width],
            } => facenet_crop(&image, &boxes[index], *margin, *height, *width),
            Self::Landmarks {
                landmarks,
                template,
            } => aligned_crop(&image, &landmarks[index], template),
        }
    }

    /// What tells the faces of one photograph apart.
    fn part(&self, index: usize) -> String {
        match self {
            Self::Boxes { boxes, .. } => {
                let FaceBox { x1, y1, x2, y2, .. } = boxes[index];
                format!("{x1} {y1} {x2} {y2}")
            }
            Self::Landmarks { landmarks, .. } => format!("{:?}", landmarks[index]),
        }
    }
}

/// The settings of a cache.
impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boxes {
                margin,
                size: [height, width],
                ..
            } => write!(f, "box with margin {margin}, {width} x {height} pixels"),
            Self::Landmarks { template, .. } => {
                let (width, height) = (template.width(), template.height());
                write!(
                    f,
                    "landmarks to {:?}, {width} x {height} pixels",
                    template.points()
                )
            }
        }
    }
}

/// Height and width that an image needs for a network with this input.
fn enough(input: [usize; 2]) -> [u32; 2] {
    input.map(|side| SPARE * side as u32)
}

fn tell_left_out(path: &Path, skipped: SkippedIdentities, min_images: usize) {
    if skipped.identities > 0 {
        say!(
            "{}: {} identities with fewer than {min_images} images ({} images) are left out.",
            path.display(),
            counted(skipped.identities),
            counted(skipped.images)
        );
    }
}

/// The faces that can be read, of identities that have enough of them left.
fn without_bad(
    path: &Path,
    faces: Arc<dyn FaceDataset>,
    what: BadImages,
    min_images: usize,
) -> Result<Arc<dyn FaceDataset>, Failure> {
    let bar = bar("checking", faces.len());
    let bad = unreadable(&faces, |done| bar.set_position(done as u64));
    bar.finish_and_clear();
    let Some(first) = bad.first() else {
        return Ok(faces);
    };
    if what == BadImages::Refuse {
        let more = match bad.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        return Err(format!(
            "{}{more}; --bad-images skip goes on without, --bad-images replace with others",
            first.error
        )
        .into());
    }
    for bad in &bad {
        complain!("skipped: {}", bad.error);
    }
    say!("{} unreadable images are skipped.", counted(bad.len()));
    let mut bad: Vec<usize> = bad.iter().map(|bad| bad.index).collect();
    // An identity that lost images may have too few left.
    let mut left = vec![0; faces.identities().len()];
    for &label in faces.labels() {
        left[label as usize] += 1;
    }
    for &index in &bad {
        left[faces.labels()[index] as usize] -= 1;
    }
    let few = |label: u32| left[label as usize] < min_images;
    bad.extend((0..faces.len()).filter(|&index| few(faces.labels()[index])));
    if left.iter().all(|&images| images < min_images) {
        return Err(format!(
            "{}: no identity has images left that can be read; expected at least {min_images} of one",
            path.display()
        )
        .into());
    }
    Ok(Arc::new(Subset::without(faces, &bad)?))
}

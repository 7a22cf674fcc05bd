use std::path::{Path, PathBuf};

use facenet_data::{
    DataError, DecodeLimits, DecodedFaces, FaceDataset, FacePair, LfwPairs, MissingImages,
    centre_crop, facenet_crop, read_boxes, resize,
};
use facenet_metrics::{Folds, LfwProtocol, LfwReport};
use facenet_models::Embedder;
use image::RgbImage;
use ndarray::{ArrayView2, Axis};

use crate::TrainError;

/// Where LFW lies and how its faces are cut out.
#[derive(Clone, Debug)]
pub struct LfwOptions {
    /// The folder with a folder of images for each person.
    pub images: PathBuf,
    /// The list of pairs, `pairs.txt`.
    pub pairs: PathBuf,
    /// The list of face boxes (`file,x1,y1,x2,y2`); without it, the middle of the image is taken.
    pub boxes: Option<PathBuf>,
    /// Source pixels that a box grows by, half of it on each side. Default: 32, as
    /// davidsandberg/facenet has it for 160-pixel crops.
    pub margin: f32,
    /// What to do with a pair whose image is not there.
    pub missing: MissingImages,
}

impl LfwOptions {
    /// LFW in `folder`: its images in `folder` or in `folder/images`, its pairs in
    /// `folder/pairs.txt`.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref();
        let images = folder.join("images");
        Self {
            pairs: folder.join("pairs.txt"),
            images: if images.is_dir() {
                images
            } else {
                folder.to_owned()
            },
            boxes: None,
            margin: 32.0,
            missing: MissingImages::Refuse,
        }
    }

    /// Sets the list of pairs.
    pub fn with_pairs(mut self, pairs: impl Into<PathBuf>) -> Self {
        self.pairs = pairs.into();
        self
    }

    /// Sets the list of face boxes.
    pub fn with_boxes(mut self, boxes: impl Into<PathBuf>) -> Self {
        self.boxes = Some(boxes.into());
        self
    }

    /// Sets the margin around the boxes, in source pixels.
    pub fn with_margin(mut self, margin: f32) -> Self {
        self.margin = margin;
        self
    }

    /// Sets what to do with a pair whose image is not there.
    pub fn with_missing(mut self, missing: MissingImages) -> Self {
        self.missing = missing;
        self
    }
}

/// The height of the crop without boxes, as a share of the image's: what a detector's box with its
/// margin covers on average of a deep-funnelled LFW image.
const CENTRE_SHARE: f32 = 0.6;

/// The faces and the pairs of Labeled Faces in the Wild, View 2, cut out once and kept in memory to
/// be evaluated again and again while a network trains.
#[derive(Clone, Debug)]
pub struct LfwFaces {
    faces: DecodedFaces,
    pairs: Vec<FacePair>,
    folds: Folds,
    skipped: usize,
}

impl LfwFaces {
    /// Reads the lists and cuts out the faces, `height × width` pixels each.
    ///
    /// `progress` is told the number of faces done and their total, from several threads.
    ///
    /// # Errors
    ///
    /// A list or an image that cannot be read, a pair whose image is missing, an image without a
    /// box, fewer than two folds. Each names the file.
    pub fn open(
        options: &LfwOptions,
        [height, width]: [usize; 2],
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<Self, TrainError> {
        let lfw = LfwPairs::open(
            &options.images,
            &options.pairs,
            options.missing,
            DecodeLimits::default(),
        )?;
        let boxes = match &options.boxes {
            None => None,
            Some(path) => {
                let boxes = read_boxes(path)?;
                if let Some(image) = lfw.names().iter().find(|&name| !boxes.contains_key(name)) {
                    return Err(TrainError::MissingBox {
                        path: path.clone(),
                        image: image.clone(),
                    });
                }
                Some((path, boxes))
            }
        };
        let total = lfw.len();
        let size = [height as u32, width as u32];
        let cut = |image: RgbImage, index: usize| match &boxes {
            Some((path, boxes)) => {
                let name = &lfw.names()[index];
                let face = facenet_crop(&image, &boxes[name], options.margin, size[0], size[1]);
                face.map_err(|error| DataError::Image {
                    origin: lfw.describe(index),
                    problem: format!("its box in {} does not fit: {error}", path.display()),
                    expected: "a box inside the image".to_owned(),
                })
            }
            None => centre_face(&image, size),
        };
        let faces = DecodedFaces::new(&lfw, cut, |done| progress(done, total))?;
        let mut sizes = vec![0; lfw.folds()];
        for pair in lfw.pairs() {
            sizes[pair.fold] += 1;
        }
        // A fold that lost all its pairs to missing images is no fold.
        sizes.retain(|&size| size > 0);
        Ok(Self {
            faces,
            pairs: lfw.pairs().to_vec(),
            folds: Folds::from_sizes(&sizes).map_err(|error| TrainError::Folds {
                path: options.pairs.clone(),
                reason: error.to_string(),
                skipped: lfw.skipped(),
            })?,
            skipped: lfw.skipped(),
        })
    }

    /// The faces, cut out and resized.
    pub fn faces(&self) -> &[RgbImage] {
        self.faces.faces()
    }

    /// The pairs, in the order of the list.
    pub fn pairs(&self) -> &[FacePair] {
        &self.pairs
    }

    /// The number of pairs that were left out because an image is missing.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// Embeds the faces and evaluates the pairs.
    ///
    /// # Errors
    ///
    /// As [`evaluate_embeddings`](Self::evaluate_embeddings).
    pub fn evaluate(&self, embedder: &Embedder) -> Result<LfwReport, TrainError> {
        self.evaluate_embeddings(embedder.embed(self.faces())?.view())
    }

    /// Evaluates embeddings of [`faces`](Self::faces) by LFW's protocol: squared Euclidean distance,
    /// the threshold of each fold chosen on the others, VAL at FAR 1e-3.
    ///
    /// # Shapes
    ///
    /// - `embeddings`: `[faces, dimensions]`, rows of unit length
    ///
    /// # Errors
    ///
    /// Another number of embeddings than faces, or values that are not finite.
    pub fn evaluate_embeddings(
        &self,
        embeddings: ArrayView2<'_, f32>,
    ) -> Result<LfwReport, TrainError> {
        if embeddings.nrows() != self.faces.len() {
            return Err(TrainError::Configuration(format!(
                "{} embeddings, expected one for each of the {} faces of LFW",
                embeddings.nrows(),
                self.faces.len()
            )));
        }
        let rows = |of: fn(&FacePair) -> usize| {
            let indices: Vec<usize> = self.pairs.iter().map(of).collect();
            embeddings.select(Axis(0), &indices)
        };
        let same: Vec<bool> = self.pairs.iter().map(|pair| pair.same).collect();
        let (first, second) = (rows(|pair| pair.first), rows(|pair| pair.second));
        Ok(LfwProtocol::new(self.folds.clone()).evaluate(first.view(), second.view(), &same)?)
    }
}

/// The middle of the image in the proportions of `height × width`.
fn centre_face(
    image: &RgbImage,
    [height, width]: [u32; 2],
) -> Result<RgbImage, facenet_data::DataError> {
    let high = (image.height() as f32 * CENTRE_SHARE).round().max(1.0);
    let wide = (high * width as f32 / height as f32).round().max(1.0);
    let crop = centre_crop(
        image,
        (high as u32).min(image.height()),
        (wide as u32).min(image.width()),
    )?;
    resize(&crop, height, width)
}

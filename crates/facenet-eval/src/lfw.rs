use std::path::{Path, PathBuf};

use facenet_data::{DecodeLimits, DecodedFaces, FaceDataset, LfwPairs, MissingImages};
use facenet_models::Embedder;
use image::RgbImage;
use ndarray::ArrayView2;

use crate::{EvalError, FaceCut, FoldedPairs, PairsReport};

/// Where LFW lies and how its faces are cut out.
#[derive(Clone, Debug)]
pub struct LfwFacesConfig {
    /// The folder with a folder of images for each person.
    pub images: PathBuf,
    /// The list of pairs, `pairs.txt`.
    pub pairs: PathBuf,
    /// How faces are cut out. Default: [`FaceCut::Center`].
    pub cut: FaceCut,
    /// What to do with a pair whose image is not there.
    pub missing: MissingImages,
}

impl LfwFacesConfig {
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
            cut: FaceCut::default(),
            missing: MissingImages::Refuse,
        }
    }

    /// Sets the folder with a folder of images for each person.
    pub fn with_images(mut self, images: impl Into<PathBuf>) -> Self {
        self.images = images.into();
        self
    }

    /// Sets the list of pairs.
    pub fn with_pairs(mut self, pairs: impl Into<PathBuf>) -> Self {
        self.pairs = pairs.into();
        self
    }

    /// Sets how faces are cut out.
    pub fn with_cut(mut self, cut: FaceCut) -> Self {
        self.cut = cut;
        self
    }

    /// Sets what to do with a pair whose image is not there.
    pub fn with_missing(mut self, missing: MissingImages) -> Self {
        self.missing = missing;
        self
    }

    /// Reads the lists and cuts out the faces, `height × width` pixels each.
    ///
    /// `progress` is told the number of faces done and their total, from several threads.
    ///
    /// # Errors
    ///
    /// A list or an image that cannot be read, a pair whose image is missing, an image without a
    /// box, fewer than two folds. Each names the file.
    pub fn init(
        &self,
        [height, width]: [usize; 2],
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<LfwFaces, EvalError> {
        let lfw = LfwPairs::open(
            &self.images,
            &self.pairs,
            self.missing,
            DecodeLimits::default(),
        )?;
        let pairs = FoldedPairs::new(lfw.len(), lfw.pairs(), &self.pairs, lfw.skipped())?;
        let cutter = self.cut.open(lfw.names())?;
        let total = lfw.len();
        let size = [height as u32, width as u32];
        let cut =
            |image: RgbImage, index: usize| cutter.cut(&image, index, || lfw.describe(index), size);
        let faces = DecodedFaces::new(&lfw, cut, |done| progress(done, total))?;
        Ok(LfwFaces { faces, pairs })
    }
}

/// The faces and the pairs of Labeled Faces in the Wild, View 2, cut out once and kept in memory to
/// be evaluated again and again while a network trains.
#[derive(Clone, Debug)]
pub struct LfwFaces {
    faces: DecodedFaces,
    pairs: FoldedPairs,
}

impl LfwFaces {
    /// The faces, cut out and resized.
    pub fn faces(&self) -> &[RgbImage] {
        self.faces.faces()
    }

    /// The pairs of the faces.
    pub fn pairs(&self) -> &FoldedPairs {
        &self.pairs
    }

    /// Embeds the faces and evaluates the pairs.
    ///
    /// # Errors
    ///
    /// As [`evaluate_embeddings`](Self::evaluate_embeddings).
    pub fn evaluate(&self, embedder: &Embedder) -> Result<PairsReport, EvalError> {
        let embeddings = embedder.embed(self.faces())?;
        let range = embedder.flip().largest_squared_distance();
        let protocol = self.pairs.protocol().with_range(range);
        self.pairs.evaluate(embeddings.view(), &protocol)
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
    ) -> Result<PairsReport, EvalError> {
        if embeddings.nrows() != self.faces.len() {
            return Err(EvalError::Embeddings {
                found: embeddings.nrows(),
                expected: format!("one for each of the {} faces of LFW", self.faces.len()),
            });
        }
        self.pairs.evaluate(embeddings, &self.pairs.protocol())
    }
}

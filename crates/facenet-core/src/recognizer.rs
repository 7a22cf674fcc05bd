use std::{fmt, path::Path};

use burn::tensor::Device;
use facenet_eval::{calibration_beside, load_calibration};
use facenet_metrics::{Calibration, DistanceKind};
use facenet_models::{Checkpoint, Embedder};
use image::RgbImage;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, s};

use crate::Error;

/// Embeds, verifies and identifies face crops with a trained network.
///
/// ```no_run
/// use facenet_core::prelude::*;
///
/// let facenet = Recognizer::load("runs/quickstart/network.bpk", &Device::default())?;
/// let (a, b) = (open_image("a.jpg")?, open_image("b.jpg")?);
/// println!("{}", facenet.verify(&a, &b)?);
/// # Ok::<(), facenet_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Recognizer {
    embedder: Embedder,
    threshold: Option<f32>,
    calibration: Option<Calibration>,
}

/// Whether two faces are one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// Whether the distance is below the threshold.
    pub same: bool,
    /// Squared Euclidean distance of the two embeddings, 0 to 4.
    pub squared_distance: f32,
    /// The threshold that decided.
    pub threshold: f32,
    /// The probability that they are one person, where the network is
    /// [calibrated](Recognizer::with_calibration).
    pub probability: Option<f32>,
}

/// Known faces by name, to look unknown ones up in.
#[derive(Clone, Debug)]
pub struct Gallery {
    names: Vec<String>,
    embeddings: Array2<f32>,
}

/// Nearest face of a [`Gallery`].
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Name in the gallery.
    pub name: String,
    /// Whether it is that person, or merely the nearest of strangers.
    pub verdict: Verdict,
}

impl Recognizer {
    /// Loads a weight file, with the network, its preprocessing and its threshold, and the calibration
    /// that lies [beside it](calibration_beside), where there is one.
    ///
    /// # Errors
    ///
    /// As [`Checkpoint::load`], and [`Error::Evaluation`] where there is a calibration that cannot be
    /// used.
    pub fn load(path: impl AsRef<Path>, device: &Device) -> Result<Self, Error> {
        let path = path.as_ref();
        let recognizer = Self::from_checkpoint(Checkpoint::load(path, device)?, device);
        let beside = calibration_beside(path);
        match beside.exists() {
            true => recognizer.with_calibration(load_calibration(&beside)?),
            false => Ok(recognizer),
        }
    }

    /// A recognizer for the network of a checkpoint, with its threshold where it has one:
    /// `Recognizer::from_checkpoint(Checkpoint::import(path, &config, &device)?, &device)` for weights of
    /// another program.
    pub fn from_checkpoint(checkpoint: Checkpoint, device: &Device) -> Self {
        Self {
            threshold: checkpoint.threshold,
            embedder: Embedder::from_checkpoint(checkpoint, device),
            calibration: None,
        }
    }

    /// A recognizer around an embedder; it has no threshold yet.
    pub fn new(embedder: Embedder) -> Self {
        Self {
            embedder,
            threshold: None,
            calibration: None,
        }
    }

    /// Sets the squared distance below which two faces are one person.
    pub fn with_threshold(mut self, threshold: f32) -> Self {
        self.threshold = Some(threshold);
        self
    }

    /// Sets what distances mean: the threshold for a wanted FAR, and the probability that verdicts
    /// then have. It must come from distances of this very network.
    ///
    /// # Errors
    ///
    /// [`Error::CalibrationOfAngles`] for a calibration of another distance than the squared one.
    pub fn with_calibration(mut self, calibration: Calibration) -> Result<Self, Error> {
        if calibration.distance() != DistanceKind::SquaredEuclidean {
            return Err(Error::CalibrationOfAngles);
        }
        // The smallest number of this precision that is not below the threshold: the same distances are below it.
        let threshold = calibration.threshold() as f32;
        let too_low = f64::from(threshold) < calibration.threshold();
        self.threshold = Some(if too_low {
            threshold.next_up()
        } else {
            threshold
        });
        self.calibration = Some(calibration);
        Ok(self)
    }

    /// What embeds faces: the network with its preprocessing.
    pub fn embedder(&self) -> &Embedder {
        &self.embedder
    }

    /// Embeds one face crop of any size.
    ///
    /// # Shapes
    ///
    /// - output: `[embedding_dim]`, of unit length
    ///
    /// # Errors
    ///
    /// The image has no pixels.
    pub fn embed(&self, face: &RgbImage) -> Result<Array1<f32>, Error> {
        let embeddings = self.embedder.embed(std::slice::from_ref(face))?;
        Ok(embeddings.slice(s![0, ..]).to_owned())
    }

    /// Embeds face crops of any size, in batches.
    ///
    /// # Shapes
    ///
    /// - output: `[faces.len(), embedding_dim]`, rows of unit length, in the order of `faces`
    ///
    /// # Errors
    ///
    /// An image has no pixels.
    pub fn embed_all(&self, faces: &[RgbImage]) -> Result<Array2<f32>, Error> {
        Ok(self.embedder.embed(faces)?)
    }

    /// Says whether two embeddings of this network are of one person.
    ///
    /// # Shapes
    ///
    /// - `a`, `b`: `[embedding_dim]`
    ///
    /// # Errors
    ///
    /// [`Error::NoThreshold`], [`Error::NonFinite`].
    ///
    /// # Panics
    ///
    /// If the embeddings are of different lengths.
    pub fn compare(&self, a: ArrayView1<f32>, b: ArrayView1<f32>) -> Result<Verdict, Error> {
        assert_eq!(a.len(), b.len(), "expected two embeddings of one network");
        self.judge(a, b)
    }

    /// Says whether two face crops show one person: whether the squared distance of their
    /// embeddings is below the threshold (Schroff et al. 2015, §1).
    ///
    /// # Errors
    ///
    /// [`Error::NoThreshold`], [`Error::NonFinite`], or an image without pixels.
    pub fn verify(&self, a: &RgbImage, b: &RgbImage) -> Result<Verdict, Error> {
        self.judge(self.embed(a)?.view(), self.embed(b)?.view())
    }

    /// Embeds known faces into a gallery. A person may come several times.
    ///
    /// # Errors
    ///
    /// An image without pixels.
    pub fn gallery(
        &self,
        faces: impl IntoIterator<Item = (String, RgbImage)>,
    ) -> Result<Gallery, Error> {
        let (names, faces): (Vec<_>, Vec<_>) = faces.into_iter().unzip();
        Ok(Gallery {
            names,
            embeddings: self.embedder.embed(&faces)?,
        })
    }

    /// Finds the nearest face of a gallery; `None` where the gallery is empty. Of faces at the same
    /// distance, the first wins.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub fn identify(&self, gallery: &Gallery, face: &RgbImage) -> Result<Option<Match>, Error> {
        self.nearest(gallery, self.embed(face)?.view())
    }

    /// Finds the nearest face of a gallery for an embedding of this network, as
    /// [`identify`](Self::identify) does for a face.
    ///
    /// # Shapes
    ///
    /// - `probe`: `[embedding_dim]`
    ///
    /// # Errors
    ///
    /// [`Error::NoThreshold`], [`Error::NonFinite`].
    ///
    /// # Panics
    ///
    /// If the embeddings are of different lengths.
    pub fn nearest(
        &self,
        gallery: &Gallery,
        probe: ArrayView1<f32>,
    ) -> Result<Option<Match>, Error> {
        let mut best: Option<Match> = None;
        for (name, known) in gallery.names.iter().zip(gallery.embeddings.rows()) {
            let verdict = self.compare(probe, known)?;
            if best
                .as_ref()
                .is_none_or(|b| verdict.squared_distance < b.verdict.squared_distance)
            {
                best = Some(Match {
                    name: name.clone(),
                    verdict,
                });
            }
        }
        Ok(best)
    }

    fn judge(&self, a: ArrayView1<f32>, b: ArrayView1<f32>) -> Result<Verdict, Error> {
        let threshold = self.threshold.ok_or(Error::NoThreshold)?;
        let squared_distance: f32 = a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum();
        if !squared_distance.is_finite() {
            return Err(Error::NonFinite(squared_distance));
        }
        let probability = self.calibration.as_ref();
        Ok(Verdict {
            same: squared_distance < threshold,
            squared_distance,
            threshold,
            probability: probability.map(|c| c.probability(squared_distance.into()) as f32),
        })
    }
}

impl Gallery {
    /// Known faces by their embeddings, with a name for each.
    ///
    /// # Shapes
    ///
    /// - `embeddings`: `[faces, embedding_dim]`
    ///
    /// # Panics
    ///
    /// If there are not as many names as embeddings.
    pub fn from_embeddings(names: Vec<String>, embeddings: Array2<f32>) -> Self {
        assert_eq!(
            names.len(),
            embeddings.nrows(),
            "expected a name for each embedding"
        );
        Self { names, embeddings }
    }

    /// The number of faces.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no face.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name of each face, in the order given.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The embeddings, `[faces, embedding_dim]`.
    pub fn embeddings(&self) -> ArrayView2<'_, f32> {
        self.embeddings.view()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.same {
            "the same person"
        } else {
            "different people"
        };
        let Self {
            squared_distance,
            threshold,
            ..
        } = self;
        write!(
            f,
            "{verdict} (squared distance {squared_distance:.3}, threshold {threshold:.3}"
        )?;
        match self.probability {
            Some(probability) => write!(f, ", probability {probability:.4})"),
            None => f.write_str(")"),
        }
    }
}

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use facenet_data::Degradation;
use facenet_metrics::{Calibration, DistanceKind, Scores};
use facenet_models::{Embedder, Flip};
use image::RgbImage;
use rayon::prelude::*;

use crate::{
    EmbeddedPairs, EvalError, LfwFaces, PairsProtocolConfig, PairsReport, Sweep, SweepTable,
    embed_in_batches,
};

/// Faces that are embedded between two reports of progress.
const BATCH: usize = 64;

/// A network on LFW: measured once, and again with something varied.
#[derive(Clone, Debug)]
pub struct LfwNetwork<'a> {
    embedder: &'a Embedder,
    faces: &'a LfwFaces,
    config: PairsProtocolConfig,
    embedded: EmbeddedPairs<'a>,
}

impl<'a> LfwNetwork<'a> {
    /// Embeds the faces of LFW; `progress` is told the number done and their total.
    ///
    /// # Errors
    ///
    /// As [`Embedder::embed`].
    pub fn new(
        embedder: &'a Embedder,
        faces: &'a LfwFaces,
        config: &PairsProtocolConfig,
        progress: &dyn Fn(usize, usize),
    ) -> Result<Self, EvalError> {
        Ok(Self {
            embedder,
            faces,
            config: config.clone(),
            embedded: embedded(embedder, faces, config, progress)?,
        })
    }

    /// The embeddings with their pairs.
    pub fn embedded(&self) -> &EmbeddedPairs<'a> {
        &self.embedded
    }

    /// The report by the protocol, and the distances of all pairs.
    ///
    /// # Errors
    ///
    /// As [`EmbeddedPairs::measure`].
    pub fn measure(&self) -> Result<(PairsReport, Scores), EvalError> {
        self.embedded.measure()
    }

    /// What distances mean for verdicts, by those of [`measure`](Self::measure): the threshold at which a share `far`
    /// of the impostor pairs is accepted, and a probability for each distance.
    ///
    /// # Errors
    ///
    /// [`EvalError::NotOfVerdicts`] where distances are no squared ones of plain faces, and as
    /// [`Calibration::logistic`].
    pub fn calibrate(&self, scores: &Scores, far: f64) -> Result<Calibration, EvalError> {
        let kind = self.config.distance;
        if self.embedder.flip() != Flip::None || kind != DistanceKind::SquaredEuclidean {
            return Err(EvalError::NotOfVerdicts);
        }
        Ok(Calibration::logistic(scores, kind, far)?)
    }

    /// Measures again with what `sweep` says varied. `open` opens a weight file of other dimensions, and `faces` cuts
    /// LFW's faces for a network that takes images of another size.
    ///
    /// # Errors
    ///
    /// As [`sweep_degradation`](Self::sweep_degradation), [`EmbeddedPairs::sweep_bits`] and
    /// [`sweep_networks`](Self::sweep_networks).
    pub fn sweep(
        &self,
        sweep: &Sweep,
        unchanged: &PairsReport,
        open: impl Fn(&Path) -> Result<Embedder, EvalError>,
        faces: impl Fn([usize; 2]) -> Result<LfwFaces, EvalError>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<SweepTable, EvalError> {
        match sweep {
            Sweep::Degradation(degradation, levels) => {
                self.sweep_degradation(*degradation, levels, unchanged, progress)
            }
            Sweep::Bits(levels) => self.embedded.sweep_bits(levels, unchanged),
            Sweep::Dims(files) => self.sweep_networks(files, open, faces, progress),
        }
    }

    /// Measures again with the photographs degraded, a level after the other, after `unchanged`.
    ///
    /// # Errors
    ///
    /// A level that cannot be, and as [`new`](Self::new) and [`measure`](Self::measure).
    pub fn sweep_degradation(
        &self,
        degradation: Degradation,
        levels: &[f64],
        unchanged: &PairsReport,
        progress: &dyn Fn(usize, usize),
    ) -> Result<SweepTable, EvalError> {
        let sweep = Sweep::Degradation(degradation, levels.to_vec());
        let mut table = SweepTable::new(&sweep, Some(unchanged));
        let faces = self.faces.faces();
        let protocol = self.config.init(self.faces.pairs().folds(), self.range());
        for &level in levels {
            let worse = |range: std::ops::Range<usize>| {
                let first = range.start;
                degraded(&faces[range], first, degradation, level).map(Cow::Owned)
            };
            let embeddings = embed_in_batches(self.embedder, faces.len(), BATCH, worse, progress)?;
            let pairs = self.faces.pairs();
            table.push(level, pairs.evaluate(embeddings.view(), &protocol)?);
        }
        Ok(table)
    }

    /// Measures other networks, whose embeddings have other dimensions: `open` opens one of `files`, and
    /// `faces` cuts LFW's faces for one that takes images of another size.
    ///
    /// # Errors
    ///
    /// Those of `open` and `faces`, and as [`new`](Self::new) and [`measure`](Self::measure).
    pub fn sweep_networks(
        &self,
        files: &[PathBuf],
        open: impl Fn(&Path) -> Result<Embedder, EvalError>,
        faces: impl Fn([usize; 2]) -> Result<LfwFaces, EvalError>,
        progress: &dyn Fn(usize, usize),
    ) -> Result<SweepTable, EvalError> {
        let mut table = SweepTable::new(&Sweep::Dims(files.to_vec()), None);
        for path in files {
            let embedder = open(path)?;
            let size = embedder.config().input_size;
            let cut_again = match size == self.embedder.config().input_size {
                true => None,
                false => Some(faces(size)?),
            };
            let faces = cut_again.as_ref().unwrap_or(self.faces);
            let (report, _) = embedded(&embedder, faces, &self.config, progress)?.measure()?;
            table.push(embedder.config().embedding_dim as f64, report);
        }
        Ok(table)
    }

    fn range(&self) -> f64 {
        self.embedder.flip().largest_squared_distance()
    }
}

fn embedded<'a>(
    embedder: &Embedder,
    faces: &'a LfwFaces,
    config: &PairsProtocolConfig,
    progress: &dyn Fn(usize, usize),
) -> Result<EmbeddedPairs<'a>, EvalError> {
    let all = faces.faces();
    let given = |range: std::ops::Range<usize>| Ok(Cow::Borrowed(&all[range]));
    let embeddings = embed_in_batches(embedder, all.len(), BATCH, given, progress)?;
    let range = embedder.flip().largest_squared_distance();
    Ok(EmbeddedPairs::new(faces.pairs(), embeddings, config).with_range(range))
}

/// Degrades faces on all processors.
fn degraded(
    faces: &[RgbImage],
    first: usize,
    degradation: Degradation,
    level: f64,
) -> Result<Vec<RgbImage>, EvalError> {
    let worse = faces
        .par_iter()
        .enumerate()
        .map(|(offset, face)| degradation.apply(face, level, first + offset));
    Ok(worse.collect::<Result<_, _>>()?)
}

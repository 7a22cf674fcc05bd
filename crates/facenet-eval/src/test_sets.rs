use std::collections::BTreeMap;

use facenet_data::{DecodedFaces, FaceDataset, resize};
use facenet_metrics::{DistanceKind, RocCurve, Scores, VerificationReport};
use facenet_models::Embedder;
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::{EvalError, LfwFaces, PairsReport, ValueTable, pixel_embeddings};

/// The false accept rate that VAL is reported at.
const FAR: f64 = 1e-3;

/// What a network is tested on in the course of its training: LFW, the faces of people held out, or both. They are kept
/// in memory, to be embedded again and again.
#[derive(Clone, Debug, Default)]
pub struct TestSets {
    lfw: Option<LfwFaces>,
    held_out: Option<DecodedFaces>,
}

/// What [`TestSets`] show of a network.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TestReport {
    /// LFW by its protocol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lfw: Option<PairsReport>,
    /// All pairs of the faces held out, with VAL at FAR 1e-3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_out: Option<VerificationReport>,
}

impl TestSets {
    /// Nothing to test on yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Tests on LFW.
    pub fn with_lfw(self, lfw: LfwFaces) -> Self {
        Self {
            lfw: Some(lfw),
            ..self
        }
    }

    /// Tests on all pairs of `faces`, which are decoded and resized to `height × width` pixels; `progress` is told how
    /// many are done, from several threads.
    ///
    /// # Errors
    ///
    /// An image that cannot be read.
    pub fn with_held_out(
        self,
        faces: &dyn FaceDataset,
        [height, width]: [usize; 2],
        progress: impl Fn(usize) + Sync,
    ) -> Result<Self, EvalError> {
        let (height, width) = (height as u32, width as u32);
        // The middle of the image, as the random crops of a training are on average.
        let faces = DecodedFaces::new(faces, |face, _| resize(&face, height, width), progress)?;
        Ok(Self {
            held_out: Some(faces),
            ..self
        })
    }

    /// Embeds all faces and evaluates the embeddings.
    ///
    /// # Errors
    ///
    /// Embeddings that are not finite.
    pub fn evaluate(&self, embedder: &Embedder) -> Result<TestReport, EvalError> {
        let lfw = self.lfw.as_ref().map(|lfw| lfw.evaluate(embedder));
        let held_out = self.held_out.as_ref().map(|faces| {
            let embeddings = embedder.embed(faces.faces())?;
            verification(embeddings.view(), faces)
        });
        Ok(TestReport {
            lfw: lfw.transpose()?,
            held_out: held_out.transpose()?,
        })
    }

    /// Evaluates the pixels themselves as embeddings, the baseline that a network has to beat: see [`pixel_embeddings`].
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate).
    pub fn evaluate_pixels(&self, size: [usize; 2]) -> Result<TestReport, EvalError> {
        let lfw = self.lfw.as_ref().map(|lfw| {
            let pixels = pixel_embeddings(lfw.faces(), size);
            lfw.evaluate_embeddings(pixels.view())
        });
        let held_out = self.held_out.as_ref().map(|faces| {
            let pixels = pixel_embeddings(faces.faces(), size);
            verification(pixels.view(), faces)
        });
        Ok(TestReport {
            lfw: lfw.transpose()?,
            held_out: held_out.transpose()?,
        })
    }
}

fn verification(
    embeddings: ArrayView2<'_, f32>,
    faces: &DecodedFaces,
) -> Result<VerificationReport, EvalError> {
    let kind = DistanceKind::SquaredEuclidean;
    let scores = Scores::all_pairs(embeddings, faces.labels(), kind)?;
    Ok(VerificationReport::new(&scores, &[FAR])?)
}

impl TestReport {
    /// The few values by name that a training curve shows.
    pub fn values(&self) -> BTreeMap<String, f64> {
        let mut values = BTreeMap::new();
        if let Some(PairsReport { lfw, .. }) = &self.lfw {
            values.insert("LFW accuracy".to_owned(), lfw.accuracy.mean);
            if let Some(auc) = lfw.auc {
                values.insert("LFW AUC".to_owned(), auc);
            }
        }
        if let Some(auc) = self.held_out.as_ref().and_then(|report| report.auc) {
            values.insert("held-out AUC".to_owned(), auc);
        }
        values
    }

    /// A squared distance for verdicts: the mean of LFW's folds, else the best on the held-out pairs.
    pub fn threshold(&self) -> Option<f32> {
        if let Some(report) = &self.lfw {
            return Some(report.mean_threshold as f32);
        }
        let best = self.held_out.as_ref()?.balanced_accuracy?;
        best.threshold.map(|threshold| threshold as f32)
    }

    /// LFW's ROC, averaged over the folds.
    pub fn roc(&self) -> Option<&RocCurve> {
        self.lfw.as_ref()?.lfw.roc.as_ref()
    }

    /// Reports side by side, each with a name.
    pub fn table(columns: &[(&str, &TestReport)]) -> ValueTable {
        let mut table = ValueTable::new(columns.iter().map(|(name, _)| *name));
        let mut row = |name: &str, value: fn(&TestReport) -> Option<f64>| {
            let values: Vec<_> = columns.iter().map(|(_, report)| value(report)).collect();
            table.push(name, values);
        };
        if columns.iter().any(|(_, report)| report.lfw.is_some()) {
            row("LFW accuracy", |r| Some(r.lfw.as_ref()?.lfw.accuracy.mean));
            row("    standard error", |r| {
                Some(r.lfw.as_ref()?.lfw.accuracy.sem)
            });
            row("LFW AUC", |r| r.lfw.as_ref()?.lfw.auc);
            row("LFW EER (lower is better)", |r| r.lfw.as_ref()?.lfw.eer);
            row("LFW VAL at FAR 1e-3", |r| {
                r.lfw.as_ref()?.lfw.val.first()?.mean
            });
        }
        if columns.iter().any(|(_, report)| report.held_out.is_some()) {
            row("held-out AUC", |r| r.held_out.as_ref()?.auc);
            row("held-out EER", |r| r.held_out.as_ref()?.eer);
            row("held-out VAL at FAR 1e-3", |r| {
                Some(r.held_out.as_ref()?.val.first()?.val)
            });
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;

    /// Two people of one color each, two images a person.
    struct Colors;

    impl FaceDataset for Colors {
        fn len(&self) -> usize {
            4
        }
        fn labels(&self) -> &[u32] {
            &[0, 0, 1, 1]
        }
        fn identities(&self) -> &[String] {
            static NAMES: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
            NAMES.get_or_init(|| vec!["a".to_owned(), "b".to_owned()])
        }
        fn image(&self, index: usize) -> Result<RgbImage, facenet_data::DataError> {
            // A gradient, one way or the other: pixels of one color have no direction.
            let falls = index >= 2;
            Ok(RgbImage::from_fn(8, 8, |x, _| {
                let value = 20 * x as u8 + index as u8 % 2;
                image::Rgb([if falls { 200 - value } else { value }; 3])
            }))
        }
        fn describe(&self, index: usize) -> String {
            format!("color {index}")
        }
    }

    #[test]
    fn held_out_faces_are_told_apart_by_their_pixels() {
        let sets = TestSets::new()
            .with_held_out(&Colors, [8, 8], |_| {})
            .unwrap();
        let report = sets.evaluate_pixels([8, 8]).unwrap();
        let held_out = report.held_out.as_ref().unwrap();
        assert_eq!((held_out.genuine, held_out.impostor), (2, 4));
        assert_eq!(held_out.auc, Some(1.0));
        assert_eq!(report.values()["held-out AUC"], 1.0);
        // Strictly below the threshold lie the genuine pairs, and no others.
        let threshold = report.threshold().unwrap();
        assert!((0.0..1.0).contains(&threshold), "{threshold}");
        let table = TestReport::table(&[("pixels", &report)]).to_string();
        assert!(table.contains("held-out AUC"), "{table}");
        assert!(!table.contains("LFW"), "{table}");
    }

    #[test]
    fn nothing_to_test_on_gives_an_empty_report() {
        let report = TestSets::new().evaluate_pixels([8, 8]).unwrap();
        assert!(report.values().is_empty());
        assert_eq!(report.threshold(), None);
        assert!(report.roc().is_none());
    }
}

use facenet_data::{DecodedFaces, FaceDataset};
use facenet_metrics::{
    ClusteringScores, Dendrogram, DistanceKind, IdentificationReport, Linkage, RocCurve, Scores,
    VerificationReport,
};
use facenet_models::Embedder;
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::{EvalError, ValueTable, pixel_embeddings};

/// False accept rates that evaluations report.
pub const FARS: [f64; 2] = [1e-2, 1e-3];

/// What embeddings are worth on people that were never seen: all pairs verified, each photograph
/// looked up among the others, all of them clustered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HoldOutReport {
    /// Verification over all pairs of the test people.
    pub verification: VerificationReport,
    /// Accuracy, both kinds of pair weighing the same, at the threshold that is best on the
    /// validation people.
    pub accuracy: Option<f64>,
    /// The squared distance that is that threshold.
    pub threshold: Option<f64>,
    /// Identification: the nearest other photograph is of the same person.
    pub identification: IdentificationReport,
    /// Average-linkage clustering, cut at the threshold that is best on the validation people.
    pub clustering: Option<ClusteringScores>,
    /// The cluster of each test photograph.
    pub clusters: Vec<u32>,
    /// The ROC over all pairs of the test people, for a figure; too long for a file of figures.
    #[serde(skip)]
    pub roc: Option<RocCurve>,
}

impl HoldOutReport {
    /// Evaluates embeddings of a hold-out.
    ///
    /// # Shapes
    ///
    /// - `validation`, `test`: `[faces, dimensions]`
    ///
    /// # Errors
    ///
    /// Lengths that do not fit, values that are not finite.
    pub fn new(
        validation: (ArrayView2<'_, f32>, &[u32]),
        test: (ArrayView2<'_, f32>, &[u32]),
    ) -> Result<Self, EvalError> {
        let kind = DistanceKind::SquaredEuclidean;
        let known = Scores::all_pairs(validation.0, validation.1, kind)?;
        let threshold = VerificationReport::new(&known, &FARS)?
            .balanced_accuracy
            .and_then(|best| best.threshold);
        let cut = Dendrogram::new(validation.0, kind, Linkage::Average)?
            .best_threshold(validation.1)?
            .map(|best| best.threshold);

        let scores = Scores::all_pairs(test.0, test.1, kind)?;
        let accuracy = threshold
            .map(|t| scores.at(t))
            .and_then(|point| Some((point.val? + 1.0 - point.far?) / 2.0));
        let clusters = match cut {
            Some(cut) => Dendrogram::new(test.0, kind, Linkage::Average)?.cut_at(cut),
            None => Vec::new(),
        };
        Ok(Self {
            verification: VerificationReport::new(&scores, &FARS)?,
            accuracy,
            threshold,
            identification: IdentificationReport::leave_one_out(test.0, test.1, kind, 1)?,
            clustering: cut
                .map(|_| ClusteringScores::new(&clusters, test.1))
                .transpose()?,
            clusters,
            roc: scores.roc(),
        })
    }

    /// VAL at `far`, one of [`FARS`]; `None` where there were no pairs to measure it on.
    pub fn val_at(&self, far: f64) -> Option<f64> {
        let val = &self.verification.val;
        val.iter()
            .find(|val| val.far_target == far)
            .map(|val| val.val)
    }

    /// Reports side by side, each with a name.
    pub fn table(columns: &[(&str, &HoldOutReport)]) -> ValueTable {
        let mut table = ValueTable::new(columns.iter().map(|(name, _)| *name));
        let mut row = |name: &str, value: fn(&HoldOutReport) -> Option<f64>| {
            let values: Vec<_> = columns.iter().map(|(_, report)| value(report)).collect();
            table.push(name, values);
        };
        row("verification accuracy", |r| r.accuracy);
        row("AUC", |r| r.verification.auc);
        row("EER (lower is better)", |r| r.verification.eer);
        row("VAL at FAR 1e-2", |r| r.val_at(1e-2));
        row("VAL at FAR 1e-3", |r| r.val_at(1e-3));
        row("rank-1 identification", |r| r.identification.rate(1));
        row("clustering F-score", |r| {
            r.clustering.and_then(|scores| scores.pairwise.f)
        });
        table
    }
}

/// People that a network never sees: some to choose thresholds on, the others to test on.
#[derive(Clone, Debug)]
pub struct HoldOut {
    /// The faces that thresholds are chosen on.
    pub validation: DecodedFaces,
    /// The faces that are tested on.
    pub test: DecodedFaces,
}

impl HoldOut {
    /// Embeds all faces and evaluates the embeddings.
    ///
    /// # Errors
    ///
    /// Embeddings that are not finite.
    pub fn evaluate(&self, embedder: &Embedder) -> Result<HoldOutReport, EvalError> {
        let validation = embedder.embed(self.validation.faces())?;
        let test = embedder.embed(self.test.faces())?;
        self.report(validation.view(), test.view())
    }

    /// Evaluates the pixels themselves as embeddings, the baseline that a network has to beat: see [`pixel_embeddings`].
    ///
    /// # Errors
    ///
    /// As [`HoldOutReport::new`].
    pub fn evaluate_pixels(&self, size: [usize; 2]) -> Result<HoldOutReport, EvalError> {
        let validation = pixel_embeddings(self.validation.faces(), size);
        let test = pixel_embeddings(self.test.faces(), size);
        self.report(validation.view(), test.view())
    }

    fn report(
        &self,
        validation: ArrayView2<'_, f32>,
        test: ArrayView2<'_, f32>,
    ) -> Result<HoldOutReport, EvalError> {
        HoldOutReport::new(
            (validation, self.validation.labels()),
            (test, self.test.labels()),
        )
    }
}

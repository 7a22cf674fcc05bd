use facenet_metrics::{
    ClusteringScores, Dendrogram, DistanceKind, IdentificationReport, Linkage, RocCurve, Scores,
    VerificationReport,
};
use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::EvalError;

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
}

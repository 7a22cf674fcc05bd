use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorReadError};
use burn_train::metric::{
    Metric, MetricAttributes, MetricMetadata, MetricName, Numeric, NumericAttributes, NumericEntry,
    SerializedEntry,
};
use ndarray::ArrayView2;

use super::VerificationFigure;
use crate::{DistanceKind, MetricsError, Scores};

/// The embeddings of a batch with their identities: what a validation step hands to a
/// [`VerificationMetric`].
///
/// # Shapes
///
/// - `embeddings`: `[batch, dimensions]`
/// - `labels`: `[batch]`
#[derive(Clone, Debug)]
pub struct EmbeddingsInput {
    /// An embedding a row.
    pub embeddings: Tensor<2>,
    /// The identity of each row.
    pub labels: Tensor<1, Int>,
}

/// Verification over all pairs of an epoch, whatever batch each face came in.
///
/// It has no value for a batch: pairs cross batches, so the embeddings of the epoch are kept (4 bytes a
/// number) and evaluated at its end; then all pairs' distances are held at once, as [`Scores`] do. Where an epoch
/// has no genuine or no impostor pair, or embeddings that are not finite, the value is NaN and the entry says why.
#[derive(Clone, Debug)]
pub struct VerificationMetric {
    figure: VerificationFigure,
    kind: DistanceKind,
    name: MetricName,
    rows: Vec<f32>,
    dimensions: usize,
    labels: Vec<i64>,
    value: Option<f64>,
}

impl VerificationMetric {
    /// Follows `figure` of the squared Euclidean distances.
    pub fn new(figure: VerificationFigure) -> Self {
        Self {
            figure,
            kind: DistanceKind::SquaredEuclidean,
            name: Arc::new(format!("verification {figure}")),
            rows: Vec::new(),
            dimensions: 0,
            labels: Vec::new(),
            value: None,
        }
    }

    /// Measures distances in another way.
    pub fn with_distance(mut self, kind: DistanceKind) -> Self {
        self.kind = kind;
        self
    }

    fn evaluate(&self) -> Result<Option<f64>, MetricsError> {
        let dimensions = self.dimensions.max(1);
        let shape = (self.rows.len() / dimensions, dimensions);
        let embeddings =
            ArrayView2::from_shape(shape, &self.rows).map_err(|_| MetricsError::Length {
                what: "embeddings",
                found: self.rows.len(),
                expected: shape.0 * shape.1,
            })?;
        let scores = Scores::all_pairs(embeddings, &numbered(&self.labels), self.kind)?;
        self.figure.of(&scores)
    }
}

/// The labels as numbers of the identities that occur.
fn numbered(labels: &[i64]) -> Vec<u32> {
    let mut known = std::collections::HashMap::new();
    let mut number = |label: &i64| {
        let next = known.len() as u32;
        *known.entry(*label).or_insert(next)
    };
    labels.iter().map(&mut number).collect()
}

impl Metric for VerificationMetric {
    type Input = EmbeddingsInput;

    fn name(&self) -> MetricName {
        self.name.clone()
    }

    fn description(&self) -> Option<String> {
        Some("over all pairs of the epoch".to_owned())
    }

    fn attributes(&self) -> MetricAttributes {
        NumericAttributes {
            unit: None,
            higher_is_better: self.figure.higher_is_better(),
        }
        .into()
    }

    fn update(
        &mut self,
        item: &EmbeddingsInput,
        _metadata: &MetricMetadata,
    ) -> Result<SerializedEntry, TensorReadError> {
        let [_, dimensions] = item.embeddings.dims();
        self.dimensions = dimensions;
        let rows = item.embeddings.clone().try_into_data()?.convert::<f32>();
        self.rows.extend(rows.iter::<f32>());
        let labels = item.labels.clone().try_into_data()?;
        self.labels.extend(labels.iter::<i64>());
        Ok(SerializedEntry::not_available(None))
    }

    fn compute(&mut self) -> Result<SerializedEntry, TensorReadError> {
        let (value, text) = match self.evaluate() {
            Ok(Some(value)) => (value, format!("epoch {value:.4}")),
            Ok(None) => (
                f64::NAN,
                "no value: an epoch needs genuine and impostor pairs".to_owned(),
            ),
            Err(error) => (f64::NAN, format!("no value: {error}")),
        };
        self.value = Some(value);
        Ok(SerializedEntry::new(
            text,
            NumericEntry::Value(value).serialize(),
        ))
    }

    fn clear(&mut self) {
        self.rows.clear();
        self.labels.clear();
        self.value = None;
    }
}

impl Numeric for VerificationMetric {
    fn value(&self) -> Option<NumericEntry> {
        None
    }

    fn running_value(&self) -> Option<NumericEntry> {
        None
    }

    fn final_value(&self) -> NumericEntry {
        NumericEntry::Value(self.value.unwrap_or(f64::NAN))
    }
}

//! Verification as a metric of burn-train.

use burn::data::dataloader::Progress;
use burn_train::metric::{Metric, MetricAttributes, MetricMetadata, Numeric};
use facenet_core::metrics::training::{EmbeddingsInput, VerificationFigure, VerificationMetric};
use facenet_core::metrics::{DistanceKind, Scores, VerificationReport};
use facenet_core::prelude::*;
use facenet_testing::device;
use ndarray::{Array2, s};

fn metadata() -> MetricMetadata {
    MetricMetadata {
        progress: Progress {
            items_processed: 0,
            items_total: 0,
            unit: None,
        },
        iteration: None,
        lr: None,
    }
}

fn input(rows: ndarray::ArrayView2<'_, f32>, labels: &[u32], device: &Device) -> EmbeddingsInput {
    let shape = [rows.nrows(), rows.ncols()];
    let values: Vec<f32> = rows.iter().copied().collect();
    let labels: Vec<i64> = labels
        .iter()
        .map(|&label| i64::from(label) * 7 - 3)
        .collect();
    EmbeddingsInput {
        embeddings: Tensor::from_data(burn::tensor::TensorData::new(values, shape), device),
        labels: Tensor::<1, Int>::from_data(labels.as_slice(), device),
    }
}

/// Twelve faces of four people, noisy directions.
fn faces() -> (Array2<f32>, Vec<u32>) {
    let labels: Vec<u32> = (0..12).map(|i| i % 4).collect();
    let rows = Array2::from_shape_fn((12, 6), |(i, j)| {
        let own = if labels[i] as usize == j { 1.0 } else { 0.0 };
        own + (((i * 31 + j * 17) % 13) as f32 / 13.0 - 0.5)
    });
    (rows, labels)
}

#[test]
fn an_epoch_in_batches_is_evaluated_as_a_whole() {
    let Some(device) = device() else {
        return;
    };
    let (rows, labels) = faces();
    let kind = DistanceKind::SquaredEuclidean;
    let scores = Scores::all_pairs(rows.view(), &labels, kind).unwrap();
    let report = VerificationReport::new(&scores, &[0.1]).unwrap();
    for (figure, expected) in [
        (VerificationFigure::Auc, report.auc.unwrap()),
        (VerificationFigure::Eer, report.eer.unwrap()),
        (
            VerificationFigure::Accuracy,
            report.balanced_accuracy.unwrap().accuracy,
        ),
        (VerificationFigure::ValAtFar(0.1), report.val[0].val),
    ] {
        let mut metric = VerificationMetric::new(figure).with_distance(kind);
        for _epoch in 0..2 {
            for start in [0, 5, 10] {
                let range = start..(start + 5).min(12);
                let batch = input(rows.slice(s![range.clone(), ..]), &labels[range], &device);
                let entry = metric.update(&batch, &metadata()).unwrap();
                assert!(entry.is_not_available());
            }
            assert!(metric.value().is_none());
            metric.compute().unwrap();
            assert_eq!(metric.final_value().current(), expected, "{figure}");
            metric.clear();
        }
        let MetricAttributes::Numeric(attributes) = metric.attributes() else {
            panic!("a numeric metric");
        };
        assert_eq!(
            attributes.higher_is_better,
            figure != VerificationFigure::Eer
        );
    }
}

#[test]
fn an_epoch_that_shows_nothing_says_why() {
    let Some(device) = device() else {
        return;
    };
    let (rows, _) = faces();
    let mut metric = VerificationMetric::new(VerificationFigure::Auc);
    let entry = metric.compute().unwrap();
    assert!(entry.formatted.contains("genuine"), "{}", entry.formatted);
    metric
        .update(&input(rows.view(), &[1; 12], &device), &metadata())
        .unwrap();
    metric.compute().unwrap();
    assert!(metric.final_value().current().is_nan());
    metric.clear();
    let mut broken = rows;
    broken[[3, 0]] = f32::NAN;
    let labels = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3];
    metric
        .update(&input(broken.view(), &labels, &device), &metadata())
        .unwrap();
    let entry = metric.compute().unwrap();
    assert!(
        entry.formatted.contains("embedding 3"),
        "{}",
        entry.formatted
    );
}

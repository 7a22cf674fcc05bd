//! Every combination of the four choices against explicit loops over explicit triplets.

mod common;

use std::collections::HashMap;

use burn::tensor::{Device, FloatDType};
use common::oracle::{self, Matrix};
use common::{Batch, batch, close};
use facenet_loss::{Distance, TripletLossConfig};

/// The distances that the device finds, after a look at whether they are right.
fn device_distances(kind: Distance, batch: &Batch, device: &Device) -> Matrix {
    if batch.len() == 0 {
        return Matrix::new();
    }
    let embeddings = common::embeddings(batch, FloatDType::F32, device);
    let flat: Vec<f64> = kind
        .pairwise(embeddings)
        .into_data()
        .iter::<f64>()
        .collect();
    let ours: Matrix = flat.chunks(batch.len()).map(<[f64]>::to_vec).collect();
    let expected = oracle::distances(kind, batch);
    for i in 0..batch.len() {
        assert_eq!(
            ours[i][i], 0.0,
            "{kind} distance of {} {i} to itself",
            batch.name
        );
        for j in 0..batch.len() {
            // A square root halves the digits of what is close to 0.
            let tolerance = if expected[i][j] < 1e-3 { 1e-6 } else { 2e-6 };
            close(
                &format!("{kind} distance of {} {i}, {j}", batch.name),
                ours[i][j],
                expected[i][j],
                tolerance,
            );
            assert_eq!(
                ours[i][j], ours[j][i],
                "{kind} distance of {} {i}, {j} and back",
                batch.name
            );
            if batch.rows[i] == batch.rows[j] {
                assert_eq!(
                    ours[i][j], 0.0,
                    "{kind} distance of equals {} {i}, {j}",
                    batch.name
                );
            }
        }
    }
    ours
}

fn compare(config: &TripletLossConfig, batch: &Batch, distances: &Matrix, device: &Device) {
    let what = |part: &str| format!("{part} of {} × {} under {config}", batch.name, batch.len());
    let expected = oracle::expect(config, batch, distances, oracle::F32);
    let ours = common::run(config, batch, FloatDType::F32, device);

    let summary = ours.summary;
    assert_eq!(summary.anchors, batch.len() as u64, "{}", what("anchors"));
    assert_eq!(
        summary.valid_anchors,
        expected.valid_anchors,
        "{}",
        what("valid anchors")
    );
    assert_eq!(
        summary.valid_triplets,
        expected.valid_triplets,
        "{}",
        what("valid triplets")
    );
    assert_eq!(
        summary.selected_triplets,
        expected.triplets.len() as u64,
        "{}",
        what("selected")
    );
    assert_eq!(
        summary.active_triplets,
        expected.active_triplets,
        "{}",
        what("active")
    );
    assert_eq!(
        summary.violating_triplets,
        expected.violating_triplets,
        "{}",
        what("violating")
    );
    for (name, ours, expected) in [
        ("mean d_ap", summary.mean_d_ap, expected.mean_d_ap),
        ("mean d_an", summary.mean_d_an, expected.mean_d_an),
    ] {
        assert_eq!(ours.is_some(), expected.is_some(), "{}", what(name));
        if let (Some(ours), Some(expected)) = (ours, expected) {
            close(&what(name), ours, expected, 1e-5);
        }
    }

    close(&what("loss"), ours.loss, expected.loss, 1e-5);
    let scale = expected
        .gradient
        .iter()
        .fold(1.0f64, |most, g| most.max(g.abs()));
    assert_eq!(ours.gradient.len(), expected.gradient.len());
    for (index, (ours, expected)) in ours.gradient.iter().zip(&expected.gradient).enumerate() {
        assert!(
            (ours - expected).abs() <= 2e-5 * scale,
            "{}: {ours} instead of {expected}",
            what(&format!("gradient {index}"))
        );
    }
}

fn every_configuration(batches: Vec<Batch>) {
    let Some(device) = common::device::device() else {
        return;
    };
    for batch in batches {
        let mut distances = HashMap::new();
        for config in common::configurations() {
            let distances = distances
                .entry(config.distance)
                .or_insert_with(|| device_distances(config.distance, &batch, &device));
            compare(&config, &batch, distances, &device);
        }
    }
}

#[test]
fn batch_of_nobody() {
    every_configuration(vec![batch::random(0)]);
}

#[test]
fn batch_of_one() {
    every_configuration(vec![batch::random(1)]);
}

#[test]
fn batches_of_two() {
    every_configuration(batch::every_kind(2));
}

#[test]
fn batches_of_three() {
    every_configuration(batch::every_kind(3));
}

#[test]
fn batches_of_seventeen() {
    every_configuration(batch::every_kind(17));
}

#[test]
fn batches_of_sixty_four() {
    every_configuration(batch::every_kind(64));
}

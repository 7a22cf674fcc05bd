//! What must not change the loss.

use crate::common;
use crate::common::{Batch, Observed, batch};
use burn::tensor::FloatDType;
use facenet_loss::TripletLossConfig;
use proptest::prelude::*;

fn configuration() -> impl Strategy<Value = TripletLossConfig> {
    // A random draw depends on the order of the batch, and is left out.
    let drawn = |config: &TripletLossConfig| {
        let name = config.mining.to_string();
        name.contains("random") || name.contains("weighted")
    };
    let all: Vec<TripletLossConfig> = common::configurations()
        .into_iter()
        .filter(|config| !drawn(config))
        .collect();
    prop::sample::select(all)
}

/// One shape for all cases, so that a GPU compiles its kernels once.
fn some_batch() -> impl Strategy<Value = Batch> {
    let row = prop::collection::vec(-1.0f64..1.0, batch::DIM);
    let labels = prop::collection::vec(-3i32..3, 17);
    (prop::collection::vec(row, 17), labels)
        .prop_map(|(rows, labels)| Batch::new("any", rows, labels))
}

fn agree(ours: &Observed, other: &Observed) -> Result<(), TestCaseError> {
    prop_assert!(
        (ours.loss - other.loss).abs() <= 1e-5 * ours.loss.abs().max(1.0),
        "{} and {}",
        ours.loss,
        other.loss
    );
    prop_assert_eq!(
        ours.summary.selected_triplets,
        other.summary.selected_triplets
    );
    prop_assert_eq!(ours.summary.active_triplets, other.summary.active_triplets);
    let scale = ours
        .gradient
        .iter()
        .fold(1.0f64, |most, g| most.max(g.abs()));
    for (ours, other) in ours.gradient.iter().zip(&other.gradient) {
        prop_assert!(
            (ours - other).abs() <= 2e-5 * scale,
            "gradients {} and {}",
            ours,
            other
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order(config in configuration(), batch in some_batch(), order in Just((0..17).collect::<Vec<usize>>()).prop_shuffle()) {
        let Some(device) = common::device::device() else { return Ok(()) };
        let shuffled = Batch::new(
            "shuffled",
            order.iter().map(|&i| batch.rows[i].clone()).collect(),
            order.iter().map(|&i| batch.labels[i]).collect(),
        );
        let ours = common::run(&config, &batch, FloatDType::F32, &device);
        let mut other = common::run(&config, &shuffled, FloatDType::F32, &device);
        let rows: Vec<&[f64]> = other.gradient.chunks(batch.dim).collect();
        let mut back = vec![&[][..]; rows.len()];
        for (row, &i) in rows.iter().zip(&order) {
            back[i] = row;
        }
        other.gradient = back.concat();
        agree(&ours, &other)?;
    }

    #[test]
    fn names_of_identities(config in configuration(), batch in some_batch()) {
        let Some(device) = common::device::device() else { return Ok(()) };
        let mut renamed = batch.clone();
        renamed.labels.iter_mut().for_each(|label| *label = i32::MAX - *label * 1000 - 5000);
        let ours = common::run(&config, &batch, FloatDType::F32, &device);
        prop_assert_eq!(ours, common::run(&config, &renamed, FloatDType::F32, &device));
    }

    #[test]
    fn mirror_images(config in configuration(), batch in some_batch()) {
        let Some(device) = common::device::device() else { return Ok(()) };
        let mut mirrored = batch.clone();
        mirrored.rows.iter_mut().flatten().for_each(|x| *x = -*x);
        let ours = common::run(&config, &batch, FloatDType::F32, &device);
        let mut other = common::run(&config, &mirrored, FloatDType::F32, &device);
        other.gradient.iter_mut().for_each(|g| *g = -*g);
        prop_assert_eq!(ours.loss, other.loss);
        agree(&ours, &other)?;
    }

    #[test]
    fn forces_cancel(config in configuration(), batch in some_batch()) {
        let Some(device) = common::device::device() else { return Ok(()) };
        // Moving a whole batch changes no euclidean distance, so the gradients add up to nothing.
        prop_assume!(config.distance != facenet_loss::Distance::Cosine);
        let ours = common::run(&config, &batch, FloatDType::F32, &device);
        let scale = ours.gradient.iter().map(|g| g.abs()).sum::<f64>().max(1.0);
        for column in 0..batch.dim {
            let sum: f64 = ours.gradient.iter().skip(column).step_by(batch.dim).sum();
            prop_assert!(sum.abs() <= 1e-5 * scale, "column {column}: {sum}");
        }
    }
}

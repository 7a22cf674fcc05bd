//! The gradient against central differences of the loss itself, away from its kinks.
//!
//! The loss is smooth where neither the selected triplets nor the active ones change over the step; the loops say
//! where that is.

use crate::common;
use crate::common::oracle;
use crate::common::{Batch, batch};
use burn::tensor::{Device, FloatDType};
use facenet_loss::TripletLossConfig;

/// What may not change over a step: the selected triplets and the number of the active ones.
fn signature(config: &TripletLossConfig, batch: &Batch) -> (Vec<[usize; 3]>, u64) {
    let distances = oracle::distances(config.distance, batch);
    let expected = oracle::expect(config, batch, &distances, oracle::F64);
    (expected.triplets, expected.active_triplets)
}

fn moved(batch: &Batch, at: usize, by: f64) -> Batch {
    let mut moved = batch.clone();
    moved.rows[at / batch.dim][at % batch.dim] += by;
    moved
}

fn value(config: &TripletLossConfig, batch: &Batch, dtype: FloatDType, device: &Device) -> f64 {
    let output = common::forward(
        config,
        common::embeddings(batch, dtype, device),
        common::labels(batch, device),
    );
    common::scalar(output.loss)
}

fn check(dtype: FloatDType, step: f64, tolerance: f64, coordinates: usize) {
    let Some(device) = common::device::device() else {
        return;
    };
    if !device.supports_dtype(dtype) {
        common::device::say_skipped(&format!("no {dtype:?} on this device"));
        return;
    }
    let batch = batch::clustered(17);
    let mut checked = 0;
    for config in common::configurations() {
        let gradient = common::run(&config, &batch, dtype, &device).gradient;
        let here = signature(&config, &batch);
        // An odd stride visits all coordinates of all embeddings in some order.
        let smooth = (0..batch.flat().len())
            .map(|index| index * 37 % batch.flat().len())
            .filter(|&at| {
                signature(&config, &moved(&batch, at, step)) == here
                    && signature(&config, &moved(&batch, at, -step)) == here
            });
        for at in smooth.take(coordinates) {
            let above = value(&config, &moved(&batch, at, step), dtype, &device);
            let below = value(&config, &moved(&batch, at, -step), dtype, &device);
            let difference = (above - below) / (2.0 * step);
            let what = format!("gradient {at} under {config}");
            common::close(&what, gradient[at], difference, tolerance);
            checked += 1;
        }
    }
    assert!(
        checked > 4 * common::configurations().len() * coordinates / 5,
        "only {checked} were smooth"
    );
}

/// On the CPU alone: shader languages have no exponential in f64.
#[test]
fn in_f64() {
    if std::env::var("BURN_DEVICE").is_ok_and(|name| name != "flex") {
        return common::device::say_skipped("f64 is computed with on flex alone");
    }
    check(FloatDType::F64, 1e-6, 1e-7, 4);
}

#[test]
fn in_f32() {
    check(FloatDType::F32, 2e-3, 2e-2, 1);
}

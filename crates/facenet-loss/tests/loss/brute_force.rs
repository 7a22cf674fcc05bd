//! Every combination of the four choices against explicit loops over explicit triplets.

use crate::common;
use std::collections::HashMap;

use crate::common::oracle::{self, Matrix};
use crate::common::{Batch, batch, close};
use burn::tensor::{Device, FloatDType, Int, Tensor, s};
use facenet_loss::{Distance, Route, TripletLossConfig};

/// The distances that the device finds, after a look at whether they are right.
fn device_distances(route: Route, kind: Distance, batch: &Batch, device: &Device) -> Matrix {
    if batch.len() == 0 {
        return Matrix::new();
    }
    let embeddings = common::embeddings(batch, FloatDType::F32, device);
    let flat: Vec<f64> = kind
        .pairwise_by(route, embeddings)
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

fn compare(
    route: Route,
    config: &TripletLossConfig,
    batch: &Batch,
    distances: &Matrix,
    device: &Device,
) {
    let what = |part: &str| {
        let size = batch.len();
        format!(
            "{part} of {} × {size} under {config}, {route:?}",
            batch.name
        )
    };
    let expected = oracle::expect(config, batch, distances, oracle::F32);
    let ours = common::run_by(route, config, batch, FloatDType::F32, device);

    let summary = ours.summary;
    let anchors = batch.anchors.len() as u64;
    assert_eq!(summary.anchors, anchors, "{}", what("anchors"));
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
    for (index, batch) in batches.into_iter().enumerate() {
        for route in common::ROUTES {
            let mut distances = HashMap::new();
            let step = common::one_of(route, &batch);
            for config in common::configurations()
                .into_iter()
                .skip(index % step)
                .step_by(step)
            {
                let distances = distances
                    .entry(config.distance)
                    .or_insert_with(|| device_distances(route, config.distance, &batch, &device));
                compare(route, &config, &batch, distances, &device);
            }
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

#[test]
fn batches_of_two_hundred_and_fifty_seven() {
    let Some(device) = common::device::device() else {
        return;
    };
    for (index, batch) in [batch::clustered(257), batch::tied(257)]
        .into_iter()
        .enumerate()
    {
        for route in common::ROUTES {
            // The loops take long: every rule and every other choice come up, not all of them together.
            let step = 13 * common::one_of(route, &batch);
            for config in common::configurations()
                .into_iter()
                .skip(index)
                .step_by(step)
            {
                let distances = device_distances(route, config.distance, &batch, &device);
                compare(route, &config, &batch, &distances, &device);
            }
        }
    }
}

/// Anchors against other rows, and among other rows: the gradient of both sides.
#[test]
fn rows_among_others() {
    let Some(device) = common::device::device() else {
        return;
    };
    for kind in [batch::clustered, batch::tied, batch::duplicates] {
        let rows = kind(40);
        let batches = [
            rows.among(0..13, 13..40),
            rows.among(0..13, 0..40),
            rows.among(20..27, 3..40),
            rows.among(5..6, 7..9),
        ];
        for (index, batch) in batches.into_iter().enumerate() {
            for route in common::ROUTES {
                let step = 5 * common::one_of(route, &batch);
                for config in common::configurations()
                    .into_iter()
                    .skip(index)
                    .step_by(step)
                {
                    let distances = device_distances(route, config.distance, &batch, &device);
                    compare(route, &config, &batch, &distances, &device);
                }
            }
        }
    }
}

/// Whole tiles of a GPU's kernels, and a row or a column more or less.
#[test]
fn sizes_and_dimensions() {
    let Some(device) = common::device::device() else {
        return;
    };
    let step = if common::device::on_gpu() { 241 } else { 61 };
    let mut index = 0;
    for size in [63, 64, 65, 129] {
        for dim in [3, 17, 130] {
            let batch = batch::clustered_in(size, dim);
            for route in [Route::Matrix, Route::Streaming] {
                index += 1;
                for config in common::configurations()
                    .into_iter()
                    .skip(index)
                    .step_by(step)
                {
                    let distances = device_distances(route, config.distance, &batch, &device);
                    compare(route, &config, &batch, &distances, &device);
                }
            }
        }
    }
}

/// Nine blocks of anchors, and all of them at once.
#[test]
fn blocks_add_up() {
    let Some(device) = common::device::device() else {
        return;
    };
    let everyone = batch::clustered(513);
    let batches = [
        everyone.clone(),
        everyone.among(100..300, 20..513),
        everyone.among(0..300, 300..513),
    ];
    let step = if common::device::on_gpu() { 61 } else { 7 };
    for (index, batch) in batches.into_iter().enumerate() {
        for config in common::configurations()
            .into_iter()
            .skip(index)
            .step_by(step)
        {
            let [whole, blocks] = [Route::Matrix, Route::Streaming]
                .map(|route| common::run_by(route, &config, &batch, FloatDType::F32, &device));
            let what = format!("{} under {config}", batch.name);
            assert_eq!(whole.summary.anchors, blocks.summary.anchors, "{what}");
            assert_eq!(
                whole.summary.selected_triplets, blocks.summary.selected_triplets,
                "{what}"
            );
            close(&what, blocks.loss, whole.loss, 1e-6);
            let most = whole
                .gradient
                .iter()
                .fold(1.0f64, |most, g| most.max(g.abs()));
            for (blocks, whole) in blocks.gradient.iter().zip(&whole.gradient) {
                close(&what, blocks / most, whole / most, 1e-5);
            }
        }
    }
}

/// Rows that are columns in memory, and labels that are every other one.
#[test]
fn views_of_tensors() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(65);
    let rows = common::embeddings(&batch, FloatDType::F32, &device);
    let columns = rows.clone().transpose();
    // Made anew, the transposed matrix is one whose transpose is a view of it.
    let columns = Tensor::<2>::from_data(columns.into_data(), &device);
    let labels = common::labels(&batch, &device);
    let twice = labels.clone().unsqueeze_dim::<2>(1).repeat_dim(1, 2);
    let twice = twice.reshape([2 * batch.len()]);
    // Burn's own kernels may add up a view in another order.
    for route in [Route::Matrix, Route::Streaming] {
        for config in common::configurations().into_iter().step_by(97) {
            let loss = config.init().with_route(route);
            let gradient = |rows: Tensor<2>, labels: Tensor<1, Int>| {
                let rows = rows.autodiff().require_grad();
                let loss = loss.forward(rows.clone(), labels).loss;
                let gradient = rows.grad(&loss.backward()).expect("rows have a gradient");
                (common::scalar(loss), gradient.into_data())
            };
            let plain = gradient(rows.clone(), labels.clone());
            let view = columns.clone().transpose();
            let of_view = gradient(view, twice.clone().slice(s![..;2]));
            assert_eq!(plain, of_view, "{config}, {route:?}");
        }
    }
}

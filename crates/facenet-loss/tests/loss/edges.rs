//! Edges: nothing to train on, coinciding embeddings, bad numbers, other types, misuse.

use crate::common;
use crate::common::{Batch, batch};
use burn::tensor::{DType, Device, FloatDType, Int, Tensor, TensorData};
use facenet_loss::{
    BatchState, Distance, LossError, Margin, Mining, Pick, Reduction, TripletLossConfig,
    check_finite,
};

fn batch_all(distance: Distance) -> TripletLossConfig {
    TripletLossConfig::new()
        .with_distance(distance)
        .with_mining(Mining::BatchAll)
}

fn points(rows: &[[f32; 2]], device: &Device) -> Tensor<2> {
    let flat: Vec<f32> = rows.iter().flatten().copied().collect();
    Tensor::from_data(TensorData::new(flat, [rows.len(), 2]), device)
}

#[test]
fn without_a_triplet_loss_and_gradient_are_zero() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batches = [0, 1, 2, 3, 17]
        .into_iter()
        .flat_map(|size| [batch::single_identity(size), batch::all_distinct(size)]);
    for batch in batches {
        for config in common::configurations() {
            let ours = common::run(&config, &batch, FloatDType::F32, &device);
            assert_eq!(ours.loss, 0.0, "{} × {}, {config}", batch.name, batch.len());
            assert_eq!(ours.gradient.len(), batch.len() * batch.dim);
            assert!(
                ours.gradient.iter().all(|&g| g == 0.0),
                "{} × {}, {config}",
                batch.name,
                batch.len()
            );
            assert_eq!(ours.summary.valid_triplets, 0);
            assert_eq!(ours.summary.valid_anchors, 0);
            assert_eq!(ours.summary.state(), BatchState::NoTriplets);
        }
    }
}

#[test]
fn an_anchor_without_a_positive_is_left_out_of_the_divisor() {
    let Some(device) = common::device::device() else {
        return;
    };
    let embeddings = points(&[[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]], &device);
    let labels = Tensor::<1, Int>::from_ints([5, 5, 6], &device);
    let config = TripletLossConfig::new()
        .with_mining(Mining::BatchHard)
        .with_margin(Margin::Hinge(6.0))
        .with_reduction(Reduction::MeanAnchors);
    let output = config.init().forward(embeddings, labels);
    // Anchor 0: 1 − 9 + 6 < 0. Anchor 1: 1 − 4 + 6 = 3. Anchor 2 has no positive.
    assert_eq!(common::scalar(output.loss), 1.5);
    let summary = output.stats.read();
    assert_eq!(
        (
            summary.valid_anchors,
            summary.selected_triplets,
            summary.active_triplets
        ),
        (2, 2, 1)
    );
}

#[test]
fn collapsed_embeddings_read_zero_under_semi_hard_and_say_why() {
    let Some(device) = common::device::device() else {
        return;
    };
    for distance in common::DISTANCES {
        let batch = batch::collapsed(17);
        let config = TripletLossConfig::new().with_distance(distance);
        let ours = common::run(&config, &batch, FloatDType::F32, &device);
        assert_eq!((ours.loss, ours.summary.selected_triplets), (0.0, 0));
        assert_eq!(ours.summary.state(), BatchState::Collapsed);
        assert!(ours.summary.spread < 1e-12, "{}", ours.summary.spread);

        let ours = common::run(&batch_all(distance), &batch, FloatDType::F32, &device);
        common::close("every triplet costs the margin", ours.loss, 0.2, 1e-6);
        assert_eq!(ours.summary.active_triplets, ours.summary.valid_triplets);
        assert!(
            ours.gradient.iter().all(|g| g.abs() < 1e-6),
            "{distance}: {:?}",
            ours.gradient
        );
    }
}

#[test]
fn separated_and_violating_batches_are_told_apart() {
    let Some(device) = common::device::device() else {
        return;
    };
    let labels = || Tensor::<1, Int>::from_ints([0, 0, 1, 1], &device);
    let loss = TripletLossConfig::new().init();
    let state = |rows| {
        loss.forward(points(rows, &device), labels())
            .stats
            .read()
            .state()
    };
    let apart = [[0.0, 0.0], [0.1, 0.0], [5.0, 0.0], [5.1, 0.0]];
    assert_eq!(state(&apart), BatchState::Separated);
    // All negatives are nearer than the positive: the band is empty, and yet nothing is learnt.
    let crossed = [[0.0, 0.0], [5.0, 0.0], [0.1, 0.0], [5.1, 0.0]];
    assert_eq!(state(&crossed), BatchState::Violating);
}

#[test]
fn ties_go_to_the_lowest_index() {
    let Some(device) = common::device::device() else {
        return;
    };
    // Two positives at distance 1 and two negatives at distance 4 of anchor 0, in different directions.
    let rows = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [2.0, 0.0], [0.0, 2.0]];
    let embeddings = points(&rows, &device).autodiff().require_grad();
    let labels = Tensor::<1, Int>::from_ints([1, 1, 1, 2, 3], &device);
    let config = TripletLossConfig::new()
        .with_mining(Mining::BatchHard)
        .with_margin(Margin::Hinge(10.0))
        .with_reduction(Reduction::Sum);
    let gradients = config
        .init()
        .forward(embeddings.clone(), labels)
        .loss
        .backward();
    let gradient: Vec<f64> = embeddings
        .grad(&gradients)
        .unwrap()
        .into_data()
        .iter::<f64>()
        .collect();
    // Triplets (0, 1, 3), (1, 2, 3) and (2, 1, 4); the gradient of anchor 0 is 2 (x_3 − x_1).
    let expected = [
        2.0,
        0.0, // 2 (x3 − x1)
        // (0, 1, 3): 2 (x1 − x0); (1, 2, 3): 2 (x3 − x2); (2, 1, 4): 2 (x1 − x2)
        2.0 + 4.0 + 2.0,
        0.0 - 2.0 - 2.0,
        // (1, 2, 3): 2 (x2 − x1); (2, 1, 4): 2 (x4 − x1)
        -2.0 - 2.0,
        2.0 + 4.0,
        // (0, 1, 3): 2 (x0 − x3); (1, 2, 3): 2 (x1 − x3)
        -4.0 - 2.0,
        0.0,
        // (2, 1, 4): 2 (x2 − x4)
        0.0,
        -2.0,
    ];
    assert_eq!(gradient, expected);
}

#[test]
fn equal_embeddings_have_a_finite_gradient() {
    let Some(device) = common::device::device() else {
        return;
    };
    for config in common::configurations() {
        for batch in [
            batch::duplicates(17),
            batch::collapsed(3),
            batch::lengths(17),
        ] {
            let ours = common::run(&config, &batch, FloatDType::F32, &device);
            assert!(ours.loss.is_finite(), "{}: {config}", batch.name);
            assert!(
                ours.gradient.iter().all(|g| g.is_finite()),
                "{}: {config}",
                batch.name
            );
        }
    }
}

#[test]
fn nearly_equal_embeddings_keep_their_digits() {
    let Some(device) = common::device::device() else {
        return;
    };
    // Unit vectors 10⁻⁴ apart: a product of the embeddings with themselves would find 10⁻⁸ ± 10⁻⁷ here.
    let rows = vec![
        vec![0.6, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        vec![0.6, 0.8, 1e-4, 0.0, 0.0, 0.0, 0.0, 0.0],
    ];
    let embeddings = common::embeddings(
        &Batch::new("near", rows, vec![1, 1]),
        FloatDType::F32,
        &device,
    );
    let read = |distance: Distance| {
        distance
            .pairwise(embeddings.clone())
            .into_data()
            .iter::<f64>()
            .nth(1)
            .unwrap()
    };
    assert!((read(Distance::SquaredEuclidean) / 1e-8 - 1.0).abs() < 1e-5);
    assert!((read(Distance::Euclidean) / 1e-4 - 1.0).abs() < 1e-5);
    assert!((read(Distance::Cosine) / 0.5e-8 - 1.0).abs() < 1e-2);
}

#[test]
fn vectors_at_the_ends_of_f32_keep_their_direction() {
    let Some(device) = common::device::device() else {
        return;
    };
    let rows = [[1e30, 0.0], [0.0, 1e-30], [-1e30, 0.0], [3e-30, 3e-30]];
    let cosine = Distance::Cosine.pairwise(points(&rows, &device));
    let ours: Vec<f64> = cosine.into_data().iter::<f64>().take(4).collect();
    for (ours, expected) in ours.into_iter().zip([0.0, 1.0, 2.0, 1.0 - 0.5f64.sqrt()]) {
        common::close("cosine distance", ours, expected, 1e-6);
    }
}

#[test]
fn bad_numbers_make_the_loss_nan_and_are_named() {
    let Some(device) = common::device::device() else {
        return;
    };
    for bad in [f32::NAN, f32::INFINITY] {
        // The bad row belongs to nobody's triplet.
        let rows = [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [bad, 0.0]];
        let embeddings = points(&rows, &device);
        let labels = Tensor::<1, Int>::from_ints([1, 1, 2, 3], &device);
        for distance in common::DISTANCES {
            let output = batch_all(distance)
                .init()
                .forward(embeddings.clone(), labels.clone());
            assert!(
                common::scalar(output.loss).is_nan(),
                "{distance} with {bad}"
            );
        }
        assert_eq!(
            check_finite(&embeddings),
            Err(LossError::NonFinite {
                rows: 1,
                batch: 4,
                first: 3
            })
        );
        let message = check_finite(&embeddings).unwrap_err().to_string();
        assert_eq!(
            message,
            "1 of 4 embeddings hold NaN or an infinity, the first is row 3"
        );
        assert_eq!(check_finite(&embeddings.narrow(0, 0, 3)), Ok(()));
    }
}

#[test]
fn labels_are_compared_as_integers() {
    let Some(device) = common::device::device() else {
        return;
    };
    let rows = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]];
    let valid = |labels: Tensor<1, Int>| {
        let output = batch_all(Distance::Euclidean)
            .init()
            .forward(points(&rows, &device), labels);
        output.stats.read().valid_triplets
    };
    let n = 1 << 24;
    assert_eq!(valid(Tensor::from_ints([n, n, n + 1, n + 1], &device)), 8);
    assert_eq!(
        valid(Tensor::from_ints([-1, -1, i32::MIN, i32::MAX], &device)),
        4
    );
    if device.supports_dtype(DType::I64) {
        let n = 1i64 << 53;
        let wide = TensorData::new(vec![n, n + 1, n, n + 1], [4]);
        assert_eq!(valid(Tensor::from_data(wide, (&device, DType::I64))), 8);
        let extreme = TensorData::new(vec![i64::MIN, i64::MIN, i64::MAX, 0], [4]);
        assert_eq!(valid(Tensor::from_data(extreme, (&device, DType::I64))), 4);
    }
}

#[test]
fn half_precision_embeddings_accumulate_in_f32() {
    let Some(device) = common::device::device() else {
        return;
    };
    for dtype in [FloatDType::F16, FloatDType::BF16] {
        if !device.supports_dtype(dtype) {
            common::device::say_skipped(&format!("no {dtype:?} on this device"));
            continue;
        }
        let batch = batch::clustered(17);
        let halved = common::embeddings(&batch, dtype, &device).into_data();
        let rows: Vec<f64> = halved.iter::<f64>().collect();
        let rows = rows.chunks(batch.dim).map(<[f64]>::to_vec).collect();
        let same = Batch::new("rounded", rows, batch.labels.clone());
        for config in common::configurations().into_iter().step_by(7) {
            let ours = common::run(&config, &batch, dtype, &device);
            let expected = common::run(&config, &same, FloatDType::F32, &device);
            assert_eq!(ours.loss, expected.loss, "{dtype:?}: {config}");
            assert_eq!(ours.summary, expected.summary, "{dtype:?}: {config}");
            for (ours, expected) in ours.gradient.iter().zip(&expected.gradient) {
                assert!(
                    (ours - expected).abs() <= 0.01 * expected.abs() + 1e-4,
                    "{dtype:?}: {config}"
                );
            }
        }
    }
}

#[test]
fn the_same_inputs_give_the_same_bits() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(64);
    for config in common::configurations().into_iter().step_by(5) {
        let first = common::run(&config, &batch, FloatDType::F32, &device);
        assert_eq!(
            first,
            common::run(&config, &batch, FloatDType::F32, &device),
            "{config}"
        );
    }
}

#[test]
fn an_untracked_forward_pass_gives_the_same_loss() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(17);
    for config in common::configurations().into_iter().step_by(11) {
        let embeddings = common::embeddings(&batch, FloatDType::F32, &device);
        let output = common::forward(&config, embeddings, common::labels(&batch, &device));
        assert!(!output.loss.is_tracked());
        let tracked = common::run(&config, &batch, FloatDType::F32, &device);
        assert_eq!(common::scalar(output.loss), tracked.loss, "{config}");
    }
}

#[test]
fn the_gradient_flows_on_through_what_made_the_embeddings() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(17);
    let config = batch_all(Distance::SquaredEuclidean);
    let direct = common::run(&config, &batch, FloatDType::F32, &device);
    let autodiff = device.autodiff();
    let leaf = common::embeddings(&batch, FloatDType::F32, &autodiff)
        .div_scalar(2.0)
        .detach()
        .require_grad();
    let output = common::forward(
        &config,
        leaf.clone().mul_scalar(2.0),
        common::labels(&batch, &autodiff),
    );
    let gradients = (output.loss.mul_scalar(3.0) + 1.0).backward();
    let gradient: Vec<f64> = leaf
        .grad(&gradients)
        .unwrap()
        .into_data()
        .iter::<f64>()
        .collect();
    for (ours, direct) in gradient.iter().zip(&direct.gradient) {
        common::close("gradient", *ours, 2.0 * 3.0 * direct, 1e-6);
    }
}

#[test]
fn gradient_checkpointing_changes_nothing() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(17);
    let config = batch_all(Distance::Euclidean);
    let plain = common::run(&config, &batch, FloatDType::F32, &device);
    let checkpointing = device.autodiff().gradient_checkpointing();
    let ours = common::run(&config, &batch, FloatDType::F32, &checkpointing);
    assert_eq!(ours, plain);
}

#[test]
fn a_seed_decides_the_random_negatives() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(64);
    let loss = |seed| {
        let mining = Mining::Violators(Pick::Random(seed));
        let config = TripletLossConfig::new().with_mining(mining);
        common::run(&config, &batch, FloatDType::F32, &device)
    };
    assert_eq!(loss(1), loss(1));
    assert_ne!(loss(1).loss, loss(2).loss);
    assert_eq!(
        loss(1).summary.selected_triplets,
        loss(2).summary.selected_triplets
    );
}

#[test]
#[should_panic(
    expected = "triplet loss: 3 embeddings and 2 labels, expected one label for each embedding"
)]
fn a_label_too_few_is_a_mistake() {
    let Some(device) = common::device::device() else {
        panic!(
            "triplet loss: 3 embeddings and 2 labels, expected one label for each embedding (no device)"
        )
    };
    let labels = Tensor::<1, Int>::from_ints([1, 2], &device);
    TripletLossConfig::new()
        .init()
        .forward(Tensor::zeros([3, 4], &device), labels);
}

#[test]
#[should_panic(expected = "triplet loss: embeddings have no dimensions, shape [2, 0]")]
fn embeddings_without_dimensions_are_a_mistake() {
    let Some(device) = common::device::device() else {
        panic!("triplet loss: embeddings have no dimensions, shape [2, 0] (no device)")
    };
    let labels = Tensor::<1, Int>::from_ints([1, 2], &device);
    TripletLossConfig::new()
        .init()
        .forward(Tensor::zeros([2, 0], &device), labels);
}

//! Other rows as candidates, lists of triplets, the memory of earlier batches, routes.

use crate::common;
use crate::common::{Batch, batch, oracle};
use burn::tensor::{Device, FloatDType, Int, Tensor};
use facenet_loss::{
    CrossBatchMemory, CrossBatchMemoryConfig, Distance, LossError, Margin, Mining, Pick, Route,
    TripletLossConfig,
};

#[test]
fn lists_are_those_of_the_loops() {
    let Some(device) = common::device::device() else {
        return;
    };
    for batch in [batch::clustered(17), batch::tied(17)] {
        for route in common::ROUTES {
            for config in common::configurations().into_iter().step_by(11) {
                let embeddings = common::embeddings(&batch, FloatDType::F32, &device);
                let flat = config.distance.pairwise_by(route, embeddings.clone());
                let flat: Vec<f64> = flat.into_data().iter::<f64>().collect();
                let distances = flat.chunks(batch.len()).map(<[f64]>::to_vec).collect();
                let mut expected = oracle::select(&config, &batch, &distances, oracle::F32);
                expected.sort_unstable();
                let loss = config.init().with_route(route);
                let labels = common::labels(&batch, &device);
                let ours = loss.mine(embeddings, labels, 100_000).unwrap();
                let ours: Vec<[usize; 3]> = ours
                    .into_iter()
                    .map(|t| [t.anchor, t.positive, t.negative])
                    .collect();
                assert_eq!(ours, expected, "{} under {config}, {route:?}", batch.name);
            }
        }
    }
}

#[test]
fn a_list_too_long_is_refused() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::pk(5, 4);
    let config = TripletLossConfig::new().with_mining(Mining::BatchAll);
    let mine = |most| {
        config.init().mine(
            common::embeddings(&batch, FloatDType::F32, &device),
            common::labels(&batch, &device),
            most,
        )
    };
    assert_eq!(mine(960).unwrap().len(), 960);
    let expected = LossError::TooManyTriplets {
        mining: "batch-all".to_owned(),
        selected: 960,
        most: 959,
    };
    assert_eq!(
        expected.to_string(),
        "mining batch-all selects 960 triplets of this batch, more than the 959 that may be listed"
    );
    assert_eq!(mine(959), Err(expected));
}

/// Rows of a batch on the device.
fn rows(
    batch: &Batch,
    range: std::ops::Range<usize>,
    device: &Device,
) -> (Tensor<2>, Tensor<1, Int>) {
    let embeddings = common::embeddings(batch, FloatDType::F32, device);
    let labels = common::labels(batch, device);
    (
        embeddings.narrow(0, range.start, range.len()),
        labels.narrow(0, range.start, range.len()),
    )
}

#[test]
fn a_memory_is_the_batches_before() {
    let Some(device) = common::device::device() else {
        return;
    };
    let device = device.autodiff();
    let batch = batch::clustered(64);
    let config = TripletLossConfig::new().with_mining(Mining::BatchAll);
    let loss = config.init();
    let mut memory = CrossBatchMemoryConfig::new(20).with_warm_up(1).init();
    let step = |memory: &mut CrossBatchMemory, range: std::ops::Range<usize>| {
        let (embeddings, labels) = rows(&batch, range, &device);
        let embeddings = embeddings.detach().require_grad();
        let output = memory.forward(&loss, embeddings.clone(), labels);
        let value = common::scalar(output.loss.clone());
        let gradient = embeddings.grad(&output.loss.backward()).unwrap();
        (
            value,
            gradient.into_data().iter::<f64>().collect::<Vec<_>>(),
        )
    };
    // The same by hand: the present rows, then the remembered ones in the order of the ring.
    let by_hand = |present: std::ops::Range<usize>, remembered: &[std::ops::Range<usize>]| {
        let (embeddings, labels) = rows(&batch, present, &device);
        let embeddings = embeddings.detach().require_grad();
        let (mut all, mut all_labels) = (vec![embeddings.clone()], vec![labels.clone()]);
        for range in remembered {
            let (old, old_labels) = rows(&batch, range.clone(), &device);
            all.push(old);
            all_labels.push(old_labels);
        }
        let (all, all_labels) = (Tensor::cat(all, 0), Tensor::cat(all_labels, 0));
        let output = loss.forward_gathered(embeddings.clone(), labels, all, all_labels, 0);
        let value = common::scalar(output.loss.clone());
        let gradient = embeddings.grad(&output.loss.backward()).unwrap();
        (
            value,
            gradient.into_data().iter::<f64>().collect::<Vec<_>>(),
        )
    };

    let agree = |ours: (f64, Vec<f64>), expected: (f64, Vec<f64>)| {
        common::close("loss", ours.0, expected.0, 1e-6);
        assert_eq!(ours.1.len(), expected.1.len());
        for (ours, expected) in ours.1.into_iter().zip(expected.1) {
            common::close("gradient", ours, expected, 1e-6);
        }
    };

    // The warm-up leaves nothing behind.
    agree(step(&mut memory, 0..8), by_hand(0..8, &[]));
    assert!(memory.is_empty());
    agree(step(&mut memory, 8..16), by_hand(8..16, &[]));
    assert_eq!(memory.len(), 8);
    agree(
        step(&mut memory, 16..24),
        by_hand(16..24, std::slice::from_ref(&(8..16))),
    );
    agree(step(&mut memory, 24..32), by_hand(24..32, &[8..16, 16..24]));
    // Eight more than the 20 places: the oldest four gave way, at the front of the ring.
    assert_eq!(memory.len(), 20);
    let remembered = [28..32, 12..16, 16..24, 24..28];
    agree(step(&mut memory, 32..40), by_hand(32..40, &remembered));
    // A batch larger than the memory leaves its last rows.
    step(&mut memory, 0..40);
    assert_eq!(memory.len(), 20);
    memory.clear();
    assert!(memory.is_empty());
}

/// The routes agree where no rounding error decides: coordinates are multiples of ½, so distances are exact.
fn agree_on_every_route(config: &TripletLossConfig, batch: &Batch, device: &Device) {
    let run =
        |route, device: &Device| common::run_by(route, config, batch, FloatDType::F32, device);
    // A GPU in software takes minutes for as many small operations, and what is exact is the same everywhere.
    #[cfg(feature = "flex")]
    let composed = run(Route::Composed, &Device::flex());
    #[cfg(not(feature = "flex"))]
    let composed = run(Route::Composed, device);
    let [matrix, streaming] = [Route::Matrix, Route::Streaming].map(|route| run(route, device));
    let scale = composed
        .gradient
        .iter()
        .fold(1.0f64, |most, g| most.max(g.abs()));
    for other in [matrix, streaming] {
        common::close("loss", other.loss, composed.loss, 1e-5);
        assert_eq!(other.summary, composed.summary, "{config}");
        for (ours, expected) in other.gradient.iter().zip(&composed.gradient) {
            assert!((ours - expected).abs() <= 1e-4 * scale, "{config}");
        }
    }
}

#[test]
fn routes_agree() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::tied(64);
    let exact = |config: &TripletLossConfig| config.distance == Distance::SquaredEuclidean;
    for config in common::configurations()
        .into_iter()
        .filter(exact)
        .step_by(3)
    {
        agree_on_every_route(&config, &batch, &device);
    }
}

/// More positives than a kernel takes at a time.
#[test]
fn routes_agree_on_anchors_with_hundreds_of_positives() {
    let Some(device) = common::device::device() else {
        return;
    };
    let mut batch = batch::tied(600);
    batch.labels = (0..600).map(|index| index % 2).collect();
    for mining in [
        Mining::BatchAll,
        Mining::SemiHardBand(Pick::Random(5)),
        Mining::NearestFarther,
    ] {
        let config = TripletLossConfig::new()
            .with_mining(mining)
            .with_margin(Margin::Hinge(1.5));
        agree_on_every_route(&config, &batch, &device);
    }
}

/// More anchors than one block of the streaming route takes on the CPU.
#[test]
fn blocks_add_up() {
    let Some(device) = common::device::device() else {
        return;
    };
    if common::device::on_gpu() {
        return;
    }
    let batch = batch::pk(550, 4);
    for mining in [Mining::BatchAll, Mining::default(), Mining::BatchHard] {
        let config = TripletLossConfig::new().with_mining(mining);
        let [matrix, streaming] = [Route::Matrix, Route::Streaming]
            .map(|route| common::run_by(route, &config, &batch, FloatDType::F32, &device));
        assert_eq!(matrix.loss, streaming.loss);
        assert_eq!(matrix.summary, streaming.summary);
        for (ours, expected) in streaming.gradient.iter().zip(&matrix.gradient) {
            assert!(
                (ours - expected).abs() <= 1e-6,
                "{ours} instead of {expected}"
            );
        }
    }
}

#[test]
fn embeddings_need_not_be_contiguous() {
    let Some(device) = common::device::device() else {
        return;
    };
    let batch = batch::clustered(17);
    let labels = common::labels(&batch, &device);
    let embeddings = common::embeddings(&batch, FloatDType::F32, &device);
    let columns = embeddings.clone().transpose();
    for config in common::configurations().into_iter().step_by(17) {
        let loss =
            |embeddings| common::scalar(config.init().forward(embeddings, labels.clone()).loss);
        // A transposed view of a tensor that is stored by columns.
        let copied = Tensor::from_data(columns.to_data(), &device);
        assert_eq!(
            loss(copied.transpose()),
            loss(embeddings.clone()),
            "{config}"
        );
    }
}

#[test]
#[should_panic(expected = "triplet loss: embeddings of 8 dimensions and others of 3")]
fn sides_of_different_dimensions_are_a_mistake() {
    let Some(device) = common::device::device() else {
        panic!("triplet loss: embeddings of 8 dimensions and others of 3 (no device)")
    };
    let labels = Tensor::<1, Int>::from_ints([1, 2], &device);
    let loss = TripletLossConfig::new().init();
    loss.forward_with_reference(
        Tensor::zeros([2, 8], &device),
        labels.clone(),
        Tensor::zeros([2, 3], &device),
        labels,
    );
}

#[test]
#[should_panic(expected = "triplet loss: 4 anchors from row 2 on do not fit into 5 gathered rows")]
fn anchors_beyond_the_gathered_rows_are_a_mistake() {
    let Some(device) = common::device::device() else {
        panic!("triplet loss: 4 anchors from row 2 on do not fit into 5 gathered rows (no device)")
    };
    let loss = TripletLossConfig::new().init();
    loss.forward_gathered(
        Tensor::zeros([4, 8], &device),
        Tensor::<1, Int>::from_ints([1, 1, 2, 2], &device),
        Tensor::zeros([5, 8], &device),
        Tensor::<1, Int>::from_ints([1, 1, 2, 2, 3], &device),
        2,
    );
}

/// Where a build has the CPU and a GPU.
#[cfg(feature = "flex")]
#[test]
fn sides_on_different_devices_are_a_mistake() {
    let Some(device) = common::device::device() else {
        return;
    };
    if !common::device::on_gpu() {
        return;
    }
    let loss = TripletLossConfig::new().init();
    let labels = Tensor::<1, Int>::from_ints([1, 2], &Device::flex());
    let embeddings = Tensor::zeros([2, 8], &device);
    let result = std::panic::catch_unwind(|| loss.forward(embeddings, labels));
    let message = result.unwrap_err().downcast::<String>().unwrap();
    assert!(
        message.starts_with("triplet loss: embeddings are on")
            && message.ends_with("expected one device for both"),
        "{message}"
    );
}

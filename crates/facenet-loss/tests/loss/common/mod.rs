//! What the test files share: the device, batches, and the brute-force oracle.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

pub mod batch;
pub mod oracle;

use std::ops::Range;

use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use facenet_loss::{
    Distance, Hardness, Margin, Mining, Pick, Reduction, Route, Triplet, TripletLossConfig,
    TripletOutput, TripletSummary,
};

pub use batch::Batch;
pub use facenet_testing::device;

pub const DISTANCES: [Distance; 3] = [
    Distance::SquaredEuclidean,
    Distance::Euclidean,
    Distance::Cosine,
];

pub const MININGS: [Mining; 19] = [
    Mining::BatchAll,
    Mining::BatchHard,
    Mining::SemiHardBand(Pick::All),
    Mining::SemiHardBand(Pick::Nearest),
    Mining::SemiHardBand(Pick::Random(7)),
    Mining::NearestFarther,
    Mining::Violators(Pick::All),
    Mining::Violators(Pick::Nearest),
    Mining::Violators(Pick::Random(1 << 40)),
    Mining::HardestNegative,
    combined(Hardness::Easy, Hardness::Easy),
    combined(Hardness::Easy, Hardness::SemiHard),
    combined(Hardness::Easy, Hardness::Hard),
    combined(Hardness::SemiHard, Hardness::Easy),
    combined(Hardness::SemiHard, Hardness::Hard),
    combined(Hardness::Hard, Hardness::Easy),
    combined(Hardness::Hard, Hardness::SemiHard),
    combined(Hardness::Hard, Hardness::Hard),
    Mining::DistanceWeighted { seed: 3 },
];

const fn combined(positive: Hardness, negative: Hardness) -> Mining {
    Mining::Combined { positive, negative }
}

/// Every route there is: the same suite holds for each.
pub const ROUTES: [Route; 3] = [Route::Composed, Route::Matrix, Route::Streaming];

/// Of how many configurations one is tried on a route. On a GPU, which may be one in software, everything is tried
/// where there is something new to see: the composed route is that of the CPU, and small batches stream in one block.
/// Batches of more than three come in eight kinds, which take turns.
pub fn one_of(route: Route, batch: &Batch) -> usize {
    match route {
        _ if !device::on_gpu() => 1,
        Route::Composed => 31,
        Route::Streaming if batch.len() <= 64 => 31,
        _ if batch.len() > 3 => 3,
        _ => 1,
    }
}

pub const MARGINS: [Margin; 4] = [
    Margin::Hinge(0.2),
    Margin::Hinge(0.75),
    Margin::Soft,
    Margin::SoftPlus(0.3),
];

pub const REDUCTIONS: [Reduction; 4] = [
    Reduction::MeanActive,
    Reduction::MeanSelected,
    Reduction::MeanAnchors,
    Reduction::Sum,
];

/// All combinations of the four choices that are allowed.
pub fn configurations() -> Vec<TripletLossConfig> {
    let mut all = Vec::new();
    for distance in DISTANCES {
        for mining in MININGS {
            for margin in MARGINS {
                for reduction in REDUCTIONS {
                    let config = TripletLossConfig::new()
                        .with_distance(distance)
                        .with_mining(mining)
                        .with_margin(margin)
                        .with_reduction(reduction);
                    if config.validate().is_ok() {
                        all.push(config);
                    }
                }
            }
        }
    }
    all
}

/// What a forward and a backward pass gave, on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub loss: f64,
    pub gradient: Vec<f64>,
    pub summary: TripletSummary,
}

/// Runs a forward and a backward pass.
pub fn run(
    config: &TripletLossConfig,
    batch: &Batch,
    dtype: FloatDType,
    device: &Device,
) -> Observed {
    run_by(Route::Auto, config, batch, dtype, device)
}

/// Runs a forward and a backward pass on a route.
pub fn run_by(
    route: Route,
    config: &TripletLossConfig,
    batch: &Batch,
    dtype: FloatDType,
    device: &Device,
) -> Observed {
    let embeddings = embeddings(batch, dtype, &device.clone().autodiff()).require_grad();
    let loss = config.init().with_route(route);
    let labels = labels(batch, device);
    let rows = |range: &Range<usize>| {
        let rows = embeddings.clone().narrow(0, range.start, range.len());
        (rows, labels.clone().narrow(0, range.start, range.len()))
    };
    let all = 0..batch.len();
    let (anchors, candidates) = (&batch.anchors, &batch.candidates);
    let output = if (anchors, candidates) == (&all, &all) {
        loss.forward(embeddings.clone(), labels)
    } else {
        let ((x, x_labels), (y, y_labels)) = (rows(anchors), rows(candidates));
        match candidates.contains(&anchors.start) {
            true => {
                let first = anchors.start - candidates.start;
                loss.forward_gathered(x, x_labels, y, y_labels, first)
            }
            false => loss.forward_with_reference(x, x_labels, y, y_labels),
        }
    };
    let gradients = output.loss.backward();
    let gradient = embeddings
        .grad(&gradients)
        .expect("embeddings have a gradient");
    assert_eq!(gradient.dims(), embeddings.dims());
    Observed {
        loss: scalar(output.loss),
        gradient: gradient.into_data().iter::<f64>().collect(),
        summary: output.stats.read(),
    }
}

/// All triplets that a rule selects on a route.
pub fn mine(
    route: Route,
    config: &TripletLossConfig,
    batch: &Batch,
    device: &Device,
) -> Vec<Triplet> {
    let loss = config.init().with_route(route);
    let embeddings = embeddings(batch, FloatDType::F32, device);
    loss.mine(embeddings, labels(batch, device), u64::MAX)
        .expect("no list is too long")
}

pub fn forward(
    config: &TripletLossConfig,
    embeddings: Tensor<2>,
    labels: Tensor<1, Int>,
) -> TripletOutput {
    config.init().forward(embeddings, labels)
}

pub fn embeddings(batch: &Batch, dtype: FloatDType, device: &Device) -> Tensor<2> {
    let shape = [batch.len(), batch.dim];
    let data = TensorData::new(batch.flat(), shape).convert_dtype(dtype.into());
    Tensor::from_data(data, (device, dtype.into()))
}

pub fn labels(batch: &Batch, device: &Device) -> Tensor<1, Int> {
    Tensor::from_data(TensorData::new(batch.labels.clone(), [batch.len()]), device)
}

pub fn scalar(tensor: Tensor<1>) -> f64 {
    assert_eq!(tensor.dims(), [1]);
    tensor
        .into_data()
        .iter::<f64>()
        .next()
        .expect("one element")
}

/// Asserts that two numbers agree to `tolerance`, relative to 1 or to the larger of them.
#[track_caller]
pub fn close(what: &str, ours: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!(
        (ours - expected).abs() <= tolerance * scale,
        "{what}: {ours} instead of {expected}"
    );
}

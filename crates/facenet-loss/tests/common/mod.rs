//! What the test files share: the device, batches, and the brute-force oracle.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part"
)]

pub mod batch;
#[path = "../../../../tests/src/device.rs"]
pub mod device;
pub mod oracle;

use burn::tensor::{Device, FloatDType, Int, Tensor, TensorData};
use facenet_loss::{
    Distance, Margin, Mining, Pick, Reduction, TripletLossConfig, TripletOutput, TripletSummary,
};

pub use batch::Batch;

pub const DISTANCES: [Distance; 3] = [
    Distance::SquaredEuclidean,
    Distance::Euclidean,
    Distance::Cosine,
];

pub const MININGS: [Mining; 10] = [
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
];

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
    let embeddings = embeddings(batch, dtype, &device.clone().autodiff()).require_grad();
    let output = forward(config, embeddings.clone(), labels(batch, device));
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

//! Networks: inference, and whole training steps.
//!
//! `cargo bench --workspace --bench networks -- --filter nns2/70x58`

use std::process::ExitCode;

use facenet_benches::{Case, Failure, Session, benchmark, labels, noise_pixels};
use facenet_core::kernels::Operations;
use facenet_core::models::ForwardPass;
use facenet_core::prelude::*;
use serde_json::{Value, json};

/// Images of an identity in a training batch.
const PER_IDENTITY: usize = 4;

fn main() -> ExitCode {
    benchmark("networks", |session| {
        let quick = session.options().quick;
        let (inference, training): (&[usize], &[usize]) = match quick {
            true => (&[1], &[8]),
            false => (&[1, 8, 32], &[8, 32]),
        };
        for config in configurations(quick) {
            for &batch in inference {
                forward(session, &config, batch)?;
            }
            for &batch in training {
                train(session, &config, batch)?;
            }
        }
        Ok(())
    })
}

/// Every network at its own input size, and NNS2 at the smaller one that is used where data is small too.
fn configurations(quick: bool) -> Vec<FaceNetConfig> {
    let small = FaceNetConfig::new(Architecture::Nns2).with_input_size([70, 58]);
    let published = Architecture::ALL.map(FaceNetConfig::new);
    match quick {
        true => Architecture::ALL
            .into_iter()
            .filter(|&architecture| architecture != Architecture::Nns2)
            .map(FaceNetConfig::new)
            .chain([small])
            .collect(),
        false => published.into_iter().chain([small]).collect(),
    }
}

fn case(config: &FaceNetConfig, what: &str, batch: usize) -> Case {
    let FaceNetConfig {
        architecture,
        input_size: [height, width],
        ..
    } = config;
    Case::new(format!(
        "{architecture}/{height}x{width}/{what}/batch={batch}"
    ))
    .throughput(batch as f64, "images/s")
}

/// The same work for the peer.
fn request(config: &FaceNetConfig, what: &str, batch: usize) -> Value {
    json!({
        "network": config.architecture.name(),
        "embedding_dim": config.embedding_dim,
        "input": config.input_size,
        "what": what,
        "batch": batch,
        "per_identity": PER_IDENTITY,
    })
}

fn images(config: &FaceNetConfig, batch: usize, device: &Device) -> Tensor<4> {
    let [height, width] = config.input_size;
    pixels_to_tensor(noise_pixels(batch * height * width * 3), config, device)
}

/// Preprocessed images that are on the device already → embeddings, by the folded network.
fn forward(session: &mut Session, config: &FaceNetConfig, batch: usize) -> Result<(), Failure> {
    let case = case(config, "forward", batch).peer(request(config, "forward", batch));
    session.case(case, |device| {
        device.seed(0);
        let network = config.init(device)?.fold();
        let images = images(config, batch, device);
        Ok(move || vec![network.forward(images.clone())])
    })?;
    Ok(())
}

/// Forward, batch-all triplet loss, backward, AdamW; on request also with the operations of Burn's
/// backend, as a multiple of it.
fn train(session: &mut Session, config: &FaceNetConfig, batch: usize) -> Result<(), Failure> {
    let ours = case(config, "train", batch).peer(request(config, "train", batch));
    let name = ours.name().to_owned();
    let seconds = training_step(session, ours, config, batch, Operations::Kernels)?;
    if let (Some(seconds), true) = (seconds, session.options().stock) {
        for (what, operations) in [
            ("train-stock-convolutions", Operations::BurnConvolutions),
            ("train-stock", Operations::Burn),
        ] {
            let case = case(config, what, batch).relative_to(&name, seconds);
            training_step(session, case, config, batch, operations)?;
        }
    }
    Ok(())
}

fn training_step(
    session: &mut Session,
    case: Case,
    config: &FaceNetConfig,
    batch: usize,
    operations: Operations,
) -> Result<Option<f64>, Failure> {
    session.case(case, |device| {
        let device = device.clone().autodiff();
        device.seed(0);
        let mut network = config.init(&device)?;
        let mut optimizer = AdamWConfig::new().init();
        let loss = TripletLossConfig::new()
            .with_mining(Mining::BatchAll)
            .init();
        let images = images(config, batch, &device);
        let labels = Tensor::<1, Int>::from_ints(labels(batch, PER_IDENTITY).as_slice(), &device);
        Ok(move || {
            let pass = ForwardPass::new().with_operations(operations);
            let embeddings = network.forward_with(images.clone(), &pass);
            let output = loss.forward(embeddings, labels.clone());
            let value = output.loss.clone().inner();
            let gradients = GradientsParams::from_grads(output.loss.backward(), &network);
            network = optimizer.step(1e-3, network.clone(), gradients);
            vec![value.unsqueeze()]
        })
    })
}

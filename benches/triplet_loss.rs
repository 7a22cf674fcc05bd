//! The triplet loss with its gradient, beside the two matrix products that it cannot do without.
//!
//! For embeddings E of B rows the distances need E·Eᵀ and the gradient W·E, with a B × B matrix W. The two
//! alone, on the same device and in the same run, are what a loss with free mining would cost.
//!
//! `cargo bench --workspace --bench triplet_loss -- --filter K=40/semi-hard`

use std::process::ExitCode;

use facenet_benches::{Case, Failure, Session, benchmark, clustered_embeddings, labels};
use facenet_core::burn::tensor::TensorData;
use facenet_core::prelude::*;

/// Dimensions of an embedding.
const DIM: usize = 128;
/// Images of an identity: few, and the 40 of FaceNet §3.2.
const PER_IDENTITY: [usize; 2] = [4, 40];
const RULES: [Mining; 6] = [
    Mining::BatchAll,
    Mining::BatchHard,
    Mining::SemiHardBand(Pick::All),
    Mining::NearestFarther,
    Mining::Violators(Pick::All),
    Mining::HardestNegative,
];

fn main() -> ExitCode {
    benchmark("triplet_loss", |session| {
        let batches: &[usize] = match session.options().quick {
            true => &[64],
            false => &[256, 1024],
        };
        for &batch in batches {
            size(session, batch)?;
        }
        Ok(())
    })
}

/// The products of a batch size, then every rule as a multiple of them.
fn size(session: &mut Session, batch: usize) -> Result<(), Failure> {
    let name = format!("B={batch}/D={DIM}/products");
    let case = Case::new(&name).throughput(4.0 * (batch * batch * DIM) as f64 / 1e9, "GFLOP/s");
    let needed = PER_IDENTITY
        .into_iter()
        .flat_map(|k| RULES.map(|rule| loss_name(batch, k, rule)))
        .any(|name| session.options().wants(&name));
    let setup = |device: &Device| Ok(products(batch, device));
    let baseline = match needed {
        true => Some(session.measure(case, setup)?),
        false => session.case(case, setup)?,
    };
    for per_identity in PER_IDENTITY {
        for rule in RULES {
            let case = Case::new(loss_name(batch, per_identity, rule));
            let case = match baseline {
                Some(seconds) => case.relative_to(&name, seconds),
                None => case,
            };
            session.case(case, |device| Ok(loss(batch, per_identity, rule, device)))?;
        }
    }
    Ok(())
}

fn loss_name(batch: usize, per_identity: usize, rule: Mining) -> String {
    format!("B={batch}/D={DIM}/K={per_identity}/{rule}")
}

fn embeddings(labels: &[i32], device: &Device) -> Tensor<2> {
    let data = TensorData::new(clustered_embeddings(labels, DIM), [labels.len(), DIM]);
    Tensor::from_data(data, device)
}

fn products(batch: usize, device: &Device) -> impl FnMut() -> Vec<Tensor<2>> + use<> {
    let embeddings = embeddings(&labels(batch, PER_IDENTITY[0]), device);
    let weights = Tensor::<2>::random([batch, batch], Distribution::Default, device);
    move || {
        let similarities = embeddings.clone().matmul(embeddings.clone().transpose());
        vec![similarities, weights.clone().matmul(embeddings.clone())]
    }
}

fn loss(
    batch: usize,
    per_identity: usize,
    rule: Mining,
    device: &Device,
) -> impl FnMut() -> Vec<Tensor<2>> + use<> {
    let device = device.clone().autodiff();
    let labels = labels(batch, per_identity);
    let embeddings = embeddings(&labels, &device);
    let labels = Tensor::<1, Int>::from_ints(labels.as_slice(), &device);
    let loss = TripletLossConfig::new().with_mining(rule).init();
    move || {
        let leaf = embeddings.clone().require_grad();
        let output = loss.forward(leaf.clone(), labels.clone());
        let value = output.loss.clone().inner().unsqueeze();
        let gradients = output.loss.backward();
        match leaf.grad(&gradients) {
            Some(gradient) => vec![value, gradient],
            None => Vec::new(),
        }
    }
}

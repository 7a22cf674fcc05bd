//! The triplet loss with its gradient, beside the two matrix products that it cannot do without.
//!
//! For embeddings E of B rows the distances need E·Eᵀ and the gradient W·E, with a B × B matrix W. The two
//! alone, on the same device and in the same run, are what a loss with free mining would cost.
//!
//! `cargo bench --workspace --bench triplet_loss -- --filter K=40/semi-hard`

use std::process::ExitCode;

use facenet_benches::{Case, Failure, Options, Session, benchmark, clustered_embeddings, labels};
use facenet_core::burn::tensor::TensorData;
use facenet_core::loss::Route;
use facenet_core::prelude::*;
use serde_json::json;

/// Embeddings in a batch, and their dimensions.
const SIZES: [(usize, usize); 7] = [
    (256, 128),
    (256, 512),
    (1800, 128),
    (1800, 512),
    (4096, 128),
    (4096, 512),
    (16384, 128),
];
/// Only where the filter has it: it would take as long as all of the others.
const LARGEST: (usize, usize) = (16384, 512);
/// Images of an identity: few, and the 40 of FaceNet §3.2.
const PER_IDENTITY: [usize; 2] = [4, 40];
const RULES: [Mining; 8] = [
    Mining::BatchAll,
    Mining::BatchHard,
    Mining::SemiHardBand(Pick::All),
    Mining::SemiHardBand(Pick::Nearest),
    Mining::SemiHardBand(Pick::Random(7)),
    Mining::NearestFarther,
    Mining::Violators(Pick::All),
    Mining::HardestNegative,
];
/// Embeddings up to which each loss is measured composed of tensor operations too.
const COMPOSED: usize = 256;
/// Seconds after which warm-up and timed runs of a case end.
const LIMIT: f64 = 5.0;

fn main() -> ExitCode {
    benchmark("triplet_loss", |session| {
        for (batch, dim) in sizes(session.options()) {
            size(session, batch, dim)?;
        }
        Ok(())
    })
}

fn sizes(options: &Options) -> Vec<(usize, usize)> {
    if options.quick {
        return vec![(64, 128)];
    }
    let mut sizes = SIZES.to_vec();
    let asked = |filter: &String| filter.contains(&size_name(LARGEST.0, LARGEST.1));
    if options.filter.as_ref().is_some_and(asked) {
        sizes.push(LARGEST);
    }
    sizes
}

fn size_name(batch: usize, dim: usize) -> String {
    format!("B={batch}/D={dim}")
}

/// The products of a size, then every loss as a multiple of them.
fn size(session: &mut Session, batch: usize, dim: usize) -> Result<(), Failure> {
    let name = size_name(batch, dim) + "/products";
    let case = Case::new(&name)
        .throughput(4.0 * (batch * batch * dim) as f64 / 1e9, "GFLOP/s")
        .limit(LIMIT)
        .peer(json!({
            "what": "products",
            "batch": batch,
            "dim": dim,
            "per_identity": PER_IDENTITY[0],
        }));
    let losses = losses(batch, dim);
    let needed = losses
        .iter()
        .any(|loss| session.options().wants(&loss.name()));
    let setup = |device: &Device| Ok(products(batch, dim, device));
    let baseline = match needed {
        true => Some(session.measure(case, setup)?),
        false => session.case(case, setup)?,
    };
    for loss in losses {
        let case = loss.case();
        let case = match baseline {
            Some(seconds) => case.relative_to(&name, seconds),
            None => case,
        };
        session.case(case, |device| Ok(loss.run(device)))?;
    }
    Ok(())
}

fn embeddings(labels: &[i32], dim: usize, device: &Device) -> Tensor<2> {
    let data = TensorData::new(clustered_embeddings(labels, dim), [labels.len(), dim]);
    Tensor::from_data(data, device)
}

fn products(batch: usize, dim: usize, device: &Device) -> impl FnMut() -> Vec<Tensor<2>> + use<> {
    let embeddings = embeddings(&labels(batch, PER_IDENTITY[0]), dim, device);
    let weights = Tensor::<2>::random([batch, batch], Distribution::Default, device);
    move || {
        let similarities = embeddings.clone().matmul(embeddings.clone().transpose());
        vec![similarities, weights.clone().matmul(embeddings.clone())]
    }
}

/// A loss on a batch.
struct Loss {
    batch: usize,
    dim: usize,
    per_identity: usize,
    config: TripletLossConfig,
    route: Route,
}

/// Every rule with the hinge, and batch-all, where nothing but the cost differs, with the soft margin; small batches
/// also composed of tensor operations, which the fused operation replaces.
fn losses(batch: usize, dim: usize) -> Vec<Loss> {
    let hinge = RULES.map(|rule| TripletLossConfig::new().with_mining(rule));
    let soft = TripletLossConfig::new()
        .with_mining(Mining::BatchAll)
        .with_margin(Margin::Soft);
    let configs = [hinge.as_slice(), &[soft]].concat();
    let routes: &[Route] = match batch <= COMPOSED {
        true => &[Route::Auto, Route::Composed],
        false => &[Route::Auto],
    };
    let mut losses = Vec::new();
    for per_identity in PER_IDENTITY {
        for config in &configs {
            losses.extend(routes.iter().map(|&route| Loss {
                batch,
                dim,
                per_identity,
                config: config.clone(),
                route,
            }));
        }
    }
    losses
}

impl Loss {
    fn name(&self) -> String {
        let margin = match self.config.margin {
            Margin::Soft => "/soft",
            _ => "",
        };
        let route = match self.route {
            Route::Composed => "/composed",
            _ => "",
        };
        format!(
            "{}/K={}/{}{margin}{route}",
            size_name(self.batch, self.dim),
            self.per_identity,
            self.config.mining
        )
    }

    fn case(&self) -> Case {
        let case = Case::new(self.name()).limit(LIMIT);
        if self.route == Route::Composed {
            return case;
        }
        case.peer(json!({
            "what": "loss",
            "batch": self.batch,
            "dim": self.dim,
            "per_identity": self.per_identity,
            "mining": self.config.mining.to_string(),
            "margin": self.config.margin.to_string(),
        }))
    }

    /// Embeddings that are on the device already → value and gradient.
    fn run(&self, device: &Device) -> impl FnMut() -> Vec<Tensor<2>> + use<> {
        let device = device.clone().autodiff();
        let labels = labels(self.batch, self.per_identity);
        let embeddings = embeddings(&labels, self.dim, &device);
        let labels = Tensor::<1, Int>::from_ints(labels.as_slice(), &device);
        let loss = self.config.init().with_route(self.route);
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
}

//! Retrieval scores and exact nearest neighbors of a set of embeddings in itself.
//!
//! `cargo bench --workspace --bench retrieval -- --filter N=50000 --peer python3`

use std::process::ExitCode;

use facenet_benches::{Case, Failure, Session, benchmark, clustered_embeddings, labels};
use facenet_core::burn::tensor::TensorData;
use facenet_core::metrics::{
    DEFAULT_RECALLS, DistanceKind, IdentificationReport, Neighbors, RetrievalReport,
};
use facenet_core::prelude::*;
use ndarray::Array2;
use serde_json::json;

/// Embeddings in a set, and their dimensions.
const SIZES: [(usize, usize); 3] = [(10_000, 128), (10_000, 512), (50_000, 512)];
/// Images of an identity.
const PER_IDENTITY: usize = 20;
/// Neighbors that are listed.
const LISTED: usize = 10;
/// Seconds after which warm-up and timed runs of a case end.
const LIMIT: f64 = 10.0;
const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

fn main() -> ExitCode {
    benchmark("retrieval", |session| {
        let sizes = match session.options().quick {
            true => vec![(1000, 128)],
            false => SIZES.to_vec(),
        };
        for (faces, dim) in sizes {
            size(session, faces, dim)?;
        }
        Ok(())
    })
}

type Run = fn(&Array2<f32>, &[i32]) -> Result<Vec<f32>, Failure>;

fn size(session: &mut Session, faces: usize, dim: usize) -> Result<(), Failure> {
    let programs: [(&str, Run); 3] = [
        ("scores", scores),
        ("neighbors", neighbors),
        ("identification", identification),
    ];
    for (what, program) in programs {
        let name = format!("N={faces}/D={dim}/{what}");
        let case = Case::new(&name)
            .throughput(faces as f64, "queries/s")
            .limit(LIMIT);
        let case = match what {
            "identification" => case,
            _ => case.peer(json!({
                "what": what,
                "faces": faces,
                "dim": dim,
                "per_identity": PER_IDENTITY,
                "listed": LISTED,
            })),
        };
        session.case(case, |device| {
            let device = device.clone();
            let labels = labels(faces, PER_IDENTITY);
            let embeddings =
                Array2::from_shape_vec((faces, dim), clustered_embeddings(&labels, dim))?;
            Ok(move || {
                // An error gives no result, which the session complains about.
                let values = program(&embeddings, &labels).unwrap_or_default();
                result(values, &device)
            })
        })?;
    }
    Ok(())
}

fn result(values: Vec<f32>, device: &Device) -> Vec<Tensor<2>> {
    match values.len() {
        0 => Vec::new(),
        count => vec![Tensor::from_data(
            TensorData::new(values, [1, count]),
            device,
        )],
    }
}

fn scores(embeddings: &Array2<f32>, labels: &[i32]) -> Result<Vec<f32>, Failure> {
    let report = RetrievalReport::new(embeddings.view(), labels, KIND, &DEFAULT_RECALLS)?;
    let means = [report.r_precision, report.map_at_r, report.mrr];
    Ok(means
        .into_iter()
        .flatten()
        .map(|mean| mean as f32)
        .collect())
}

fn neighbors(embeddings: &Array2<f32>, _labels: &[i32]) -> Result<Vec<f32>, Failure> {
    let near = Neighbors::leave_one_out(embeddings.view(), KIND, LISTED)?;
    Ok(near.iter().flatten().map(|near| near.distance).collect())
}

fn identification(embeddings: &Array2<f32>, labels: &[i32]) -> Result<Vec<f32>, Failure> {
    let report = IdentificationReport::leave_one_out(embeddings.view(), labels, KIND, 10)?;
    Ok(report.cmc.into_iter().map(|rate| rate as f32).collect())
}

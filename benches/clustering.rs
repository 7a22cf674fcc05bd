//! Clustering by every algorithm.
//!
//! `cargo bench --workspace --bench clustering -- --filter N=13000 --peer python3`

use std::process::ExitCode;

use facenet_benches::{Case, Failure, Session, benchmark, gathered_embeddings, labels};
use facenet_core::burn::tensor::TensorData;
use facenet_core::metrics::{Clustering, ClusteringAlgorithm, cluster};
use facenet_core::prelude::*;
use ndarray::Array2;
use serde_json::json;

/// Faces in a set, and the dimensions of their embeddings. 13,000 is about LFW.
const SIZES: [(usize, usize); 3] = [(2000, 128), (13_000, 128), (13_000, 512)];
/// Only where the filter has it: a case takes minutes.
const LARGEST: (usize, usize) = (100_000, 512);
/// Images of an identity.
const PER_IDENTITY: usize = 10;
/// The squared distance up to which faces belong together: that of a positive pair is 0.5, that of a
/// negative one 2.
const THRESHOLD: f64 = 0.8;
/// Seconds after which warm-up and timed runs of a case end.
const LIMIT: f64 = 5.0;

fn main() -> ExitCode {
    benchmark("clustering", |session| {
        let mut sizes = match session.options().quick {
            true => vec![(500, 128)],
            false => SIZES.to_vec(),
        };
        let largest = size_name(LARGEST.0, LARGEST.1);
        let asked = |filter: &String| filter.contains(&largest);
        if session.options().filter.as_ref().is_some_and(asked) {
            sizes = vec![LARGEST];
        }
        for (faces, dim) in sizes {
            size(session, faces, dim)?;
        }
        Ok(())
    })
}

fn size_name(faces: usize, dim: usize) -> String {
    format!("N={faces}/D={dim}")
}

fn size(session: &mut Session, faces: usize, dim: usize) -> Result<(), Failure> {
    let k_means = format!("k-means:{}", faces / 100);
    let names = [
        "average",
        "complete",
        "single",
        &k_means,
        "dbscan",
        "hdbscan",
        "chinese-whispers",
    ];
    // A matrix of distances of 100,000 faces takes 20 GB.
    let names = names
        .iter()
        .filter(|&&name| (faces, dim) != LARGEST || !(name == "average" || name == "complete"));
    for &name in names {
        let algorithm: ClusteringAlgorithm = name.parse()?;
        let clustering = Clustering::new(algorithm).with_threshold(THRESHOLD);
        let case = Case::new(size_name(faces, dim) + "/" + name)
            .throughput(faces as f64, "faces/s")
            .limit(LIMIT)
            .peer(json!({
                "algorithm": name,
                "faces": faces,
                "dim": dim,
                "per_identity": PER_IDENTITY,
                "threshold": THRESHOLD,
                "min_points": clustering.min_points,
                "min_cluster_size": clustering.min_cluster_size,
            }));
        session.case(case, |device| {
            let device = device.clone();
            let labels = labels(faces, PER_IDENTITY);
            let embeddings =
                Array2::from_shape_vec((faces, dim), gathered_embeddings(&labels, dim))?;
            Ok(move || match cluster(embeddings.view(), &clustering) {
                Ok(clusters) => {
                    let of = clusters.with_noise_alone();
                    let of: Vec<f32> = of.into_iter().map(|cluster| cluster as f32).collect();
                    vec![Tensor::from_data(TensorData::new(of, [1, faces]), &device)]
                }
                // The session complains about a run without a result.
                Err(_) => Vec::new(),
            })
        })?;
    }
    Ok(())
}

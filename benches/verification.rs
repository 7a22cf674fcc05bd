//! Verification of all pairs, beside the bare products of the same tiles, and the ten folds of LFW.
//!
//! For N embeddings of D dimensions all pairs need N (N − 1) / 2 products of D terms. The products alone, tile
//! after tile on all threads in the same run, are what an evaluation that neither counts nor sorts would cost.
//!
//! `cargo bench --workspace --bench verification -- --filter N=10000`

use std::process::ExitCode;

use facenet_benches::{Case, Failure, Session, benchmark, clustered_embeddings, labels};
use facenet_core::burn::tensor::TensorData;
use facenet_core::metrics::{AllPairsProtocol, DistanceKind, Folds, LfwProtocol, identity_splits};
use facenet_core::prelude::*;
use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, Axis, s};
use rayon::prelude::*;
use serde_json::json;

/// Embeddings of the set; the largest is half of what each split of the paper's hold-out set has (§4.1).
const SIZES: [usize; 2] = [10_000, 100_000];
/// With `--quick`.
const QUICK: [usize; 1] = [2_000];
const DIM: usize = 128;
/// Images of an identity.
const PER_IDENTITY: usize = 20;
const FARS: [f64; 7] = [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8];
/// Rows and columns of a tile, as `DistanceTiles` cuts them.
const TILE: usize = 256;
/// Pairs of LFW in a fold, the first half of one person.
const FOLD: usize = 600;
const FOLDS: usize = 10;
const LFW_DIM: usize = 512;
/// Seconds after which warm-up and timed runs of a case end.
const LIMIT: f64 = 5.0;

fn main() -> ExitCode {
    benchmark("verification", |session| {
        let sizes = match session.options().quick {
            true => &QUICK[..],
            false => &SIZES[..],
        };
        for &size in sizes {
            all_pairs(session, size)?;
        }
        lfw(session)
    })
}

/// A row of numbers, which the harness looks at.
fn row(numbers: impl IntoIterator<Item = f64>, device: &Device) -> Vec<Tensor<2>> {
    let numbers: Vec<f32> = numbers.into_iter().map(|x| x as f32).collect();
    let shape = [1, numbers.len()];
    vec![Tensor::from_data(TensorData::new(numbers, shape), device)]
}

fn embeddings(labels: &[i32], dim: usize) -> Result<Array2<f32>, Failure> {
    let values = clustered_embeddings(labels, dim);
    Ok(Array2::from_shape_vec((labels.len(), dim), values)?)
}

fn identities(labels: &[i32]) -> Vec<u32> {
    labels.iter().map(|label| label.unsigned_abs()).collect()
}

/// The products of a size, then what is made of them.
fn all_pairs(session: &mut Session, size: usize) -> Result<(), Failure> {
    let name = format!("allpairs/N={size}/D={DIM}");
    let pairs = size as f64 * (size as f64 - 1.0) / 2.0;
    let request = |what: &str| json!({ "what": what, "count": size, "dim": DIM, "per_identity": PER_IDENTITY, "fars": FARS });
    let case = |what: &str| {
        Case::new(format!("{name}/{what}"))
            .throughput(pairs / 1e6, "Mpairs/s")
            .limit(LIMIT)
    };
    let products = case("products").peer(request("products"));
    let evaluations = ["val-at-far", "five-splits"].map(case);
    let setup = |device: &Device| {
        let data = embeddings(&labels(size, PER_IDENTITY), DIM)?;
        let device = device.clone();
        Ok::<_, Failure>(move || row([sum_of_products(&data)], &device))
    };
    let needed = evaluations
        .iter()
        .any(|case| session.options().wants(case.name()));
    let baseline = match needed {
        true => Some(session.measure(products, setup)?),
        false => session.case(products, setup)?,
    };
    let [whole, splits] = evaluations.map(|case| match baseline {
        Some(seconds) => case.relative_to(format!("{name}/products"), seconds),
        None => case,
    });
    let protocol = AllPairsProtocol::new(DistanceKind::SquaredEuclidean).with_fars(FARS);
    session.case(whole.peer(request("val-at-far")), |device| {
        let (labels, device) = (labels(size, PER_IDENTITY), device.clone());
        let (data, labels) = (embeddings(&labels, DIM)?, identities(&labels));
        let protocol = protocol.clone();
        Ok(move || match protocol.evaluate(data.view(), &labels) {
            Ok(report) => row(report.val.iter().map(|val| val.val), &device),
            Err(_) => Vec::new(),
        })
    })?;
    // A fifth of the pairs: those between the splits do not count.
    let splits = splits.throughput(pairs / 5e6, "Mpairs/s");
    session.case(splits, |device| {
        let (labels, device) = (labels(size, PER_IDENTITY), device.clone());
        let (data, labels) = (embeddings(&labels, DIM)?, identities(&labels));
        let parts = identity_splits(&labels, 5, 0)?;
        Ok(
            move || match protocol.evaluate_splits(data.view(), &labels, &parts) {
                Ok(report) => {
                    let means = report.mean.val.iter().filter_map(|val| val.val);
                    row(means.map(|val| val.mean), &device)
                }
                Err(_) => Vec::new(),
            },
        )
    })?;
    Ok(())
}

/// Computes the tiles on and above the diagonal, and adds up a number of each.
fn sum_of_products(data: &Array2<f32>) -> f64 {
    let strips: Vec<usize> = (0..data.nrows()).step_by(TILE).collect();
    strips
        .par_iter()
        .with_max_len(1)
        .map(|&first| {
            let strip = data.slice(s![first..data.nrows().min(first + TILE), ..]);
            let mut tile = Array2::zeros((strip.nrows(), TILE));
            let mut sum = 0.0;
            for columns in data.slice(s![first.., ..]).axis_chunks_iter(Axis(0), TILE) {
                let mut tile = tile.slice_mut(s![.., ..columns.nrows()]);
                general_mat_mul(1.0, &strip, &columns.t(), 0.0, &mut tile);
                sum += f64::from(tile[[0, 0]]);
            }
            sum
        })
        .sum()
}

/// The protocol of LFW from embeddings that are there.
fn lfw(session: &mut Session) -> Result<(), Failure> {
    let pairs = FOLD * FOLDS;
    let case = Case::new(format!("lfw/pairs={pairs}/D={LFW_DIM}"))
        .throughput(pairs as f64 / 1e3, "kpairs/s")
        .limit(LIMIT)
        .peer(json!({ "what": "lfw", "fold": FOLD, "folds": FOLDS, "dim": LFW_DIM }));
    session.case(case, |device| {
        // Each pair has an identity of its own, and a second one where it is an impostor pair.
        let same: Vec<bool> = (0..pairs).map(|pair| pair % FOLD < FOLD / 2).collect();
        let left: Vec<i32> = (0..pairs as i32).collect();
        let right = (0..pairs).map(|pair| {
            let second = if same[pair] { pair } else { pair + pairs };
            second as i32
        });
        let both: Vec<i32> = left.into_iter().chain(right).collect();
        let data = embeddings(&both, LFW_DIM)?;
        let protocol = LfwProtocol::new(Folds::equal(FOLDS, FOLD)?);
        let device = device.clone();
        Ok(move || {
            let (left, right) = data.view().split_at(Axis(0), pairs);
            match protocol.evaluate(left, right, &same) {
                Ok(report) => row(report.accuracy.per_fold, &device),
                Err(_) => Vec::new(),
            }
        })
    })?;
    Ok(())
}

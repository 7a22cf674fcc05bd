//! Groups faces by person.
//!
//! `cargo run --release --example cluster -- --model inception-resnet-v1 --weights FILE --images DIR`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use facenet_core::eval::NamedEmbeddings;
use facenet_core::metrics::{
    Clustering, ClusteringAlgorithm, ClusteringScores, Clusters, DistanceKind, cluster,
    sweep_thresholds, threshold_grid,
};
use facenet_core::prelude::*;
use facenet_examples::{Failure, NetworkArguments, counted, run, say, with_bar, write_sheet};
use serde::Serialize;

/// Groups faces by person. Where the faces lie in folders by person, the groups are compared with these.
#[derive(Parser)]
struct Arguments {
    /// Array that `embed` wrote, in place of a network
    #[arg(long, value_name = "FILE.npy")]
    embeddings: Option<PathBuf>,
    /// Names of the embeddings, a line each; by default the same name with .txt, where it is there
    #[arg(long, value_name = "FILE", requires = "embeddings")]
    names: Option<PathBuf>,
    /// Folder of face crops; images in its folders are taken too. With --embeddings, the folder that the
    /// names are in
    #[arg(long, value_name = "DIR", required_unless_present = "embeddings")]
    images: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArguments,
    /// average, complete, single, k-means:K, dbscan, hdbscan, chinese-whispers
    #[arg(long, value_name = "NAME", default_value = "average")]
    algorithm: ClusteringAlgorithm,
    /// Squared distance below which faces belong together, where the algorithm has a threshold [default: 1.0]
    #[arg(long, value_name = "DISTANCE", conflicts_with = "sweep")]
    threshold: Option<f64>,
    /// Takes the threshold that suits the folders of the faces best, to be used for other people
    #[arg(long)]
    sweep: bool,
    /// Writes groups and scores to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draws the groups, a row each, the largest first; needs --images
    #[arg(long, value_name = "FILE.png", requires = "images")]
    sheet: Option<PathBuf>,
}

/// Faces between two movements of the progress bar.
const BATCH: usize = 32;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let faces = faces(&arguments)?;
        arguments.network.products(|| group(&arguments, &faces))
    })
}

fn group(arguments: &Arguments, faces: &NamedEmbeddings) -> Result<(), Failure> {
    let labels = faces.labels(&mut BTreeMap::new());
    let mut clustering = Clustering::new(arguments.algorithm);
    clustering.threshold = arguments.threshold;
    if arguments.sweep {
        clustering.threshold = Some(swept(faces, labels.as_deref(), &clustering)?);
    }
    let clusters = cluster(faces.array(), &clustering)?;
    // The largest first.
    let mut groups = clusters.members();
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let scores = labels.map(|labels| clusters.scores(&labels)).transpose()?;
    print(&clusters, &clustering, &sizes, scores.as_ref());
    if let Some(path) = &arguments.json {
        let named = |group: &Vec<usize>| -> Vec<String> {
            group.iter().map(|&face| faces.name(face)).collect()
        };
        let report = Report {
            clustering: &clustering,
            groups: groups.iter().map(named).collect(),
            noise: unplaced(&clusters).map(|face| faces.name(face)).collect(),
            scores,
        };
        let json = serde_json::to_vec_pretty(&report)?;
        std::fs::write(path, json).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    if let (Some(sheet), Some(folder)) = (&arguments.sheet, &arguments.images) {
        draw(sheet, faces, folder, &groups)?;
    }
    Ok(())
}

/// What `--json` writes.
#[derive(Serialize)]
struct Report<'a> {
    clustering: &'a Clustering,
    groups: Vec<Vec<String>>,
    noise: Vec<String>,
    scores: Option<ClusteringScores>,
}

fn faces(arguments: &Arguments) -> Result<NamedEmbeddings, Failure> {
    match (&arguments.embeddings, &arguments.images) {
        (Some(file), _) => Ok(NamedEmbeddings::read(file, arguments.names.as_deref())?),
        (None, Some(folder)) => {
            let device = arguments.network.device()?;
            let embedder = Embedder::from_checkpoint(arguments.network.open(&device)?, &device);
            Ok(with_bar("embedding", |progress| {
                NamedEmbeddings::from_folder(folder, &embedder, BATCH, progress)
            })?)
        }
        (None, None) => Err("expected --embeddings or --images".into()),
    }
}

fn swept(
    faces: &NamedEmbeddings,
    labels: Option<&[u32]>,
    clustering: &Clustering,
) -> Result<f64, Failure> {
    let labels = labels.ok_or("--sweep: expected faces in folders by person")?;
    let grid = threshold_grid(DistanceKind::SquaredEuclidean, 79);
    let sweep = sweep_thresholds(faces.array(), labels, clustering, &grid)?;
    let best = sweep
        .best()
        .ok_or("--sweep: expected a person with two faces")?;
    Ok(best.threshold)
}

fn print(
    clusters: &Clusters,
    clustering: &Clustering,
    sizes: &[usize],
    scores: Option<&ClusteringScores>,
) {
    let at = match clustering.algorithm.has_threshold() {
        true => format!(" at {:.2}", clustering.threshold()),
        false => String::new(),
    };
    say!(
        "{} faces in {} groups by {}{at}, {} in none.",
        counted(clusters.len()),
        counted(clusters.count()),
        clustering.algorithm,
        counted(clusters.noise())
    );
    let largest: Vec<String> = sizes.iter().take(20).map(usize::to_string).collect();
    let more = if sizes.len() > largest.len() {
        ", …"
    } else {
        ""
    };
    say!("Sizes: {}{more}", largest.join(", "));
    let Some(scores) = scores else { return };
    say!("Against {} folders:", counted(scores.identities));
    let rate = |rate: Option<f64>| rate.map_or("-".to_owned(), |rate| format!("{rate:.4}"));
    for (name, of) in [("pairwise", &scores.pairwise), ("B-cubed", &scores.b_cubed)] {
        let (precision, recall) = (rate(of.precision), rate(of.recall));
        say!(
            "{name:10} precision {precision}, recall {recall}, F {}",
            rate(of.f)
        );
    }
    let (nmi, ami, ari) = (rate(scores.nmi), rate(scores.ami), rate(scores.ari));
    say!("NMI {nmi}, AMI {ami}, ARI {ari}");
}

fn unplaced(clusters: &Clusters) -> impl Iterator<Item = usize> {
    let of = clusters.assignment().iter().enumerate();
    of.filter(|(_, cluster)| cluster.is_none())
        .map(|(face, _)| face)
}

fn draw(
    sheet: &Path,
    faces: &NamedEmbeddings,
    folder: &Path,
    groups: &[Vec<usize>],
) -> Result<(), Failure> {
    if faces.names().is_empty() {
        return Err("--sheet: expected names, which say where the images are".into());
    }
    let paths: Vec<Vec<PathBuf>> = groups
        .iter()
        .map(|group| {
            group
                .iter()
                .map(|&face| folder.join(&faces.names()[face]))
                .collect()
        })
        .collect();
    write_sheet(sheet, &paths)?;
    say!("Drawn: {}", sheet.display());
    Ok(())
}

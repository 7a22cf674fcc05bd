//! Looks faces up in a gallery of people.
//!
//! `cargo run --release --example identify -- --model inception-resnet-v1 --weights FILE --gallery DIR --probes DIR`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use facenet_core::eval::NamedEmbeddings;
use facenet_core::metrics::{
    DEFAULT_FPIRS, DistanceKind, Enrollment, IdentificationReport, Neighbors, OpenSetReport,
    Templates,
};
use facenet_core::prelude::*;
use facenet_examples::{Failure, NetworkArguments, counted, run, say, with_bar};
use serde::Serialize;

/// Looks faces up in a gallery of people, and where both lie in folders by person says how well that goes.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// Known faces: a folder with a folder for each person, or an array that `embed` wrote of one
    #[arg(long, value_name = "DIR|FILE.npy")]
    gallery: PathBuf,
    /// Faces to look up, as the gallery; without them, each face of the gallery among the others
    #[arg(long, value_name = "DIR|FILE.npy")]
    probes: Option<PathBuf>,
    /// What a person with several faces is enrolled as: best (all of them), mean (their mean)
    #[arg(long, value_name = "NAME", default_value_t)]
    enrollment: Enrollment,
    /// Squared distance below which a face is of somebody in the gallery
    #[arg(long, value_name = "DISTANCE")]
    threshold: Option<f32>,
    /// Nearest faces of the gallery that are told
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    top: u16,
    /// Faces whose matches are printed; --json has all
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
    /// Writes all matches and the reports to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Ranks of the CMC.
const RANKS: usize = 10;
/// Faces between two movements of the progress bar.
const BATCH: usize = 32;
const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let mut source = Source::new(&arguments.network);
        let gallery = source.faces(&arguments.gallery)?;
        let probes = match &arguments.probes {
            Some(probes) => Some(source.faces(probes)?),
            None => None,
        };
        let network = &arguments.network;
        network.products(|| look_up(&arguments, &gallery, probes.as_ref()))
    })
}

fn look_up(
    arguments: &Arguments,
    gallery: &NamedEmbeddings,
    probes: Option<&NamedEmbeddings>,
) -> Result<(), Failure> {
    let mut report = matches(arguments, gallery, probes)?;
    for found in report.matches.iter().take(arguments.show) {
        print(found);
    }
    let hidden = report.matches.len().saturating_sub(arguments.show);
    if hidden > 0 {
        say!("… and {} more", counted(hidden));
    }
    evaluate(arguments, gallery, probes, &mut report)?;
    if let Some(path) = &arguments.json {
        let json = serde_json::to_vec_pretty(&report)?;
        std::fs::write(path, json).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// What `--json` writes.
#[derive(Default, Serialize)]
struct Report {
    matches: Vec<Found>,
    closed_set: Option<IdentificationReport>,
    open_set: Option<OpenSetReport>,
}

/// A face with the nearest of the gallery, nearest first.
#[derive(Serialize)]
struct Found {
    face: String,
    known: bool,
    nearest: Vec<(String, f32)>,
}

/// Opens the network once, and only where a folder has to be embedded.
struct Source<'a> {
    network: &'a NetworkArguments,
    embedder: Option<Embedder>,
}

impl<'a> Source<'a> {
    fn new(network: &'a NetworkArguments) -> Self {
        Self {
            network,
            embedder: None,
        }
    }

    fn faces(&mut self, path: &Path) -> Result<NamedEmbeddings, Failure> {
        if path.extension().is_some_and(|ending| ending == "npy") {
            return Ok(NamedEmbeddings::read(path, None)?);
        }
        let embedder = match self.embedder.take() {
            Some(embedder) => embedder,
            None => {
                let device = self.network.device()?;
                Embedder::from_checkpoint(self.network.open(&device)?, &device)
            }
        };
        let embedder = self.embedder.insert(embedder);
        Ok(with_bar("embedding", |progress| {
            NamedEmbeddings::from_folder(path, embedder, BATCH, progress)
        })?)
    }
}

fn matches(
    arguments: &Arguments,
    gallery: &NamedEmbeddings,
    probes: Option<&NamedEmbeddings>,
) -> Result<Report, Failure> {
    let top = usize::from(arguments.top);
    let known = gallery.people();
    let (near, known) = match (probes, arguments.enrollment) {
        (None, _) => {
            let embeddings = gallery.array();
            (Neighbors::leave_one_out(embeddings, KIND, top)?, known)
        }
        (Some(probes), Enrollment::Mean) => {
            let mut numbers = BTreeMap::new();
            let labels = gallery
                .labels(&mut numbers)
                .ok_or("--enrollment mean: expected a gallery with a folder for each person")?;
            let templates = Templates::of_identities(gallery.array(), &labels)?;
            let names: BTreeMap<u32, String> = numbers
                .into_iter()
                .map(|(name, number)| (number, name))
                .collect();
            let known = templates.ids().iter().map(|id| names[id].clone()).collect();
            let (probes, templates) = (probes.array(), templates.embeddings());
            (
                Neighbors::probe_gallery(probes, templates, KIND, top)?,
                known,
            )
        }
        (Some(probes), _) => {
            let (probes, gallery) = (probes.array(), gallery.array());
            (Neighbors::probe_gallery(probes, gallery, KIND, top)?, known)
        }
    };
    let asked = probes.unwrap_or(gallery);
    let matches = near
        .iter()
        .enumerate()
        .map(|(face, list)| Found {
            face: asked.name(face),
            known: list
                .first()
                .is_some_and(|near| arguments.threshold.is_none_or(|t| near.distance < t)),
            nearest: list
                .iter()
                .map(|near| (known[near.index as usize].clone(), near.distance))
                .collect(),
        })
        .collect();
    Ok(Report {
        matches,
        ..Report::default()
    })
}

fn print(found: &Found) {
    let list: Vec<String> = found
        .nearest
        .iter()
        .map(|(name, distance)| format!("{name} {distance:.3}"))
        .collect();
    let stranger = if found.known { "" } else { "nobody; nearest " };
    say!("{}: {stranger}{}", found.face, list.join(", "));
}

/// Rates, where all people are known.
fn evaluate(
    arguments: &Arguments,
    gallery: &NamedEmbeddings,
    probes: Option<&NamedEmbeddings>,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut numbers = BTreeMap::new();
    let Some(gallery_labels) = gallery.labels(&mut numbers) else {
        return Ok(());
    };
    let known = (gallery.array(), &gallery_labels[..]);
    let closed = match probes {
        None => IdentificationReport::leave_one_out(known.0, known.1, KIND, RANKS)?,
        Some(probes) => {
            let Some(labels) = probes.labels(&mut numbers) else {
                return Ok(());
            };
            let asked = (probes.array(), &labels[..]);
            let enrollment = arguments.enrollment;
            let open = OpenSetReport::new(asked, known, KIND, enrollment, &DEFAULT_FPIRS)?;
            report.open_set = Some(open);
            IdentificationReport::enrolled(asked, known, KIND, enrollment, RANKS)?
        }
    };
    say!(
        "{} faces of {} people in the gallery: {}; {} of nobody in it",
        counted(closed.mated_probes),
        counted(closed.gallery_identities),
        match (closed.rate(1), closed.rate(5)) {
            (Some(first), Some(fifth)) => format!("rank 1 {first:.4}, rank 5 {fifth:.4}"),
            _ => "no rates".to_owned(),
        },
        counted(closed.nonmated_probes)
    );
    for dir in report.open_set.iter().flat_map(|open| &open.dir) {
        say!(
            "DIR at FPIR {:.0e}: {:.4}{}{}",
            dir.fpir_target,
            dir.dir,
            dir.threshold
                .map_or(String::new(), |t| format!(", squared distance {t:.3}")),
            if dir.below_resolution {
                " (too few strangers to tell)"
            } else {
                ""
            }
        );
    }
    report.closed_set = Some(closed);
    Ok(())
}

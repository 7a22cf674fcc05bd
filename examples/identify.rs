//! Looks faces up in a gallery of people.
//!
//! `cargo run --release --example identify -- --model inception-resnet-v1 --weights FILE --gallery DIR --probes DIR`

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use facenet_core::eval::{IdentificationConfig, NamedEmbeddings};
use facenet_core::metrics::Enrollment;
use facenet_core::prelude::*;
use facenet_examples::{Failure, NetworkArguments, ask_for_threshold, counted, run, say, with_bar};

/// Says who is on photographs of faces, by a gallery of known people. Without photographs, looks up the faces of
/// a folder (--probes) or of the gallery itself, and where they lie in folders by person says how well that goes.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// Known faces: a folder with a folder for each person, or an array that `embed` wrote of one
    #[arg(long, value_name = "DIR|FILE.npy")]
    gallery: PathBuf,
    /// Faces to look up, as the gallery; without them, each face of the gallery among the others
    #[arg(long, value_name = "DIR|FILE.npy", conflicts_with = "photographs")]
    probes: Option<PathBuf>,
    /// What a person with several faces is enrolled as: best (all of them), mean (their mean)
    #[arg(long, value_name = "NAME", default_value_t)]
    enrollment: Enrollment,
    /// Squared distance below which a face is of somebody in the gallery; for photographs, by default that of
    /// the network
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
    /// Photographs of one face each, to be named
    #[arg(value_name = "PHOTOGRAPH", conflicts_with_all = ["enrollment", "top", "show", "json"])]
    photographs: Vec<PathBuf>,
}

/// Faces between two movements of the progress bar.
const BATCH: usize = 32;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let mut source = Source {
            arguments: &arguments,
            facenet: None,
        };
        let gallery = source.faces(&arguments.gallery)?;
        if !arguments.photographs.is_empty() {
            return arguments.name(source.facenet()?, gallery);
        }
        let probes = match &arguments.probes {
            Some(probes) => Some(source.faces(probes)?),
            None => None,
        };
        let network = &arguments.network;
        network.products(|| arguments.measure(&gallery, probes.as_ref()))
    })
}

impl Arguments {
    /// Says who is on each photograph.
    fn name(&self, facenet: &Recognizer, gallery: NamedEmbeddings) -> Result<(), Failure> {
        let gallery = Gallery::from_embeddings(gallery.people(), gallery.into_array());
        for path in &self.photographs {
            let found = facenet.identify(&gallery, &open_image(path)?);
            let found = found.map_err(ask_for_threshold)?;
            let path = path.display();
            match found {
                Some(found) if found.verdict.same => {
                    say!("{path}: {}, {}", found.name, found.verdict)
                }
                Some(nearest) => say!(
                    "{path}: nobody; nearest {}, {}",
                    nearest.name,
                    nearest.verdict
                ),
                None => say!("{path}: nobody; the gallery is empty"),
            }
        }
        Ok(())
    }

    /// Looks all faces up, and tells how well that goes.
    fn measure(
        &self,
        gallery: &NamedEmbeddings,
        probes: Option<&NamedEmbeddings>,
    ) -> Result<(), Failure> {
        let mut config = IdentificationConfig::new()
            .with_enrollment(self.enrollment)
            .with_top(self.top.into());
        if let Some(threshold) = self.threshold {
            config = config.with_threshold(threshold);
        }
        let found = config.init(gallery, probes)?;
        for face in found.matches.iter().take(self.show) {
            say!("{face}");
        }
        let hidden = found.matches.len().saturating_sub(self.show);
        if hidden > 0 {
            say!("… and {} more", counted(hidden));
        }
        if found.closed_set.is_some() {
            say!("{found}");
        }
        if let Some(path) = &self.json {
            let json = serde_json::to_vec_pretty(&found)?;
            std::fs::write(path, json).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    }
}

/// Opens the network once, and only where something has to be embedded.
struct Source<'a> {
    arguments: &'a Arguments,
    facenet: Option<Recognizer>,
}

impl Source<'_> {
    fn facenet(&mut self) -> Result<&Recognizer, Failure> {
        let facenet = match self.facenet.take() {
            Some(facenet) => facenet,
            None => self
                .arguments
                .network
                .recognizer(self.arguments.threshold)?,
        };
        Ok(self.facenet.insert(facenet))
    }

    fn faces(&mut self, path: &Path) -> Result<NamedEmbeddings, Failure> {
        if path.extension().is_some_and(|ending| ending == "npy") {
            return Ok(NamedEmbeddings::read(path, None)?);
        }
        let embedder = self.facenet()?.embedder();
        Ok(with_bar("embedding", |progress| {
            NamedEmbeddings::from_folder(path, embedder, BATCH, progress)
        })?)
    }
}

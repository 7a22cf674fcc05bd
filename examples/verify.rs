//! Says whether two photographs show one person.
//!
//! `cargo run --release --example verify -- --weights runs/quickstart/network.bpk A.jpg B.jpg`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use facenet_core::Error;
use facenet_core::eval::{calibration_beside, load_calibration};
use facenet_core::prelude::*;
use facenet_examples::{Failure, NetworkArguments, run, say};

/// Says whether two face crops show one person.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// Squared distance below which two faces are one person; by default that of the weight
    /// file
    #[arg(long, value_parser = squared_distance)]
    threshold: Option<f32>,
    /// First face
    first: PathBuf,
    /// Second face
    second: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let device = arguments.network.device()?;
        let mut facenet = Recognizer::from_checkpoint(arguments.network.open(&device)?, &device);
        let beside = arguments.network.weights.as_deref().map(calibration_beside);
        if let Some(path) = beside.filter(|path| path.exists()) {
            facenet = facenet.with_calibration(load_calibration(&path)?)?;
        }
        if let Some(threshold) = arguments.threshold {
            facenet = facenet.with_threshold(threshold);
        }
        let (first, second) = (
            open_image(&arguments.first)?,
            open_image(&arguments.second)?,
        );
        let verdict = facenet
            .verify(&first, &second)
            .map_err(|error| match error {
                Error::NoThreshold => Failure::from(format!("{error}: --threshold DISTANCE")),
                error => error.into(),
            })?;
        say!("{verdict}");
        Ok(())
    })
}

fn squared_distance(text: &str) -> Result<f32, String> {
    let value = text
        .parse()
        .ok()
        .filter(|value| (0.0..=4.0).contains(value));
    value.ok_or_else(|| "expected a squared distance, 0 to 4".to_owned())
}

//! Says whether two photographs show one person.
//!
//! `cargo run --release --example verify -- --weights runs/quickstart/network.bpk A.jpg B.jpg`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use facenet_core::prelude::*;
use facenet_examples::{NetworkArguments, ask_for_threshold, run, say, squared_distance};

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
        let facenet = arguments.network.recognizer(arguments.threshold)?;
        let (first, second) = (
            open_image(&arguments.first)?,
            open_image(&arguments.second)?,
        );
        let verdict = facenet.verify(&first, &second).map_err(ask_for_threshold)?;
        say!("{verdict}");
        Ok(())
    })
}

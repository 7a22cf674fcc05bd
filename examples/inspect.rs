//! What a set of faces holds: how many of whom, how large, what cannot be read, what is there
//! twice.
//!
//! `cargo run --release --example inspect -- DIR --sheet duplicates.png`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use facenet_core::data::{DecodeLimits, InspectConfig, inspect, open_faces};
use facenet_core::prelude::*;
use facenet_examples::{Failure, bar, run, say};

/// Looks at every image of a data set.
#[derive(Parser)]
struct Arguments {
    /// Folder with a folder for each identity, table (.csv) with path and identity, or pack of MXNet records
    /// (.rec)
    faces: PathBuf,
    /// Bits of 256 in which the perceptual hashes of near duplicates may differ, 0 to 31
    #[arg(long, value_name = "BITS", default_value_t = InspectConfig::default().near)]
    near: u32,
    /// Most pixels of an image; a larger one is told as unreadable
    #[arg(long, value_name = "N", default_value_t = DecodeLimits::default().max_pixels)]
    max_pixels: u64,
    /// Writes all that was found to FILE
    #[arg(long, value_name = "FILE.json")]
    json: Option<PathBuf>,
    /// Writes a contact sheet of the duplicates to FILE, a row for each group
    #[arg(long, value_name = "FILE.png")]
    sheet: Option<PathBuf>,
    /// Rows of the contact sheet at most
    #[arg(long, value_name = "N", default_value_t = 40)]
    rows: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let failed = |path: &PathBuf, e: &dyn std::fmt::Display| -> Failure {
            format!("{}: {e}", path.display()).into()
        };
        let limits = DecodeLimits::default().with_max_pixels(arguments.max_pixels);
        let options = FaceFolderConfig::new().with_limits(limits);
        let faces = open_faces(&arguments.faces, &options)?.faces;
        let bar = bar("inspecting", faces.len());
        let options = InspectConfig::default().with_near(arguments.near);
        let found = inspect(&faces, &options, |_| bar.inc(1))?;
        bar.finish_and_clear();
        say!("{}", found.to_string().trim_end());
        if let Some(path) = &arguments.json {
            let json = serde_json::to_vec_pretty(&found)?;
            std::fs::write(path, json).map_err(|e| failed(path, &e))?;
        }
        if let Some(path) = &arguments.sheet {
            let sheet = found.sheet(&faces, arguments.rows)?.draw();
            sheet.save(path).map_err(|e| failed(path, &e))?;
        }
        Ok(())
    })
}

//! Evaluates weights on Labeled Faces in the Wild.
//!
//! `cargo run --release --example evaluate -- --model inception-resnet-v1 --weights FILE --lfw DIR --boxes CSV`

use std::borrow::Cow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use facenet_core::prelude::*;
use facenet_core::train::LfwOptions;
use facenet_examples::{Figures, NetworkArguments, embed_all, open_lfw, print_figures, run, say};

/// Evaluates weights on Labeled Faces in the Wild: accuracy over the folds, VAL at FAR, AUC.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    network: NetworkArguments,
    /// Folder of Labeled Faces in the Wild: name/name_0001.jpg in it or in its folder `images`
    #[arg(long, value_name = "DIR")]
    lfw: PathBuf,
    /// List of the pairs; by default pairs.txt in the folder
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
    /// Face boxes: CSV with file,x1,y1,x2,y2; without it, the middle of the image is taken
    #[arg(long, value_name = "CSV")]
    boxes: Option<PathBuf>,
    /// Pixels that a box grows by, half of it on each side
    #[arg(long, requires = "boxes", default_value_t = 32.0)]
    margin: f32,
    /// Embed each face together with its mirror image
    #[arg(long)]
    flip: bool,
    /// Writes the report to FILE
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Faces between two movements of the progress bar.
const BATCH: usize = 64;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    run(|| {
        let device = arguments.network.device()?;
        let checkpoint = arguments.network.open(&device)?;
        let mut options = LfwOptions::new(&arguments.lfw).with_margin(arguments.margin);
        if let Some(pairs) = &arguments.pairs {
            options = options.with_pairs(pairs);
        }
        if let Some(boxes) = &arguments.boxes {
            options = options.with_boxes(boxes);
        }
        let lfw = open_lfw(&options, checkpoint.config.input_size)?;
        let embedder = Embedder::of(checkpoint, &device).with_flip(arguments.flip);
        let started = Instant::now();
        let faces = lfw.faces();
        let embeddings = embed_all(&embedder, faces.len(), BATCH, |range| {
            Ok(Cow::Borrowed(&faces[range]))
        })?;
        let rate = lfw.faces().len() as f64 / started.elapsed().as_secs_f64();
        let report = lfw.evaluate_embeddings(embeddings.view())?;
        let accuracy = &report.accuracy;
        let mut rows: Vec<Figures> = vec![
            ("accuracy", vec![Some(accuracy.mean)]),
            ("    standard error", vec![Some(accuracy.sem)]),
            ("AUC", vec![report.auc]),
            ("EER (lower is better)", vec![report.eer]),
        ];
        if let Some(val) = report.val.first() {
            rows.push(("VAL at FAR 1e-3", vec![val.mean]));
        }
        print_figures(&[embedder.config().architecture.name()], &rows);
        let thresholds = &accuracy.thresholds;
        let mean = thresholds.iter().sum::<f64>() / thresholds.len().max(1) as f64;
        say!("Threshold, mean over the folds: {mean:.3} (squared distance).");
        say!("{rate:.1} faces a second on {}.", arguments.network.device);
        if let Some(path) = &arguments.json {
            let json = serde_json::to_vec_pretty(&report)?;
            std::fs::write(path, json).map_err(|e| format!("{}: {e}", path.display()))?;
        }
        Ok(())
    })
}

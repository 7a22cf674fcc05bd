//! Trains a small FaceNet on rendered people and shows what it makes of people it has never seen.
//!
//! `cargo run --release --example quickstart`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use facenet_core::data::{AugmentConfig, DataError, DecodedFaces};
use facenet_core::eval::{HoldOut, HoldOutReport};
use facenet_core::metrics::plot::RocPlot;
use facenet_core::prelude::*;
use facenet_core::synthetic::SyntheticFacesConfig;
use facenet_core::train::{
    OptimizerConfig, RunFolder, TrainOutcome, cluster_sheet, training_curve,
};
use facenet_examples::{Failure, TrainingProgress, bar, counted, run, say, stop_on_ctrl_c};
use serde::Serialize;

/// Height and width of a face: half of NNS2's 140 × 116, so that a CPU trains it in minutes.
const SIZE: [usize; 2] = [70, 58];

/// Trains a small FaceNet on rendered people and tests it on others.
#[derive(Parser)]
struct Arguments {
    /// People to train on
    #[arg(long, default_value_t = 400)]
    people: usize,
    /// People to test on; as many again choose the thresholds
    #[arg(long, default_value_t = 60)]
    unseen: usize,
    /// Photographs of each person
    #[arg(long, default_value_t = 20)]
    photographs: usize,
    /// Passes over the people
    #[arg(long, default_value_t = 30)]
    epochs: usize,
    /// Device: flex (the CPU), and with their features wgpu, vulkan, metal, webgpu, cuda, rocm
    #[arg(long, default_value = "flex")]
    device: DeviceName,
    /// Seed of people, photographs, weights and batches
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run folder; numbered where it is taken
    #[arg(long, default_value = "runs/quickstart")]
    run: PathBuf,
}

/// What is written to `metrics.json`.
#[derive(Serialize)]
struct Metrics<'a> {
    untrained: &'a HoldOutReport,
    pixels: &'a HoldOutReport,
    trained: &'a HoldOutReport,
}

fn main() -> ExitCode {
    run(|| quickstart(&Arguments::parse()))
}

fn quickstart(arguments: &Arguments) -> Result<(), Failure> {
    let device = arguments.device.open()?;
    let stop = stop_on_ctrl_c()?;
    let folder = RunFolder::unused(&arguments.run)?;
    let config = configuration(arguments);

    let (people, unseen) = (arguments.people, arguments.unseen);
    say!(
        "Rendering {} photographs of {people} people to train on, and {} of {} others.",
        counted(people * arguments.photographs),
        counted(2 * unseen * arguments.photographs),
        2 * unseen
    );
    let training = Arc::new(render(arguments, 0, people)?);
    let unseen = HoldOut {
        validation: render(arguments, people, unseen)?,
        test: render(arguments, people + unseen, unseen)?,
    };

    let mut trainer = config.init(training, &folder, &device)?;
    say!(
        "Training {} ({}) on {}: {} steps, run folder {}.",
        trainer.config().model.architecture,
        describe(&trainer.config().model, &device)?,
        arguments.device,
        trainer.steps(),
        folder.display()
    );
    let untrained = unseen.evaluate(&trainer.embedder())?;
    let mut progress = TrainingProgress::new(stop);
    let outcome = trainer.train(&mut progress, &mut |embedder| {
        let evaluation = unseen.evaluate(embedder)?;
        let accuracy = evaluation.accuracy.map(|value| ("accuracy", value));
        let rank1 = evaluation.identification.rate(1);
        let rank1 = rank1.map(|value| ("rank-1", value));
        let values = accuracy.into_iter().chain(rank1);
        Ok(values
            .map(|(name, value)| (name.to_owned(), value))
            .collect::<BTreeMap<_, _>>())
    })?;
    drop(progress);
    if outcome == TrainOutcome::Stopped {
        say!("Stopped; the checkpoint is in {}.", folder.display());
        return Ok(());
    }

    let trained = unseen.evaluate(&trainer.embedder())?;
    // A quarter of the size: fewer pixels forgive a shifted face more, which helps the baseline.
    let pixels = unseen.evaluate_pixels(SIZE.map(|side| side / 4))?;
    trainer.save_network(trained.threshold.map(|threshold| threshold as f32))?;
    let columns = [
        ("untrained", &untrained),
        ("raw pixels", &pixels),
        ("trained", &trained),
    ];
    print_report(&unseen.test, &columns);
    trainer.run().write_json(
        "metrics.json",
        &Metrics {
            untrained: &untrained,
            pixels: &pixels,
            trained: &trained,
        },
    )?;
    draw(&trainer, &unseen.test, &columns, &folder)
}

fn configuration(arguments: &Arguments) -> TrainConfig {
    let model = FaceNetConfig::new(Architecture::Nns2).with_input_size(SIZE);
    let sampler = PkSamplerConfig::new(arguments.people.clamp(2, 24), 5).with_seed(arguments.seed);
    TrainConfig::new(model, sampler)
        .with_epochs(arguments.epochs)
        .with_seed(arguments.seed)
        // The photographs vary by themselves.
        .with_augment(AugmentConfig::none().with_flip(0.5))
        // All triplets and a high rate: what gets farthest in the few hundred steps that a CPU makes in
        // minutes. Semi-hard mining, the default, needs more of them.
        .with_loss(TripletLossConfig::new().with_mining(Mining::BatchAll))
        .with_optimizer(OptimizerConfig::default().with_learning_rate(1e-2))
}

/// Renders people `first..first + people` of the population.
fn render(arguments: &Arguments, first: usize, people: usize) -> Result<DecodedFaces, DataError> {
    let [height, width] = SIZE.map(|side| side as u32);
    let faces = SyntheticFacesConfig::new(people, arguments.photographs)
        .with_size(height, width)
        .with_seed(arguments.seed)
        .with_first_identity(first as u64)
        .init()?;
    let bar = bar("rendering", faces.len());
    let rendered = DecodedFaces::new(&faces, |face, _| Ok(face), |_| bar.inc(1));
    bar.finish_and_clear();
    rendered
}

fn describe(config: &FaceNetConfig, device: &Device) -> Result<String, Failure> {
    let [height, width] = config.input_size;
    let parameters = config.summary(device)?.parameters as f64 / 1e6;
    Ok(format!(
        "{height} x {width} pixels, {parameters:.1} M parameters"
    ))
}

fn print_report(test: &DecodedFaces, columns: &[(&str, &HoldOutReport)]) {
    let pairs = &columns[0].1.verification;
    say!(
        "\n{} photographs of {} people never seen in training, all {} pairs ({} genuine):\n",
        counted(test.len()),
        test.identities().len(),
        counted(pairs.genuine + pairs.impostor),
        counted(pairs.genuine)
    );
    say!("{}", HoldOutReport::table(columns));
}

fn draw(
    trainer: &Trainer,
    test: &DecodedFaces,
    columns: &[(&str, &HoldOutReport)],
    folder: &Path,
) -> Result<(), Failure> {
    training_curve(trainer.history()).save(folder.join("training.png"))?;
    let mut plot = RocPlot::new("Verification of people never seen in training");
    for (name, evaluation) in columns {
        if let Some(roc) = &evaluation.roc {
            plot = plot.with_curve(*name, roc);
        }
    }
    plot.save(folder.join("roc.png"))?;
    say!(
        "\n{}: metrics.json, network.bpk, training.png, roc.png",
        folder.display()
    );
    let (_, trained) = columns[columns.len() - 1];
    if !trained.clusters.is_empty() {
        let sheet = folder.join("clusters.png");
        cluster_sheet(test.faces(), test.labels(), &trained.clusters, 16, 20).save(&sheet)?;
        say!("{}: a cluster a row, a color a person", sheet.display());
    }
    Ok(())
}

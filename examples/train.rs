//! Trains a FaceNet on a folder of identities and evaluates it on LFW as it learns.
//!
//! `cargo run --release --example train -- --data DIR --lfw DIR --boxes CSV`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use facenet_core::data::FaceLoaderConfig;
use facenet_core::eval::{TestReport, TestSets};
use facenet_core::metrics::plot::RocPlot;
use facenet_core::prelude::*;
use facenet_core::train::{RunFolder, TrainOutcome, training_curve};
use facenet_examples::{
    ConfigArguments, DataArguments, Failure, TrainingProgress, bar, open_lfw, run, say,
    stop_on_ctrl_c, tell_account,
};
use serde::{Deserialize, Serialize};

/// Trains a FaceNet on a folder of identities and evaluates it as it learns.
#[derive(Parser)]
#[command(args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    config: ConfigArguments,
    /// Device: flex (the CPU), and with their features wgpu, vulkan, metal, webgpu, cuda, rocm
    #[arg(long, default_value = "flex")]
    device: DeviceName,
    /// Threads that decode and augment images; by default one a core
    #[arg(long)]
    workers: Option<usize>,
    /// Folder of the run; numbered where it is taken
    #[arg(long, default_value = "runs/train", conflicts_with = "resume")]
    run: PathBuf,
    /// Go on with the run in this folder, from its newest checkpoint; data and configuration are the
    /// run's own, and an option that says otherwise is an error
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
}

fn main() -> ExitCode {
    run(|| train(Arguments::parse()))
}

fn train(arguments: Arguments) -> Result<(), Failure> {
    let stop = stop_on_ctrl_c()?;
    let device = arguments.device.open()?;
    let (base, places) = match &arguments.resume {
        Some(run) => {
            let (run, config) = RunFolder::open(run)?;
            (
                config,
                run.read_json("data.json", "where a run's data is (JSON)")?,
            )
        }
        None => (arguments.config.base()?, arguments.data.clone()),
    };
    let mut config = base;
    arguments.config.apply(&mut config);
    let places = if arguments.resume.is_some() {
        arguments.data.over(places)
    } else {
        places
    };

    config.validate()?;
    let kept = places.absolute()?;
    let size = config.model.input_size;
    let share = if places.lfw.is_some() { 0.0 } else { HELD_OUT };
    let faces = places.faces.open(size, share, config.seed)?;
    let test = open_test_sets(&places, faces.held_out.as_deref(), size)?;
    let training = Arc::clone(&faces.training);
    let mut trainer = match &arguments.resume {
        Some(run) => Trainer::resume(run, Some(&config), training, &device)?,
        None => config.init(training, &RunFolder::unused(&arguments.run)?, &device)?,
    };
    if let Some(workers) = arguments.workers {
        trainer = trainer.with_loading(FaceLoaderConfig::new().with_workers(workers));
    }
    let folder = trainer.run().path().to_owned();
    let started = trainer.history().steps.is_empty();
    if arguments.resume.is_none() {
        trainer.run().write_json("data.json", &kept)?;
    }
    say!("{}", trainer.sampler_report());
    say!(
        "Training {} on {}: step {} of {}, run folder {}.",
        trainer.config().model.architecture,
        arguments.device,
        trainer.history().steps.len(),
        trainer.steps(),
        folder.display()
    );
    if started {
        let baselines = Baselines {
            untrained: test.evaluate(&trainer.embedder())?,
            pixels: test.evaluate_pixels(size.map(|side| side / 4))?,
        };
        trainer.run().write_json("baselines.json", &baselines)?;
    }

    let mut progress = TrainingProgress::new(stop);
    let outcome = trainer.train(&mut progress, &mut |embedder| {
        Ok(test.evaluate(embedder)?.values())
    })?;
    drop(progress);
    tell_account(&faces);
    training_curve(trainer.history()).save(folder.join("training.png"))?;
    if outcome == TrainOutcome::Stopped {
        say!(
            "Stopped after step {} of {}. To go on: --resume {}",
            trainer.history().steps.len(),
            trainer.steps(),
            folder.display()
        );
        return Ok(());
    }

    let trained = test.evaluate(&trainer.embedder())?;
    trainer.save_network(trained.threshold())?;
    trainer.run().write_json("metrics.json", &trained)?;
    let baselines: Baselines = trainer
        .run()
        .read_json("baselines.json", "figures before the training (JSON)")?;
    report(&baselines, &trained, &folder)
}

/// The reports before the training, kept in the run folder.
#[derive(Serialize, Deserialize)]
struct Baselines {
    untrained: TestReport,
    pixels: TestReport,
}

/// Share of the identities that is held out where nothing else is evaluated on.
const HELD_OUT: f64 = 0.1;

/// Opens what the network is tested on.
fn open_test_sets(
    places: &DataArguments,
    held_out: Option<&dyn FaceDataset>,
    size: [usize; 2],
) -> Result<TestSets, Failure> {
    let mut sets = TestSets::new();
    if let Some(lfw) = places.lfw_config() {
        sets = sets.with_lfw(open_lfw(&lfw, size)?);
    }
    if let Some(faces) = held_out {
        let bar = bar("held out", faces.len());
        let with_held_out = sets.with_held_out(faces, size, |_| bar.inc(1));
        bar.finish_and_clear();
        sets = with_held_out?;
    }
    Ok(sets)
}

fn report(baselines: &Baselines, trained: &TestReport, folder: &Path) -> Result<(), Failure> {
    let columns = [
        ("untrained", &baselines.untrained),
        ("raw pixels", &baselines.pixels),
        ("trained", trained),
    ];
    say!("\n{}", TestReport::table(&columns));
    let curves = columns.map(|(name, report)| Some((name, report.roc()?)));
    if curves.iter().any(Option::is_some) {
        let mut plot = RocPlot::new("LFW, averaged over the folds");
        for (name, roc) in curves.into_iter().flatten() {
            plot = plot.with_curve(name, roc);
        }
        plot.save(folder.join("roc.png"))?;
    }
    say!(
        "\n{}: metrics.json, network.bpk, training.png",
        folder.display()
    );
    Ok(())
}

//! The training loop from rendered people to a run folder, and what can go wrong on the way.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use facenet_core::eval::HoldOutReport;
use facenet_core::prelude::*;
use facenet_core::sampler::{IdentitySelection, OfflineMining};
use facenet_core::synthetic::SyntheticFacesConfig;
use facenet_core::train::{
    OfflineConfig, RunFolder, StepRecord, TrainError, TrainObserver, TrainOutcome,
};

const SIZE: [usize; 2] = [40, 34];

/// The device, and the right to draw from its generator, which the whole process shares: tests take
/// turns so that weights follow from their seeds.
fn device() -> Option<(Device, MutexGuard<'static, ()>)> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(|lock| lock.into_inner());
    Some((facenet_testing::device()?, turn))
}

fn people(first: u64, people: usize) -> Arc<dyn FaceDataset> {
    let faces = SyntheticFacesConfig::new(people, 4)
        .with_size(SIZE[0] as u32, SIZE[1] as u32)
        .with_first_identity(first);
    Arc::new(faces.init().unwrap())
}

fn config(epochs: usize) -> TrainConfig {
    let model = FaceNetConfig::new(Architecture::Nns2).with_input_size(SIZE);
    let mut config = TrainConfig::new(model, PkSamplerConfig::new(6, 3).with_seed(5));
    config.epochs = epochs;
    config.checkpoint_every = 1;
    config.evaluate_every = 0;
    config.optimizer.warmup_steps = 2;
    config
}

/// Stops after so many steps.
struct StopAfter(usize);

impl TrainObserver for StopAfter {
    fn step(&mut self, _record: &StepRecord, _elapsed: Duration) -> ControlFlow<()> {
        self.0 -= 1;
        if self.0 == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }
}

fn train(trainer: &mut Trainer, observer: &mut dyn TrainObserver) -> TrainOutcome {
    trainer
        .train(observer, &mut |_| Ok(BTreeMap::new()))
        .unwrap()
}

fn evaluate(embedder: &Embedder) -> HoldOutReport {
    let faces = |first| {
        let people = people(first, 20);
        let faces: Vec<_> = (0..people.len())
            .map(|i| people.image(i).unwrap())
            .collect();
        (embedder.embed(&faces).unwrap(), people.labels().to_vec())
    };
    let ((a, a_labels), (b, b_labels)) = (faces(1000), faces(2000));
    HoldOutReport::new((a.view(), &a_labels), (b.view(), &b_labels)).unwrap()
}

/// Over six seeds the gain in AUC was 0.11 ± 0.03.
#[test]
fn training_helps_on_people_never_seen() {
    let Some((device, _turn)) = device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut config = config(20);
    config.loss.mining = Mining::BatchAll;
    let mut trainer = config.init(people(0, 48), &run, &device).unwrap();
    let untrained = evaluate(&trainer.embedder());
    assert_eq!(train(&mut trainer, &mut ()), TrainOutcome::Finished);
    let trained = evaluate(&trainer.embedder());
    let auc = |evaluation: &HoldOutReport| evaluation.verification.auc.unwrap();
    assert!(
        auc(&trained) > auc(&untrained) + 0.02,
        "{} untrained, {} trained",
        auc(&untrained),
        auc(&trained)
    );

    trainer
        .save_network(trained.threshold.map(|t| t as f32))
        .unwrap();
    let recognizer = Recognizer::load(run.join("network.bpk"), &device).unwrap();
    let face = people(2000, 1).image(0).unwrap();
    let verdict = recognizer.verify(&face, &face).unwrap();
    assert!(verdict.same && verdict.squared_distance < 1e-6);
    for file in ["config.json", "history.json", "network.bpk", "checkpoints"] {
        assert!(run.join(file).exists(), "{file}");
    }
}

#[test]
fn a_run_that_was_stopped_and_resumed_computes_what_an_uninterrupted_one_does() {
    let Some((device, _turn)) = device() else {
        return;
    };
    // In the middle of the first epoch and, once more, in the middle of the second.
    same_in_parts(&config(2), &[1, 2], &device);
}

#[test]
fn so_does_one_with_mined_neighbors() {
    let Some((device, _turn)) = device() else {
        return;
    };
    let mut config = config(3);
    config.sampler = config
        .sampler
        .with_negatives(2)
        .with_selection(IdentitySelection::Hard { group: 3 });
    config.offline = Some(OfflineConfig {
        every: 1,
        neighbors: 4,
        images: 2,
        ..OfflineConfig::default()
    });
    // In the middle of the second epoch, whose neighbors are those of a network that is gone by then,
    // and at the end of it.
    same_in_parts(&config, &[3, 1], &device);
}

#[test]
fn so_does_one_with_mined_triplets() {
    let Some((device, _turn)) = device() else {
        return;
    };
    let mut config = config(3);
    config.offline = Some(OfflineConfig {
        every: 1,
        images: 3,
        triplets: Some(OfflineMining::SemiHard { margin: 0.4 }),
        ..OfflineConfig::default()
    });
    same_in_parts(&config, &[3, 1], &device);
}

/// Trains in one go, and with stops after so many steps each.
fn same_in_parts(config: &TrainConfig, stops: &[usize], device: &Device) {
    let folder = tempfile::tempdir().unwrap();
    // Batch normalization keeps statistics beside its weights: embeddings show whether all is there.
    let embed = |trainer: &Trainer| {
        let people = people(3000, 4);
        let faces: Vec<_> = (0..people.len())
            .map(|index| people.image(index).unwrap())
            .collect();
        trainer.embedder().embed(&faces).unwrap()
    };
    let (whole, embeddings) = {
        let run = folder.path().join("a");
        let mut trainer = config.clone().init(people(0, 12), &run, device).unwrap();
        assert_eq!(train(&mut trainer, &mut ()), TrainOutcome::Finished);
        (trainer.history().clone(), embed(&trainer))
    };
    assert_eq!(whole.steps.len(), 2 * config.epochs);

    let run = folder.path().join("b");
    let mut trainer = config.clone().init(people(0, 12), &run, device).unwrap();
    for &stop in stops {
        assert_eq!(
            train(&mut trainer, &mut StopAfter(stop)),
            TrainOutcome::Stopped
        );
        drop(trainer);
        trainer = Trainer::resume(&run, Some(config), people(0, 12), device).unwrap();
    }
    assert_eq!(train(&mut trainer, &mut ()), TrainOutcome::Finished);

    for (a, b) in embeddings.iter().zip(&embed(&trainer)) {
        assert!((a - b).abs() < 1e-5, "{a} in one go, {b} in parts");
    }
    let parts = trainer.history();
    assert_eq!(parts.steps.len(), whole.steps.len());
    for (a, b) in whole.steps.iter().zip(&parts.steps) {
        assert!(
            (a.loss - b.loss).abs() <= 1e-6 * a.loss.abs().max(1.0),
            "step {}: loss {} in one go, {} in parts",
            a.step,
            a.loss,
            b.loss
        );
        assert_eq!(a.learning_rate, b.learning_rate);
    }
}

/// A short run with two checkpoints.
fn short_run(run: &Path, device: &Device) {
    let mut trainer = config(2).init(people(0, 12), run, device).unwrap();
    assert_eq!(train(&mut trainer, &mut ()), TrainOutcome::Finished);
}

fn one_line(error: &TrainError) -> String {
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    text
}

/// The error of resuming a run.
fn refused(run: &Path, config: Option<&TrainConfig>, data: Arc<dyn FaceDataset>) -> TrainError {
    let device = facenet_testing::device().unwrap();
    Trainer::resume(run, config, data, &device)
        .err()
        .expect("an error")
}

#[test]
fn what_is_wrong_with_a_run_is_said_in_one_line_that_names_the_file() {
    let Some((device, _turn)) = device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    short_run(&run, &device);

    // A second run in its place.
    let taken = config(2).init(people(0, 12), &run, &device).err().unwrap();
    assert!(matches!(taken, TrainError::RunExists { .. }));
    assert!(one_line(&taken).contains(run.to_str().unwrap()));

    // Another configuration, other data.
    let mut other = config(2);
    other.sampler.k = 2;
    let error = refused(&run, Some(&other), people(0, 12));
    assert!(
        one_line(&error).contains("sampler.k = 3, and is resumed with 2"),
        "{error}"
    );
    let error = refused(&run, None, people(0, 13));
    assert!(
        one_line(&error).contains("48 images of 12 identities"),
        "{error}"
    );

    // As many images of as many people, but others.
    let error = refused(&run, None, people(500, 12));
    assert!(matches!(error, TrainError::OtherData { .. }), "{error}");

    // The newest checkpoint is cut short; the one before it is whole.
    let mut checkpoints: Vec<_> = std::fs::read_dir(run.join("checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    checkpoints.sort();
    assert_eq!(checkpoints.len(), 2, "{checkpoints:?}");
    let newest = checkpoints.last().unwrap();
    for file in ["network.bpk", "optimizer.bpk", "state.json"] {
        let path = newest.join(file);
        let whole = std::fs::read(&path).unwrap();
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = refused(&run, None, people(0, 12));
            assert!(
                matches!(error, TrainError::BrokenCheckpoint { .. }),
                "{file} {length}: {error}"
            );
            assert!(one_line(&error).contains(path.to_str().unwrap()), "{error}");
        }
        std::fs::write(&path, whole).unwrap();
    }
    // A damaged byte in the middle of the numbers.
    for file in ["network.bpk", "optimizer.bpk"] {
        let path = newest.join(file);
        let whole = std::fs::read(&path).unwrap();
        let mut damaged = whole.clone();
        damaged[whole.len() * 3 / 4] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        let error = refused(&run, None, people(0, 12));
        assert!(
            one_line(&error).contains("its checksum says that it is damaged"),
            "{error}"
        );
        std::fs::write(&path, whole).unwrap();
    }
    // Removing it, as the message says, resumes from the older one.
    std::fs::remove_dir_all(newest).unwrap();
    let trainer = Trainer::resume(&run, None, people(0, 12), &device).unwrap();
    assert_eq!(trainer.history().steps.len(), 2);

    // No run at all.
    let error = refused(folder.path(), None, people(0, 12));
    assert!(one_line(&error).contains("config.json"), "{error}");
}

#[test]
fn a_run_folder_that_cannot_be_made_is_an_error() {
    let Some((device, _turn)) = device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "a file, not a folder").unwrap();
    let error = config(1)
        .init(people(0, 12), &file.join("run"), &device)
        .err()
        .unwrap();
    assert!(matches!(error, TrainError::Write { .. }));
    assert!(one_line(&error).contains(file.to_str().unwrap()));
}

#[test]
fn a_run_goes_to_a_folder_that_nothing_is_in() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    assert_eq!(RunFolder::unused(&run).unwrap(), run);
    std::fs::create_dir(&run).unwrap();
    assert_eq!(RunFolder::unused(&run).unwrap(), run);
    let file = run.join("file");
    std::fs::write(&file, "").unwrap();
    let second = folder.path().join("run-2");
    assert_eq!(RunFolder::unused(&run).unwrap(), second);
    std::fs::create_dir(&second).unwrap();
    std::fs::write(second.join("file"), "").unwrap();
    assert_eq!(
        RunFolder::unused(&run).unwrap(),
        folder.path().join("run-3")
    );
    let error = RunFolder::unused(&file).unwrap_err();
    assert!(matches!(&error, TrainError::NoFolder { path } if *path == file));
}

#[test]
fn settings_that_do_not_fit_are_errors() {
    let Some((device, _turn)) = device() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let mut too_wide = config(1);
    too_wide.sampler.p = 13;
    let mut no_positives = config(1);
    no_positives.sampler.k = 1;
    let mut crop = config(1);
    crop.augment.scale = (0.0, 2.0);
    let mut no_epochs = config(0);
    no_epochs.epochs = 0;
    let mut rate = config(1);
    rate.optimizer.learning_rate = f64::NAN;
    let mut never_mined = config(1);
    never_mined.sampler.selection = IdentitySelection::Hard { group: 4 };
    let mut mined_for_nothing = config(1);
    mined_for_nothing.offline = Some(OfflineConfig::default());
    let mut mined_twice = config(1);
    mined_twice.sampler.selection = IdentitySelection::Hard { group: 4 };
    mined_twice.offline = Some(OfflineConfig {
        triplets: Some(OfflineMining::Hard),
        ..OfflineConfig::default()
    });
    let mut many_negatives = config(1);
    many_negatives.sampler.negatives = 25;
    for wrong in [
        too_wide,
        no_positives,
        crop,
        no_epochs,
        rate,
        never_mined,
        mined_for_nothing,
        mined_twice,
        many_negatives,
    ] {
        let error = wrong.init(people(0, 12), &run, &device).err().unwrap();
        one_line(&error);
        assert!(
            !run.exists(),
            "nothing is left of a run that could not start: {error}"
        );
    }
}

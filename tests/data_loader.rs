//! Burn's data loader over P x K batches: the same batches for any number of workers, slices, errors,
//! epochs, the end.

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use facenet_core::burn::data::dataloader::{DataLoader, split::split_dataloader};
use facenet_core::data::{AugmentConfig, DataError, FaceLoaderConfig};
use facenet_core::prelude::*;
use facenet_core::sampler::{IdentityNeighbors, IdentitySelection, SamplerError, Triplet};
use facenet_core::synthetic::SyntheticFacesConfig;
use facenet_core::train::{FaceDataLoader, Mined, TrainError, TrainingBatch};
use image::RgbImage;

/// 14 people with four photographs each.
fn people() -> Arc<dyn FaceDataset> {
    let faces = SyntheticFacesConfig::new(14, 4).with_size(24, 20);
    Arc::new(faces.init().unwrap())
}

/// The same, but photograph 9 cannot be read.
struct Damaged(Arc<dyn FaceDataset>);

impl FaceDataset for Damaged {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn labels(&self) -> &[u32] {
        self.0.labels()
    }
    fn identities(&self) -> &[String] {
        self.0.identities()
    }
    fn describe(&self, index: usize) -> String {
        self.0.describe(index)
    }
    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        match index {
            9 => Err(DataError::Image {
                origin: self.describe(index),
                problem: "is damaged".to_owned(),
                expected: "a photograph".to_owned(),
            }),
            _ => self.0.image(index),
        }
    }
}

/// Three identities with two images each and three negatives: nine images a batch, five batches.
fn sampler() -> PkSamplerConfig {
    PkSamplerConfig::new(3, 2).with_negatives(3).with_seed(8)
}

fn loader(
    faces: Arc<dyn FaceDataset>,
    sampler: &PkSamplerConfig,
    device: &Device,
) -> Result<FaceDataLoader, TrainError> {
    let sampler = sampler.init(faces.labels())?;
    let model = FaceNetConfig::new(Architecture::Nns2).with_input_size([18, 16]);
    FaceDataLoader::new(faces, sampler, &AugmentConfig::default(), 5, &model, device)
}

/// What can be compared of a batch.
fn values(batch: &TrainingBatch) -> (Vec<usize>, Vec<i64>, Vec<f32>) {
    let labels = batch.labels.clone().into_data();
    let images = batch.images.clone().into_data();
    (
        batch.indices.clone(),
        labels.iter::<i64>().collect(),
        images.iter::<f32>().collect(),
    )
}

fn indices(loader: &dyn DataLoader<TrainingBatch>) -> Vec<Vec<usize>> {
    loader.iter().map(|batch| batch.unwrap().indices).collect()
}

#[test]
fn batches_are_the_same_for_any_number_of_workers() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let faces = people();
    let batches = |workers: usize| -> Vec<_> {
        let loading = FaceLoaderConfig::new().with_workers(workers);
        let loader = loader(faces.clone(), &sampler(), &device)
            .unwrap()
            .with_loading(loading);
        loader.iter().map(|batch| values(&batch.unwrap())).collect()
    };
    let expected = batches(0);
    assert_eq!(expected.len(), 5);
    for (indices, labels, images) in &expected {
        assert_eq!(images.len(), indices.len() * 3 * 18 * 16);
        // Fixed standardization: -127.5/128 to 127.5/128, and no single value.
        assert!(images.iter().all(|x| x.abs() < 1.0));
        assert!(images.iter().any(|&x| x > 0.0) && images.iter().any(|&x| x < 0.0));
        for (&index, &label) in indices.iter().zip(labels) {
            assert_eq!(i64::from(faces.labels()[index]), label);
        }
    }
    for workers in [1, 2, 7] {
        assert_eq!(batches(workers), expected, "{workers} workers");
    }
}

#[test]
fn slices_have_every_batch_once() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let whole = loader(people(), &sampler(), &device).unwrap();
    assert_eq!(whole.num_batches(), 5);
    assert_eq!(whole.num_items(), 45);
    let all = indices(&whole);
    assert!(all.iter().all(|batch| batch.len() == 9));

    for devices in 1..8 {
        let loader: Arc<dyn DataLoader<TrainingBatch>> =
            Arc::new(loader(people(), &sampler(), &device).unwrap());
        let parts = split_dataloader(loader, &vec![device.clone(); devices]);
        assert_eq!(parts.iter().map(|part| part.num_items()).sum::<usize>(), 45);
        let joined: Vec<_> = parts.iter().flat_map(|part| indices(&**part)).collect();
        assert_eq!(joined, all, "{devices} devices");
        // The second epoch is the same one on all devices.
        let epoch: Vec<_> = parts.iter().flat_map(|part| indices(&**part)).collect();
        let expected: Vec<_> = whole
            .epoch(1, 0)
            .map(|batch| batch.unwrap().indices)
            .collect();
        assert_eq!(epoch, expected);
    }

    // A slice of a slice counts from its own start; what is outside is nothing.
    let loader = loader(people(), &sampler(), &device).unwrap();
    let part = loader.slice(9, 45);
    assert_eq!(part.num_items(), 36);
    assert_eq!(indices(&*part.slice(9, 27)), all[2..4]);
    for (start, end) in [(0, 0), (45, 90), (20, 10), (1, 9), (usize::MAX, usize::MAX)] {
        let nothing = loader.slice(start, end);
        assert_eq!(nothing.num_items(), 0, "{start}..{end}");
        assert!(nothing.iter().next().is_none());
    }
    assert_eq!(loader.slice(0, usize::MAX).num_items(), 45);
}

#[test]
fn every_pass_is_the_next_epoch() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let loader = loader(people(), &sampler(), &device).unwrap().with_epoch(3);
    let epoch = |epoch, done| -> Vec<_> {
        loader
            .epoch(epoch, done)
            .map(|batch| values(&batch.unwrap()))
            .collect()
    };
    for number in 3..6 {
        let passed: Vec<_> = loader.iter().map(|batch| values(&batch.unwrap())).collect();
        assert_eq!(passed, epoch(number, 0));
        // In the middle, and behind the end.
        assert_eq!(passed[2..], epoch(number, 2));
        assert!(epoch(number, 9).is_empty());
    }
    assert_ne!(epoch(3, 0), epoch(4, 0));
    // A copy goes on from where the loader was.
    let copy = loader.to_device(&device);
    assert_eq!(indices(&*copy), indices(&loader));
}

#[test]
fn progress_counts_images() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let loader = loader(people(), &sampler(), &device).unwrap();
    let mut batches = loader.iter();
    for done in 0..=5 {
        let progress = batches.progress();
        assert_eq!(
            (progress.items_processed, progress.items_total),
            (9 * done, 45)
        );
        assert_eq!(batches.next().is_some(), done < 5);
    }
    assert!(batches.progress().is_completed());
}

#[test]
fn batches_are_on_the_device_that_was_asked_for() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let plain = loader(people(), &sampler(), &device).unwrap();
    let learning = device.clone().autodiff();
    let moved = plain.to_device(&learning);
    let batch = moved.iter().next().unwrap().unwrap();
    assert_eq!(batch.images.device(), learning);
    assert_eq!(batch.labels.device(), learning);
    // Devices are equal whether they learn or not.
    assert!(batch.images.device().is_autodiff());
    let batch = plain.iter().next().unwrap().unwrap();
    assert_eq!(batch.images.device(), device);
    assert!(!batch.images.device().is_autodiff());
}

#[test]
fn an_error_is_passed_on_in_its_place() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    for workers in [0, 1, 2, 7] {
        let faces: Arc<dyn FaceDataset> = Arc::new(Damaged(people()));
        let loader = loader(faces, &PkSamplerConfig::new(2, 4), &device)
            .unwrap()
            .with_loading(FaceLoaderConfig::new().with_workers(workers));
        // Seven batches show every photograph once, hence one of them photograph 9.
        let batches: Vec<_> = loader.iter().collect();
        assert_eq!(batches.len(), 7);
        let errors: Vec<_> = batches
            .iter()
            .filter_map(|batch| batch.as_ref().err())
            .collect();
        assert_eq!(errors.len(), 1);
        let text = errors[0].to_string();
        assert!(
            text.ends_with("is damaged; expected a photograph"),
            "{text}"
        );
        assert_eq!(text.lines().count(), 1);
        let typed: Vec<_> = loader.epoch(0, 0).filter_map(Result::err).collect();
        assert!(matches!(typed[..], [DataError::Image { .. }]));
    }
}

#[test]
fn a_loader_that_is_dropped_early_leaves_nothing_behind() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let (done, wait) = mpsc::channel();
    std::thread::spawn(move || {
        for workers in [0, 1, 2, 7] {
            for taken in [0, 1, 5] {
                let faces = people();
                let loader = loader(faces.clone(), &sampler(), &device)
                    .unwrap()
                    .with_loading(FaceLoaderConfig::new().with_workers(workers));
                let mut batches = loader.iter();
                assert!(batches.by_ref().take(taken).all(|batch| batch.is_ok()));
                drop(batches);
                drop(loader);
                // No worker holds the faces any more.
                assert_eq!(Arc::strong_count(&faces), 1);
            }
        }
        done.send(()).unwrap();
    });
    wait.recv_timeout(Duration::from_secs(60))
        .expect("the loader ends");
}

#[test]
fn neighbors_come_into_one_batch() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let hard = PkSamplerConfig::new(2, 2).with_selection(IdentitySelection::Hard { group: 2 });
    let faces = people();
    let loader = loader(faces.clone(), &hard, &device).unwrap();
    let part = loader.slice(0, 12);
    // Identity i looks like identity i + 7.
    let lists = (0..14).map(|identity| vec![(identity + 7) % 14]).collect();
    let neighbors = IdentityNeighbors::from_lists(lists).unwrap();
    loader.set_mined(&Mined::Neighbors(neighbors)).unwrap();
    for batches in [indices(&loader), indices(&*part)] {
        for batch in batches {
            let identities: BTreeSet<u32> = batch.iter().map(|&i| faces.labels()[i] % 7).collect();
            assert_eq!(identities.len(), 1, "{batch:?}");
        }
    }
    let few = IdentityNeighbors::from_lists(vec![vec![]; 3]).unwrap();
    assert_eq!(
        loader.set_mined(&Mined::Neighbors(few)),
        Err(SamplerError::OtherIdentities {
            neighbors: 3,
            identities: 14
        })
    );
}

#[test]
fn mined_triplets_make_the_batches() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let faces = people();
    let loader = loader(faces.clone(), &PkSamplerConfig::new(4, 2), &device).unwrap();
    let own = indices(&loader);
    let triplet = |anchor| Triplet {
        anchor,
        positive: anchor + 14,
        negative: anchor + 1,
    };
    let triplets: Vec<_> = (0..5).map(triplet).collect();
    loader
        .set_mined(&Mined::Triplets(triplets.clone()))
        .unwrap();
    let mut seen = BTreeSet::new();
    let epochs: Vec<Vec<usize>> = (0..4).flat_map(|_| indices(&loader)).collect();
    assert_eq!(epochs.len(), 4 * own.len());
    for batch in &epochs {
        // P K = 8 images have room for two triplets.
        assert_eq!(batch.len(), 6);
        for images in batch.chunks(3) {
            assert_eq!(images, triplet(images[0]).indices());
            seen.insert(images[0]);
        }
    }
    assert_eq!(seen.len(), 5);
    // From the middle of an epoch, the same.
    let rest: Vec<_> = loader
        .epoch(1, 2)
        .map(|batch| batch.unwrap().indices)
        .collect();
    let whole: Vec<_> = loader
        .epoch(1, 0)
        .map(|batch| batch.unwrap().indices)
        .collect();
    assert_eq!(rest, whole[2..]);

    let outside = Triplet {
        negative: faces.len(),
        ..triplets[0]
    };
    assert_eq!(
        loader.set_mined(&Mined::Triplets(vec![outside])),
        Err(SamplerError::OtherImages {
            image: 56,
            images: 56
        })
    );
    // None was found: the sampler's own batches.
    loader.set_mined(&Mined::Triplets(Vec::new())).unwrap();
    let loader = loader.with_epoch(0);
    assert_eq!(indices(&loader), own);
}

#[test]
fn labels_of_other_images_are_refused() {
    let Some(device) = facenet_testing::device() else {
        return;
    };
    let sampler = PkSamplerConfig::new(2, 2).init(&[0, 0, 1, 1]).unwrap();
    let model = FaceNetConfig::new(Architecture::Nns2);
    let augment = AugmentConfig::default();
    let error = FaceDataLoader::new(people(), sampler, &augment, 0, &model, &device)
        .err()
        .unwrap();
    let refused = matches!(
        error,
        TrainError::Labels {
            images: 56,
            labels: 4
        }
    );
    assert!(refused, "{error}");
}

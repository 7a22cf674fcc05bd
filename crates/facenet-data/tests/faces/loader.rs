use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use facenet_data::{
    DataError, FaceBatch, FaceDataset, FaceFolder, FaceFolderConfig, FaceLoaderConfig, resize,
};
use facenet_sampler::PkSamplerConfig;
use image::RgbImage;
use proptest::prelude::*;

use crate::message::assert_message;
use crate::toy::{Toy, broken, portrait};
use crate::tree::tree;

const WORKERS: [usize; 4] = [0, 1, 2, 7];

fn options(workers: usize) -> FaceLoaderConfig {
    FaceLoaderConfig::new().with_workers(workers)
}

fn as_it_is(image: RgbImage, _: usize) -> Result<RgbImage, DataError> {
    Ok(image)
}

/// What a loader gives, errors as their messages.
fn load(
    data: Toy,
    batches: &[Vec<usize>],
    options: &FaceLoaderConfig,
) -> Vec<Result<FaceBatch, String>> {
    let loader = options.init(Arc::new(data), as_it_is, batches.to_vec());
    loader
        .map(|batch| {
            batch.map_err(|error| {
                assert_message(&error, &[]);
                error.to_string()
            })
        })
        .collect()
}

/// Fails instead of hanging.
fn within_a_minute(run: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::channel();
    let thread = thread::spawn(move || {
        run();
        let _ = done.send(());
    });
    if wait.recv_timeout(Duration::from_secs(60)) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("it hangs");
    }
    thread.join().unwrap();
}

#[test]
fn a_batch_holds_its_images_side_by_side() {
    for workers in WORKERS {
        let batches = [vec![2, 0, 2], vec![1]];
        let loaded = load(Toy::new(&[5, 6, 7]), &batches, &options(workers));
        let batch = loaded[0].as_ref().unwrap();
        let images = [2, 0, 2].map(|index| portrait(index).into_raw());
        assert_eq!(batch.pixels, images.concat());
        assert_eq!((batch.height, batch.width, batch.len()), (4, 5, 3));
        assert_eq!(batch.labels, [7, 5, 7]);
        assert_eq!(batch.indices, [2, 0, 2]);
        assert_eq!(loaded[1].as_ref().unwrap().labels, [6]);
        assert_eq!(loaded.len(), 2);
    }
}

#[test]
fn an_epoch_of_a_sampler_is_loaded_in_its_order() {
    let labels: Vec<u32> = (0..60).map(|image| image / 6).collect();
    let sampler = PkSamplerConfig::new(4, 3).init(&labels).unwrap();
    let expected: Vec<_> = sampler.epoch(2).collect();
    for workers in WORKERS {
        let data = Arc::new(Toy::new(&labels));
        let loader = options(workers).init(data, as_it_is, sampler.epoch(2));
        let found: Vec<_> = loader.map(|batch| batch.unwrap().indices).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn images_are_prepared_with_their_index() {
    for workers in WORKERS {
        let prepare = |image: RgbImage, index| match index {
            3 => Err(broken(index)),
            _ => resize(&image, 1, index as u32 + 1),
        };
        let data = Arc::new(Toy::new(&[0; 4]));
        let batches = [vec![1, 1], vec![2, 3, 0], vec![0]];
        let mut loader = options(workers).init(data, prepare, batches);
        assert_eq!(loader.next().unwrap().unwrap().width, 2);
        assert_message(&loader.next().unwrap().unwrap_err(), &["toy 3: is broken"]);
        assert_eq!(loader.next().unwrap().unwrap().width, 1);
        assert!(loader.next().is_none());
    }
}

#[test]
fn an_unreadable_file_fails_its_batch_alone() {
    let root = tempfile::tempdir().unwrap();
    tree(root.path(), &["a/1.png", "a/2.png", "b/1.png"]);
    std::fs::write(root.path().join("a/2.png"), b"\xFF\xD8\xFF").unwrap();
    let folder = Arc::new(FaceFolderConfig::new().init(root.path()).unwrap());
    for workers in WORKERS {
        let batches = [vec![0, 2], vec![2, 1], vec![0]];
        let data: Arc<FaceFolder> = Arc::clone(&folder);
        let mut loader = options(workers).init(data, as_it_is, batches);
        assert_eq!(loader.next().unwrap().unwrap().labels, [0, 1]);
        assert_message(
            &loader.next().unwrap().unwrap_err(),
            &["2.png", "truncated"],
        );
        assert_eq!(loader.next().unwrap().unwrap().labels, [0]);
    }
}

#[test]
fn a_panic_is_an_error_of_its_batch() {
    for workers in WORKERS {
        let data = Toy::new(&[0; 4]).with(|index| match index {
            1 => panic!("no image\nto be had"),
            2 => std::panic::panic_any(17),
            _ => Ok(portrait(index)),
        });
        let batches = [vec![0, 1], vec![2], vec![3, 0]];
        let loaded = load(data, &batches, &options(workers));
        let message = |batch: usize| loaded[batch].as_ref().unwrap_err();
        assert!(message(0).starts_with("toy 1: a worker panicked: no image to be had; "));
        assert!(message(1).starts_with("toy 2: a worker panicked: no message; "));
        assert_eq!(loaded[2].as_ref().unwrap().indices, [3, 0]);
    }
}

#[test]
fn images_of_different_sizes_do_not_fit_a_batch() {
    for workers in WORKERS {
        let data = Toy::new(&[0; 3]).with(|index| Ok(RgbImage::new(4, 3 + index as u32 / 2)));
        let batches = [vec![0, 1, 2, 1], vec![2, 2], vec![1, 0]];
        let loaded = load(data, &batches, &options(workers));
        let error = loaded[0].as_ref().unwrap_err();
        assert_eq!(
            error,
            "toy 2: is 4 x 4 pixels after preparation; expected 4 x 3, as the first of its batch"
        );
        assert!(loaded[1].is_ok() && loaded[2].is_ok());
    }
}

#[test]
fn without_batches_there_is_nothing() {
    for workers in WORKERS {
        assert!(load(Toy::new(&[]), &[], &options(workers)).is_empty());
        let loaded = load(Toy::new(&[]), &[vec![]], &options(workers));
        let batch = loaded[0].as_ref().unwrap();
        assert!(batch.is_empty() && batch.pixels.is_empty());
    }
}

#[test]
fn the_number_of_batches_is_known() {
    for workers in WORKERS {
        let data = Arc::new(Toy::new(&[0; 2]));
        let mut loader = options(workers).init(data, as_it_is, vec![vec![0, 1]; 6]);
        for left in (0..6).rev() {
            assert_eq!(loader.len(), left + 1);
            assert!(loader.next().is_some());
        }
        assert_eq!(loader.len(), 0);
        assert!(loader.next().is_none());
    }
}

#[test]
fn the_first_end_of_the_batches_is_the_end() {
    for workers in WORKERS {
        let mut calls = 0;
        let batches = iter::from_fn(|| {
            calls += 1;
            (calls != 3).then(|| vec![0])
        });
        let data = Arc::new(Toy::new(&[0]));
        let loader = options(workers).init(data, as_it_is, batches);
        assert_eq!(loader.take(9).count(), 2);
    }
}

#[test]
fn no_more_batches_than_asked_for_are_in_the_making() {
    for (workers, prefetch) in [(1, 1), (3, 1), (3, 4), (3, 0)] {
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let data = Toy::new(&[0; 2]).with(move |index| {
            count.fetch_add(1, SeqCst);
            Ok(portrait(index))
        });
        let batches = iter::repeat_with(|| vec![0, 1, 1]);
        let options = options(workers).with_prefetch(prefetch);
        let mut loader = options.init(Arc::new(data), as_it_is, batches);
        for taken in 1..5 {
            loader.next().unwrap().unwrap();
            thread::sleep(Duration::from_millis(5));
            let made = made.load(SeqCst);
            let most = 3 * (taken + prefetch.max(1));
            assert!(made <= most, "{made} images made, {most} asked for");
        }
    }
}

#[test]
fn a_loader_that_is_dropped_early_does_not_hang() {
    for workers in WORKERS {
        for taken in [0, 1, 5] {
            within_a_minute(move || {
                let data = Arc::new(Toy::new(&[0; 8]).with(|index| {
                    thread::sleep(Duration::from_micros(300));
                    Ok(portrait(index))
                }));
                let batches = iter::repeat_with(|| (0..8).collect());
                let faces: Arc<dyn FaceDataset> = data.clone();
                let mut loader = options(workers).init(faces, as_it_is, batches);
                assert!(loader.by_ref().take(taken).all(|batch| batch.is_ok()));
                drop(loader);
                // No worker holds the data any more.
                assert_eq!(Arc::strong_count(&data), 1);
            });
        }
    }
}

#[test]
fn a_loader_that_is_used_up_does_not_hang() {
    within_a_minute(|| {
        let data = Arc::new(Toy::new(&[0]));
        let mut loader = options(3).init(data, as_it_is, vec![vec![0]]);
        assert!(loader.next().is_some());
        for _ in 0..3 {
            assert!(loader.next().is_none());
        }
    });
}

/// What the loader should give for a batch of a data set that fails at every seventh image.
fn expected(labels: &[u32], batch: &[usize]) -> Result<FaceBatch, String> {
    let mut pixels = Vec::new();
    for &index in batch {
        if index >= labels.len() {
            let len = labels.len();
            return Err(DataError::IndexOutOfRange { index, len }.to_string());
        }
        if index % 7 == 6 {
            return Err(broken(index).to_string());
        }
        pixels.extend(portrait(index).into_raw());
    }
    Ok(FaceBatch {
        pixels,
        height: if batch.is_empty() { 0 } else { 4 },
        width: if batch.is_empty() { 0 } else { 5 },
        labels: batch.iter().map(|&index| labels[index]).collect(),
        indices: batch.to_vec(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn batches_are_the_same_for_any_number_of_workers(
        labels in prop::collection::vec(0u32..5, 1..30),
        batches in prop::collection::vec(prop::collection::vec(0usize..31, 0..6), 0..12),
        prefetch in 0usize..4,
    ) {
        let expected: Vec<_> = batches.iter().map(|batch| expected(&labels, batch)).collect();
        for workers in WORKERS {
            let data = Toy::new(&labels).with(|index| {
                // The images are not done in their order.
                thread::sleep(Duration::from_micros(index as u64 * 37 % 90));
                if index % 7 == 6 { Err(broken(index)) } else { Ok(portrait(index)) }
            });
            let options = options(workers).with_prefetch(prefetch);
            prop_assert_eq!(&load(data, &batches, &options), &expected, "{} workers", workers);
        }
    }
}

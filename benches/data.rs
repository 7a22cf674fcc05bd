//! Faces from JPEG files to batches of bytes: decoding alone, the whole pipeline, the cache, and the
//! memory that the queue takes while nobody fetches.
//!
//! `cargo bench --workspace --bench data -- --images DIR --peer python3`

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use facenet_benches::{Case, Failure, Session, benchmark};
use facenet_core::burn::tensor::TensorData;
use facenet_core::data::synthetic::SyntheticFacesConfig;
use facenet_core::data::{
    Augment, AugmentConfig, CachedFaces, DataError, FaceLoader, LoaderOptions, resize,
};
use facenet_core::prelude::*;
use serde_json::json;
use tempfile::TempDir;

/// Pixels each way of a view, as FaceNet's successors take them.
const SIDE: u32 = 160;
/// Pixels each way of a face in the cache, as davidsandberg/facenet keeps them for crops of 160.
const CACHED: u32 = 182;
const BATCH: usize = 32;
const WORKERS: [usize; 3] = [0, 1, 2];
/// Batches in the making ahead of the caller, here and at the peer.
const PREFETCH: usize = 2;
/// Images of a run, the first of the folder.
const IMAGES: usize = 1024;
/// Seconds after which warm-up and timed runs of a case end.
const LIMIT: f64 = 5.0;

/// What becomes of the image of an index.
type Prepare = dyn Fn(image::RgbImage, usize) -> Result<image::RgbImage, DataError> + Send + Sync;

fn main() -> ExitCode {
    benchmark("data", |session| {
        let rendered;
        let folder = match &session.options().images {
            Some(folder) => folder.clone(),
            None => {
                rendered = render(if session.options().quick { 64 } else { IMAGES })?;
                rendered.path().to_owned()
            }
        };
        for workers in WORKERS {
            decode(session, &folder, workers)?;
        }
        for workers in WORKERS {
            pipeline(session, &folder, workers)?;
        }
        everything(session, &folder)?;
        cache(session, &folder)?;
        for prefetch in [1, 2, 8] {
            queue(session, &folder, prefetch)?;
        }
        Ok(())
    })
}

/// Faces of 250 × 250 as JPEG files, the size of LFW's.
fn render(images: usize) -> Result<TempDir, Failure> {
    const EACH: usize = 8;
    let folder = tempfile::tempdir()?;
    let faces = SyntheticFacesConfig::new(images.div_ceil(EACH), EACH).with_size(250, 250);
    let faces = faces.init()?;
    for (index, &label) in faces.labels().iter().enumerate() {
        let person = folder.path().join(&faces.identities()[label as usize]);
        fs::create_dir_all(&person)?;
        faces
            .image(index)?
            .save(person.join(format!("{index:05}.jpg")))?;
    }
    Ok(folder)
}

/// The indices of a run, in batches.
fn batches(session: &Session, faces: usize) -> Vec<Vec<usize>> {
    let images = if session.options().quick { 64 } else { IMAGES };
    let indices: Vec<usize> = (0..images.min(faces)).collect();
    indices.chunks(BATCH).map(<[usize]>::to_vec).collect()
}

fn open(folder: &Path) -> Result<Arc<FaceFolder>, Failure> {
    Ok(Arc::new(FaceFolder::open(
        folder,
        &FolderOptions::default(),
    )?))
}

/// What torchvision's `RandomResizedCrop`, `RandomHorizontalFlip` and `ColorJitter` do, in the script
/// of the peer with the same numbers.
fn augmentation() -> AugmentConfig {
    let mut config = AugmentConfig::none()
        .with_flip(0.5)
        .with_scale(0.8, 1.0)
        .with_colour(0.2, 0.2, 0.2);
    config.aspect = (0.95, 1.0 / 0.95);
    config
}

fn views(config: AugmentConfig) -> Result<Box<Prepare>, Failure> {
    let augment = Augment::new(config, SIDE, SIDE, 7)?;
    Ok(Box::new(move |image, index| {
        augment.apply(&image, 0, index)
    }))
}

/// A case with its rate, and a peer's request where there is one.
fn case(name: String, folder: &Path, batches: &[Vec<usize>], peer: Option<(&str, usize)>) -> Case {
    let images: usize = batches.iter().map(Vec::len).sum();
    let case = Case::new(name)
        .throughput(images as f64, "images/s")
        .limit(LIMIT);
    match peer {
        Some((what, workers)) => case.peer(json!({
            "what": what,
            "folder": folder,
            "images": images,
            "batch": BATCH,
            "side": SIDE,
            "workers": workers,
            "prefetch": PREFETCH,
        })),
        None => case,
    }
}

/// One epoch over the batches, the caller waiting `pause` before each: a number for each batch.
fn epoch(
    faces: Arc<dyn FaceDataset>,
    prepare: Arc<Box<Prepare>>,
    batches: Vec<Vec<usize>>,
    options: LoaderOptions,
    pause: Duration,
    device: &Device,
) -> impl FnMut() -> Vec<Tensor<2>> + use<> {
    let device = device.clone();
    move || {
        let prepare = Arc::clone(&prepare);
        let loader = FaceLoader::new(
            Arc::clone(&faces),
            move |image, index| prepare(image, index),
            batches.clone(),
            &options,
        );
        let mut seen = Vec::new();
        for batch in loader {
            if !pause.is_zero() {
                thread::sleep(pause);
            }
            // A batch that fails makes a number that the harness refuses.
            let first = batch.ok().and_then(|batch| batch.pixels.first().copied());
            seen.push(first.map_or(f32::NAN, f32::from));
        }
        let shape = [1, seen.len()];
        vec![Tensor::from_data(TensorData::new(seen, shape), &device)]
    }
}

fn options(workers: usize, prefetch: usize) -> LoaderOptions {
    LoaderOptions::default()
        .with_workers(workers)
        .with_prefetch(prefetch)
}

/// JPEG files to pixels, which are dropped.
fn decode(session: &mut Session, folder: &Path, workers: usize) -> Result<(), Failure> {
    let faces = open(folder)?;
    let batches = batches(session, faces.len());
    let name = format!("decode/workers={workers}");
    let case = case(name, folder, &batches, Some(("decode", workers)));
    session.case(case, |device| {
        let prepare: Box<Prepare> = Box::new(|_, _| Ok(image::RgbImage::new(1, 1)));
        let options = options(workers, PREFETCH);
        Ok(epoch(
            faces,
            Arc::new(prepare),
            batches,
            options,
            Duration::ZERO,
            device,
        ))
    })?;
    Ok(())
}

/// JPEG files to batches of augmented views.
fn pipeline(session: &mut Session, folder: &Path, workers: usize) -> Result<(), Failure> {
    let faces = open(folder)?;
    let batches = batches(session, faces.len());
    let name = format!("pipeline/workers={workers}");
    let case = case(name, folder, &batches, Some(("pipeline", workers)));
    session.case(case, |device| {
        let prepare = views(augmentation())?;
        let options = options(workers, PREFETCH);
        Ok(epoch(
            faces,
            Arc::new(prepare),
            batches,
            options,
            Duration::ZERO,
            device,
        ))
    })?;
    Ok(())
}

/// As the pipeline, with all that there is to augment: turned, blurred, covered, compressed again.
fn everything(session: &mut Session, folder: &Path) -> Result<(), Failure> {
    let faces = open(folder)?;
    let batches = batches(session, faces.len());
    let case = case(
        "pipeline/everything/workers=2".into(),
        folder,
        &batches,
        None,
    );
    session.case(case, |device| {
        let config = AugmentConfig::default()
            .with_blur(0.2)
            .with_erase(0.2)
            .with_occlude(0.2)
            .with_downscale(0.2, 0.25)
            .with_jpeg(0.3, 30, 95);
        let options = options(2, PREFETCH);
        let prepare = Arc::new(views(config)?);
        Ok(epoch(
            faces,
            prepare,
            batches,
            options,
            Duration::ZERO,
            device,
        ))
    })?;
    Ok(())
}

/// As the pipeline, from faces in the cache, which the warm-up fills.
fn cache(session: &mut Session, folder: &Path) -> Result<(), Failure> {
    let faces = open(folder)?;
    let batches = batches(session, faces.len());
    let case = case("pipeline/cached/workers=2".into(), folder, &batches, None);
    let place = tempfile::tempdir()?;
    let smaller = |image, _| resize(&image, CACHED, CACHED);
    let settings = format!("resize {CACHED} x {CACHED}");
    let cached = Arc::new(CachedFaces::open(faces, place.path(), settings, smaller)?);
    session.case(case, |device| {
        let prepare = Arc::new(views(augmentation())?);
        let options = options(2, PREFETCH);
        Ok(epoch(
            cached,
            prepare,
            batches,
            options,
            Duration::ZERO,
            device,
        ))
    })?;
    Ok(())
}

/// The pipeline with a caller that is slower than the workers, so that the queue is always full: the
/// extra memory is that of the queue, however many images there are.
fn queue(session: &mut Session, folder: &Path, prefetch: usize) -> Result<(), Failure> {
    let faces = open(folder)?;
    let batches = batches(session, faces.len());
    let case = case(format!("queue/prefetch={prefetch}"), folder, &batches, None);
    session.case(case, |device| {
        let prepare = Arc::new(views(augmentation())?);
        let options = options(2, prefetch);
        let pause = Duration::from_millis(60);
        Ok(epoch(faces, prepare, batches, options, pause, device))
    })?;
    Ok(())
}

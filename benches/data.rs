//! Faces from JPEG files to batches of bytes: decoding alone, the whole pipeline, the cache, the memory
//! that the queue takes while nobody fetches, and what loading adds to a training step.
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
use facenet_core::data::{
    Augment, AugmentConfig, CachedFaces, DataError, FaceLoaderConfig, resize,
};
use facenet_core::prelude::*;
use facenet_core::synthetic::SyntheticFacesConfig;
use facenet_core::train::FaceDataLoader;
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
        let faces: Arc<dyn FaceDataset> = Arc::new(FaceFolderConfig::new().init(&folder)?);
        let whole = views(augmentation())?;
        for (what, prepare) in [("decode", dropped()), ("pipeline", Arc::clone(&whole))] {
            for workers in WORKERS {
                let run = Run::new(format!("{what}/workers={workers}"), &faces, &prepare);
                measure(session, &folder, run.workers(workers).peer(what))?;
            }
        }
        let everything = views(everything())?;
        let run = Run::new("pipeline/everything/workers=2".into(), &faces, &everything);
        measure(session, &folder, run)?;
        // The warm-up fills the cache.
        let place = tempfile::tempdir()?;
        let smaller = |image, _| resize(&image, CACHED, CACHED);
        let settings = format!("resize {CACHED} x {CACHED}");
        let cached = CachedFaces::open(Arc::clone(&faces), place.path(), settings, smaller)?;
        let cached: Arc<dyn FaceDataset> = Arc::new(cached);
        let run = Run::new("pipeline/cached/workers=2".into(), &cached, &whole);
        measure(session, &folder, run)?;
        for prefetch in [1, 2, 8] {
            let run = Run::new(format!("queue/prefetch={prefetch}"), &faces, &whole);
            measure(session, &folder, run.queue(prefetch))?;
        }
        training(session, &faces)
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

/// What torchvision's `RandomResizedCrop`, `RandomHorizontalFlip` and `ColorJitter` do, in the script
/// of the peer with the same numbers.
fn augmentation() -> AugmentConfig {
    let mut config = AugmentConfig::none()
        .with_flip(0.5)
        .with_scale(0.8, 1.0)
        .with_color(0.2, 0.2, 0.2);
    config.aspect = (0.95, 1.0 / 0.95);
    config
}

/// All that there is to augment: turned, blurred, covered, compressed again.
fn everything() -> AugmentConfig {
    AugmentConfig::default()
        .with_blur(0.2)
        .with_erase(0.2)
        .with_occlude(0.2)
        .with_downscale(0.2, 0.25)
        .with_jpeg(0.3, 30, 95)
}

fn views(config: AugmentConfig) -> Result<Arc<Prepare>, Failure> {
    let augment = Augment::new(config, SIDE, SIDE, 7)?;
    Ok(Arc::new(move |image: image::RgbImage, index| {
        augment.apply(&image, 0, index)
    }))
}

/// Nothing of the image is kept, so that decoding alone is timed.
fn dropped() -> Arc<Prepare> {
    Arc::new(|_, _| Ok(image::RgbImage::new(1, 1)))
}

/// An epoch to time.
struct Run {
    name: String,
    faces: Arc<dyn FaceDataset>,
    prepare: Arc<Prepare>,
    workers: usize,
    prefetch: usize,
    /// What the caller waits before it fetches a batch.
    pause: Duration,
    /// What the peer is asked for.
    peer: Option<&'static str>,
}

impl Run {
    /// With two workers, and a caller that does not wait.
    fn new(name: String, faces: &Arc<dyn FaceDataset>, prepare: &Arc<Prepare>) -> Self {
        Self {
            name,
            faces: Arc::clone(faces),
            prepare: Arc::clone(prepare),
            workers: 2,
            prefetch: PREFETCH,
            pause: Duration::ZERO,
            peer: None,
        }
    }

    fn workers(self, workers: usize) -> Self {
        Self { workers, ..self }
    }

    fn peer(self, what: &'static str) -> Self {
        Self {
            peer: Some(what),
            ..self
        }
    }

    /// A caller that is slower than the workers, so that the queue is always full: the extra memory is that of
    /// the queue, however many images there are.
    fn queue(self, prefetch: usize) -> Self {
        Self {
            prefetch,
            pause: Duration::from_millis(60),
            ..self
        }
    }
}

fn measure(session: &mut Session, folder: &Path, run: Run) -> Result<(), Failure> {
    let batches = batches(session, run.faces.len());
    let images: usize = batches.iter().map(Vec::len).sum();
    let mut case = Case::new(run.name.clone())
        .throughput(images as f64, "images/s")
        .limit(LIMIT);
    if let Some(what) = run.peer {
        case = case.peer(json!({
            "what": what,
            "folder": folder,
            "images": images,
            "batch": BATCH,
            "side": SIDE,
            "workers": run.workers,
            "prefetch": run.prefetch,
        }));
    }
    session.case(case, |device| {
        let device = device.clone();
        Ok(move || epoch(&run, &batches, &device))
    })?;
    Ok(())
}

/// Training steps whose batch is on the device already, and steps whose batch was loaded beside the one
/// before: what loading adds to a step.
fn training(session: &mut Session, faces: &Arc<dyn FaceDataset>) -> Result<(), Failure> {
    let [given, loaded] = ["given", "loaded"].map(|what| {
        Case::new(format!("train/nn4/{what}"))
            .throughput(BATCH as f64, "images/s")
            .limit(2.0 * LIMIT)
    });
    let name = given.name().to_owned();
    let given_step = |device: &Device| step(faces, device, false);
    let seconds = match session.options().wants(loaded.name()) {
        true => Some(session.measure(given, given_step)?),
        false => session.case(given, given_step)?,
    };
    let loaded = match seconds {
        Some(seconds) => loaded.relative_to(name, seconds),
        None => loaded,
    };
    session.case(loaded, |device| step(faces, device, true))?;
    Ok(())
}

/// A training step of NN4 at 96 × 96: forward, batch-all triplet loss, backward, AdamW.
fn step(
    faces: &Arc<dyn FaceDataset>,
    device: &Device,
    load: bool,
) -> Result<impl FnMut() -> Vec<Tensor<2>> + use<>, Failure> {
    let device = device.clone().autodiff();
    device.seed(0);
    let config = FaceNetConfig::new(Architecture::Nn4);
    let mut network = config.init(&device)?;
    let mut optimizer = AdamWConfig::new().init();
    let loss = TripletLossConfig::new().with_mining(Mining::BatchAll);
    let loss = loss.init();

    let sampler = PkSamplerConfig::new(BATCH / 4, 4).init(faces.labels())?;
    let faces = Arc::clone(faces);
    let loader = FaceDataLoader::new(faces, sampler, &augmentation(), 7, &config, &device)?;
    let mut batches = (0..).flat_map(move |epoch| loader.epoch(epoch, 0));
    let first = batches.next().ok_or("no batch")??;
    Ok(move || {
        let batch = match load {
            true => batches.next().and_then(Result::ok),
            false => Some(first.clone()),
        };
        // Without a batch there is no result, which the harness refuses.
        let Some(batch) = batch else {
            return Vec::new();
        };
        let output = loss.forward(network.forward(batch.images), batch.labels);
        let value = output.loss.clone().inner();
        let gradients = GradientsParams::from_grads(output.loss.backward(), &network);
        network = optimizer.step(1e-3, network.clone(), gradients);
        vec![value.unsqueeze()]
    })
}

/// One epoch over the batches: a number for each.
fn epoch(run: &Run, batches: &[Vec<usize>], device: &Device) -> Vec<Tensor<2>> {
    let prepare = Arc::clone(&run.prepare);
    let options = FaceLoaderConfig::new()
        .with_workers(run.workers)
        .with_prefetch(run.prefetch);
    let prepare = move |image, index| prepare(image, index);
    let loader = options.init(Arc::clone(&run.faces), prepare, batches.to_vec());
    let mut seen = Vec::new();
    for batch in loader {
        if !run.pause.is_zero() {
            thread::sleep(run.pause);
        }
        // A batch that fails makes a number that the harness refuses.
        let first = batch.ok().and_then(|batch| batch.pixels.first().copied());
        seen.push(first.map_or(f32::NAN, f32::from));
    }
    let shape = [1, seen.len()];
    vec![Tensor::from_data(TensorData::new(seen, shape), device)]
}

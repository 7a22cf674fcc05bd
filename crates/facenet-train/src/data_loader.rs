use std::iter::{Skip, Take};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock};

use burn::data::dataloader::{DataLoader, DataLoaderIterator, Progress};
use burn::data::dataset::DatasetError;
use burn::tensor::{Device, Int, Tensor, TensorData};
use facenet_data::{
    Augment, AugmentConfig, DataError, FaceBatch, FaceDataset, FaceLoader, FaceLoaderConfig,
};
use facenet_models::{FaceNetConfig, pixels_to_tensor};
use facenet_sampler::{IdentityNeighbors, PkSampler, SamplerError, Triplet, TripletSampler};

use crate::batches::{EpochBatches, TripletBatches};
use crate::{Mined, TrainError};

/// A batch on the device.
#[derive(Clone, Debug)]
pub struct TrainingBatch {
    /// What the network takes, shape `[N, 3, H, W]`.
    pub images: Tensor<4>,
    /// Identity of each image, shape `[N]`.
    pub labels: Tensor<1, Int>,
    /// Index in the data set of each image.
    pub indices: Vec<usize>,
}

/// Burn's [`DataLoader`] over P × K batches: worker threads decode and augment, the batches come in
/// their order and are the same for any number of workers, few are in memory at a time, and pixels
/// are bytes until they are on the device.
///
/// An item is an image, as Burn has it, so [`num_items`](DataLoader::num_items) is the images of an
/// epoch (with [`ShortIdentity::Fewer`](facenet_sampler::ShortIdentity::Fewer), at most). A
/// [`slice`](DataLoader::slice) is made of whole batches, those whose first image is in it, so that
/// slices side by side have every batch once: that is how Burn's learner shares an epoch among devices.
/// For devices in several processes, give each a sampler with
/// [`with_replica`](facenet_sampler::PkSamplerConfig::with_replica).
///
/// Every call of [`iter`](DataLoader::iter) is the next epoch, beginning with 0 or the one of
/// [`with_epoch`](Self::with_epoch); slices and copies on other devices count for themselves, from where
/// this loader was. [`epoch`](Self::epoch) gives any epoch, from any batch.
///
/// A batch that fails is an `Err` in its place, and the next one is as if nothing had happened. Dropping
/// an iterator ends its threads.
pub struct FaceDataLoader {
    source: Arc<Source>,
    device: Device,
    loading: FaceLoaderConfig,
    /// Of the epoch's batches, those of this slice.
    batches: Range<usize>,
    /// The epoch of the next `iter`.
    next_epoch: AtomicUsize,
}

/// What slices and copies share.
struct Source {
    faces: Arc<dyn FaceDataset>,
    sampler: PkSampler,
    augment: Augment,
    model: FaceNetConfig,
    seed: u64,
    mined: RwLock<Option<Arc<MinedBatches>>>,
}

/// What was mined, as batches are made of it.
enum MinedBatches {
    Neighbors(IdentityNeighbors),
    Triplets(Arc<TripletSampler>),
}

impl FaceDataLoader {
    /// A loader of the batches of `sampler`, whose labels are those of `faces`, as `model` takes them on
    /// `device`; `seed` is that of the augmentation, and of the order of mined triplets.
    ///
    /// # Errors
    ///
    /// A setting of the augmentation cannot work, or the labels of the sampler are not as many as the
    /// images.
    pub fn new(
        faces: Arc<dyn FaceDataset>,
        sampler: PkSampler,
        augment: &AugmentConfig,
        seed: u64,
        model: &FaceNetConfig,
        device: &Device,
    ) -> Result<Self, TrainError> {
        let (images, labels) = (faces.len(), sampler.report().images);
        if images != labels {
            return Err(TrainError::Labels { images, labels });
        }
        let [height, width] = model.input_size.map(|side| side as u32);
        let augment = Augment::new(augment.clone(), height, width, seed)?;
        Ok(Self {
            device: device.clone(),
            loading: FaceLoaderConfig::new(),
            batches: 0..sampler.batches(),
            next_epoch: AtomicUsize::new(0),
            source: Arc::new(Source {
                faces,
                sampler,
                augment,
                model: model.clone(),
                seed,
                mined: RwLock::new(None),
            }),
        })
    }

    /// Sets the worker threads and how many batches they are ahead. The batches do not depend on it.
    pub fn with_loading(mut self, loading: FaceLoaderConfig) -> Self {
        self.loading = loading;
        self
    }

    /// Sets the epoch that the next call of [`iter`](DataLoader::iter) gives.
    pub fn with_epoch(self, epoch: usize) -> Self {
        self.next_epoch.store(epoch, Ordering::Relaxed);
        self
    }

    /// Sets what the batches of hard identities or of triplets are made of, from the next epoch on, for this
    /// loader and all that share its data.
    ///
    /// A batch of triplets has P K / 3 of them, anchor, positive, negative one after the other. Without a
    /// triplet, batches are the sampler's.
    ///
    /// # Errors
    ///
    /// [`SamplerError::OtherIdentities`] where neighbors are those of other identities,
    /// [`SamplerError::OtherImages`] where a triplet has an image that is not in the data set.
    pub fn set_mined(&self, mined: &Mined) -> Result<(), SamplerError> {
        let found = match mined {
            Mined::Neighbors(neighbors) => {
                let identities = self.source.sampler.report().identities;
                if neighbors.len() != identities {
                    return Err(SamplerError::OtherIdentities {
                        neighbors: neighbors.len(),
                        identities,
                    });
                }
                Some(MinedBatches::Neighbors(neighbors.clone()))
            }
            Mined::Triplets(triplets) => self.triplets(triplets)?.map(MinedBatches::Triplets),
        };
        let mut place = match self.source.mined.write() {
            Ok(place) => place,
            // Nothing that can panic runs under the lock.
            Err(poisoned) => poisoned.into_inner(),
        };
        *place = found.map(Arc::new);
        Ok(())
    }

    fn triplets(&self, triplets: &[Triplet]) -> Result<Option<Arc<TripletSampler>>, SamplerError> {
        let images = self.source.faces.len();
        let mut named = triplets.iter().flat_map(|triplet| triplet.indices());
        if let Some(image) = named.find(|&image| image >= images) {
            return Err(SamplerError::OtherImages { image, images });
        }
        if triplets.is_empty() {
            return Ok(None);
        }
        let report = self.source.sampler.report();
        let size = (report.p * report.k / 3).max(1);
        let sampler = TripletSampler::new(triplets.to_vec(), size)?;
        Ok(Some(Arc::new(sampler.with_seed(self.source.seed))))
    }

    /// The batches of this slice in an epoch, without the first `done` of them.
    pub fn epoch(&self, epoch: usize, done: usize) -> FaceBatches {
        let from = self.batches.start + done.min(self.batches.len());
        let batches = self.source.epoch(epoch).skip(from);
        let left = self.batches.end - from;
        let source = Arc::clone(&self.source);
        let faces = Arc::clone(&self.source.faces);
        let prepare = move |image, index| source.augment.apply(&image, epoch, index);
        let loader = self.loading.init(faces, prepare, batches.take(left));
        FaceBatches {
            loader,
            source: Arc::clone(&self.source),
            device: self.device.clone(),
            total: self.batches.len(),
        }
    }

    /// The number of batches of this slice in an epoch.
    pub fn num_batches(&self) -> usize {
        self.batches.len()
    }

    fn with(&self, device: &Device, batches: Range<usize>) -> Self {
        Self {
            source: Arc::clone(&self.source),
            device: device.clone(),
            loading: self.loading,
            batches,
            next_epoch: AtomicUsize::new(self.next_epoch.load(Ordering::Relaxed)),
        }
    }
}

impl Source {
    fn epoch(&self, epoch: usize) -> EpochBatches {
        let mined = match self.mined.read() {
            Ok(place) => place.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        };
        let own = || EpochBatches::Identities(self.sampler.epoch(epoch));
        match mined.as_deref() {
            None => own(),
            Some(MinedBatches::Neighbors(neighbors)) => {
                match self.sampler.epoch_with(epoch, neighbors) {
                    Ok(batches) => EpochBatches::Identities(batches),
                    // `set_mined` has let in no others.
                    Err(_) => own(),
                }
            }
            Some(MinedBatches::Triplets(triplets)) => EpochBatches::Triplets(TripletBatches::new(
                Arc::clone(triplets),
                epoch,
                self.sampler.batches(),
            )),
        }
    }

    /// Images in a batch, at most.
    fn batch_images(&self) -> usize {
        let report = self.sampler.report();
        report.p * report.k + report.negatives
    }
}

impl DataLoader<TrainingBatch> for FaceDataLoader {
    fn iter(&self) -> Box<dyn DataLoaderIterator<TrainingBatch> + '_> {
        let epoch = self.next_epoch.fetch_add(1, Ordering::Relaxed);
        Box::new(BurnBatches(self.epoch(epoch, 0)))
    }

    fn num_items(&self) -> usize {
        self.batches.len() * self.source.batch_images()
    }

    fn to_device(&self, device: &Device) -> Arc<dyn DataLoader<TrainingBatch>> {
        Arc::new(self.with(device, self.batches.clone()))
    }

    fn slice(&self, start: usize, end: usize) -> Arc<dyn DataLoader<TrainingBatch>> {
        let batch = |item: usize| {
            let batch = item.div_ceil(self.source.batch_images());
            self.batches.start + batch.min(self.batches.len())
        };
        let (from, to) = (batch(start), batch(end));
        Arc::new(self.with(&self.device, from..to.max(from)))
    }
}

/// The batches of an epoch, on the device one by one as they are asked for.
pub struct FaceBatches {
    loader: FaceLoader<Take<Skip<EpochBatches>>>,
    source: Arc<Source>,
    device: Device,
    /// Batches of the slice.
    total: usize,
}

impl FaceBatches {
    fn upload(&self, batch: FaceBatch) -> TrainingBatch {
        let count = batch.len();
        let labels: Vec<i32> = batch.labels.iter().map(|&label| label as i32).collect();
        TrainingBatch {
            images: pixels_to_tensor(batch.pixels, &self.source.model, &self.device),
            labels: Tensor::from_data(TensorData::new(labels, [count]), &self.device),
            indices: batch.indices,
        }
    }
}

impl Iterator for FaceBatches {
    type Item = Result<TrainingBatch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.loader.next()?;
        Some(batch.map(|batch| self.upload(batch)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.loader.size_hint()
    }
}

impl ExactSizeIterator for FaceBatches {}

/// The same with the error that Burn's loaders have.
struct BurnBatches(FaceBatches);

impl Iterator for BurnBatches {
    type Item = Result<TrainingBatch, DatasetError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.0.next()?;
        Some(batch.map_err(DatasetError::new))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl DataLoaderIterator<TrainingBatch> for BurnBatches {
    fn progress(&self) -> Progress {
        let images = self.0.source.batch_images();
        let done = self.0.total - self.0.len();
        let unit = Some("items".to_owned());
        Progress::new(done * images, self.0.total * images, unit)
    }
}

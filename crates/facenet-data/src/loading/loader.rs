use std::collections::VecDeque;
use std::fmt;
use std::iter::Fuse;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};

use image::RgbImage;
use serde::{Deserialize, Serialize};

use crate::images::guard::guarded;
use crate::{DataError, FaceDataset};

/// Images of a batch side by side, with what they show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaceBatch {
    /// Red, green and blue of each pixel, 0 to 255, shape `[N, H, W, 3]`.
    pub pixels: Vec<u8>,
    /// H, the height of each image.
    pub height: usize,
    /// W, the width of each image.
    pub width: usize,
    /// Identity of each image.
    pub labels: Vec<u32>,
    /// Index in the data set of each image.
    pub indices: Vec<usize>,
}

impl FaceBatch {
    /// N, the number of images.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }
}

/// Configuration of a [`FaceLoader`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaceLoaderConfig {
    /// Worker threads, of which 256 are started at most; 0 does the work in the caller's thread. Default: the number of cores.
    pub workers: usize,
    /// Batches in the making ahead of the caller, at least 1. Default: 2.
    pub prefetch: usize,
}

impl Default for FaceLoaderConfig {
    fn default() -> Self {
        Self {
            workers: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            prefetch: 2,
        }
    }
}

impl FaceLoaderConfig {
    /// A worker for each core, two batches ahead.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the number of worker threads.
    pub fn with_workers(mut self, workers: usize) -> Self {
        self.workers = workers;
        self
    }

    /// Sets how many batches are in the making ahead of the caller.
    pub fn with_prefetch(mut self, prefetch: usize) -> Self {
        self.prefetch = prefetch;
        self
    }
}

/// Turns batches of indices into [`FaceBatch`]es, in their order.
///
/// The workers share the images of a batch, so that the first one is there soon, and never more than
/// [`FaceLoaderConfig::prefetch`] batches and the one that was handed out are in memory. The batches
/// are the same whatever the number of workers. One that fails gives the error of its first failing
/// image, a panic in the data set or in `prepare` included, and the next one is as if nothing had
/// happened. Dropping the loader waits for the images in hand and no longer.
pub struct FaceLoader<I> {
    /// Asked ahead of the caller, hence more often than the caller asks.
    batches: Fuse<I>,
    work: Arc<Work>,
    prefetch: usize,
    threads: Vec<JoinHandle<()>>,
}

/// Threads at most, whatever is asked for: more of them would wait for each other.
const MOST_WORKERS: usize = 256;

/// Makes the image that goes into the batch from the image of the data set and its index.
type Prepare = dyn Fn(RgbImage, usize) -> Result<RgbImage, DataError> + Send + Sync;

/// What the workers share with the caller.
struct Work {
    data: Arc<dyn FaceDataset>,
    prepare: Box<Prepare>,
    state: Mutex<State>,
    /// There is an image to make, or the end has come.
    images: Condvar,
    /// A batch is complete.
    complete: Condvar,
}

#[derive(Default)]
struct State {
    /// In the order of the batches; the caller takes the first.
    queue: VecDeque<Pending>,
    /// The number of batches taken, hence of the first in the queue.
    taken: usize,
    stop: bool,
}

struct Pending {
    indices: Vec<usize>,
    /// The next image that nobody makes yet.
    next: usize,
    images: Vec<Option<Result<RgbImage, DataError>>>,
    missing: usize,
}

impl Pending {
    fn new(indices: Vec<usize>) -> Self {
        Self {
            next: 0,
            images: indices.iter().map(|_| None).collect(),
            missing: indices.len(),
            indices,
        }
    }
}

impl FaceLoaderConfig {
    /// Starts to make the batches of `batches` out of `data`, each image passed through `prepare`
    /// with its index.
    ///
    /// The images that `prepare` gives must all have one size in a batch. Where threads cannot be
    /// started, those that could do the work, or the caller's does.
    pub fn init<B>(
        &self,
        data: Arc<dyn FaceDataset>,
        prepare: impl Fn(RgbImage, usize) -> Result<RgbImage, DataError> + Send + Sync + 'static,
        batches: B,
    ) -> FaceLoader<B::IntoIter>
    where
        B: IntoIterator<Item = Vec<usize>>,
    {
        let options = self;
        let work = Arc::new(Work {
            data,
            prepare: Box::new(prepare),
            state: Mutex::default(),
            images: Condvar::new(),
            complete: Condvar::new(),
        });
        let threads = (0..options.workers.min(MOST_WORKERS))
            .map_while(|number| {
                let work = Arc::clone(&work);
                let named = thread::Builder::new().name(format!("face-loader-{number}"));
                named.spawn(move || work.run()).ok()
            })
            .collect();
        let mut loader = FaceLoader {
            batches: batches.into_iter().fuse(),
            work,
            prefetch: options.prefetch.max(1),
            threads,
        };
        if !loader.threads.is_empty() {
            loader.refill(loader.prefetch);
        }
        loader
    }
}

impl<I: Iterator<Item = Vec<usize>>> FaceLoader<I> {
    /// Queues batches until there are `count`.
    fn refill(&mut self, count: usize) {
        // The iterator belongs to the caller and may be slow: it runs without the lock.
        while self.work.lock().queue.len() < count {
            let Some(indices) = self.batches.next() else {
                break;
            };
            self.work.lock().queue.push_back(Pending::new(indices));
            self.work.images.notify_all();
        }
    }
}

impl<I: Iterator<Item = Vec<usize>>> Iterator for FaceLoader<I> {
    type Item = Result<FaceBatch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.threads.is_empty() {
            let indices = self.batches.next()?;
            let images = indices.iter().map(|&index| self.work.make(index)).collect();
            return Some(self.work.assemble(indices, images));
        }
        self.refill(1);
        let mut state = self.work.lock();
        let pending = loop {
            if state.queue.front()?.missing == 0 {
                break state.queue.pop_front()?;
            }
            state = wait(&self.work.complete, state);
        };
        state.taken += 1;
        drop(state);
        // The workers go on while this batch is put together.
        self.refill(self.prefetch);
        let images = pending.images.into_iter().flatten().collect();
        Some(self.work.assemble(pending.indices, images))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let queued = self.work.lock().queue.len();
        let (low, high) = self.batches.size_hint();
        (
            low.saturating_add(queued),
            high.and_then(|high| high.checked_add(queued)),
        )
    }
}

impl<I: ExactSizeIterator<Item = Vec<usize>>> ExactSizeIterator for FaceLoader<I> {}

impl<I> fmt::Debug for FaceLoader<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaceLoader")
            .field("images", &self.work.data.len())
            .field("workers", &self.threads.len())
            .field("prefetch", &self.prefetch)
            .finish_non_exhaustive()
    }
}

impl<I> Drop for FaceLoader<I> {
    fn drop(&mut self) {
        self.work.lock().stop = true;
        self.work.images.notify_all();
        for thread in self.threads.drain(..) {
            // A worker catches what the images do, hence it never panics.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under the lock.
        self.state.lock().unwrap_or_else(|lock| lock.into_inner())
    }

    /// A worker's life: make images, those of the first batch first.
    fn run(&self) {
        let mut state = self.lock();
        while !state.stop {
            let open = state
                .queue
                .iter_mut()
                .enumerate()
                .find(|(_, pending)| pending.next < pending.indices.len());
            let Some((position, pending)) = open else {
                state = wait(&self.images, state);
                continue;
            };
            let slot = pending.next;
            let index = pending.indices[slot];
            pending.next += 1;
            let batch = state.taken + position;
            drop(state);
            let image = self.make(index);
            state = self.lock();
            // The batch is still queued: it lacked this image. Others before it may be gone.
            let position = batch - state.taken;
            if let Some(pending) = state.queue.get_mut(position) {
                pending.images[slot] = Some(image);
                pending.missing -= 1;
                if pending.missing == 0 {
                    self.complete.notify_all();
                }
            }
        }
    }

    fn make(&self, index: usize) -> Result<RgbImage, DataError> {
        guarded(
            || (self.prepare)(self.data.image(index)?, index),
            || self.data.describe(index),
        )
    }

    fn assemble(
        &self,
        indices: Vec<usize>,
        images: Vec<Result<RgbImage, DataError>>,
    ) -> Result<FaceBatch, DataError> {
        let mut batch = FaceBatch {
            pixels: Vec::new(),
            height: 0,
            width: 0,
            labels: Vec::with_capacity(indices.len()),
            indices: Vec::new(),
        };
        let known = self.data.labels();
        let count = images.len();
        for (&index, image) in indices.iter().zip(images) {
            let image = image?;
            let &label = known.get(index).ok_or(DataError::IndexOutOfRange {
                index,
                len: known.len(),
            })?;
            let (width, height) = (image.width() as usize, image.height() as usize);
            if batch.labels.is_empty() {
                (batch.width, batch.height) = (width, height);
                batch.pixels.reserve_exact(count * image.as_raw().len());
            } else if (batch.width, batch.height) != (width, height) {
                return Err(DataError::Image {
                    origin: self.data.describe(index),
                    problem: format!("is {width} x {height} pixels after preparation"),
                    expected: format!(
                        "{} x {}, as the first of its batch",
                        batch.width, batch.height
                    ),
                });
            }
            batch.pixels.extend_from_slice(image.as_raw());
            batch.labels.push(label);
        }
        batch.indices = indices;
        Ok(batch)
    }
}

fn wait<'a>(condvar: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
    condvar.wait(state).unwrap_or_else(|lock| lock.into_inner())
}

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

use crate::images::guard::guarded;
use crate::{DataError, FaceDataset};

/// An image that cannot be read, and why.
#[derive(Debug)]
#[non_exhaustive]
pub struct Unreadable {
    /// Its index in the data set.
    pub index: usize,
    /// What is wrong with it.
    pub error: DataError,
}

/// Decodes every image once, on all cores, and returns those that fail, in the order of their
/// indices.
///
/// A program that is to run for days finds a bad file here before it starts: it refuses, or goes on
/// without these images ([`Subset::without`](crate::Subset::without)) and reports their number.
/// `progress` is told the number of images done after each one, from several threads.
pub fn unreadable(data: &dyn FaceDataset, progress: impl Fn(usize) + Sync) -> Vec<Unreadable> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads.min(data.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Relaxed);
                    if index >= data.len() {
                        break;
                    }
                    let image = guarded(|| data.image(index), || data.describe(index));
                    if let Err(error) = image {
                        let mut found = found.lock().unwrap_or_else(|lock| lock.into_inner());
                        found.push(Unreadable { index, error });
                    }
                    progress(done.fetch_add(1, Relaxed) + 1);
                }
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(|lock| lock.into_inner());
    found.sort_unstable_by_key(|bad| bad.index);
    found
}

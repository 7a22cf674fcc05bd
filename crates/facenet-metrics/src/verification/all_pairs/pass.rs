use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::bins::{BINS, Bins, key};
use super::pairs::Pairs;
use crate::distance::Strip;
use facenet_kernels::simd::vectorized;

/// Distances whose bins are found together: a line of a tile.
const LINE: usize = 256;
/// Bins that are looked through together for those to be kept.
const BLOCK: usize = 32;
/// The bit in the count of a bin that is to be kept.
const KEEP: u32 = 1 << 31;
/// Kept distances that a worker collects before it hands them over.
const HANDFUL: usize = 1 << 16;
/// What is counted before counts are added up: with a tile more, every count still fits below the bit.
const MOST: u64 = KEEP as u64 - (1 << 20);

/// Which distances of genuine pairs a pass keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeepGenuine {
    All,
    /// Those in the bins that are kept.
    InBins,
    /// They are kept already.
    None,
}

/// What to do in a pass over all pairs.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) bins: Bins,
    /// Whether to count; else only to keep.
    pub(super) count: bool,
    /// First and last of the bins to keep.
    pub(super) keep: Vec<(u16, u16)>,
    pub(super) genuine: KeepGenuine,
    /// The most pairs of a kind to keep: with more, none of the kind is kept.
    pub(super) limit: usize,
}

/// What a pass has found.
pub(super) struct PassResult {
    /// Genuine and impostor pairs in each bin; empty where they were not counted.
    pub(super) counts: [Vec<u64>; 2],
    /// Distances of genuine and impostor pairs that were to be kept; `None` where they were too many.
    pub(super) kept: [Option<Vec<f32>>; 2],
}

/// Computes all distances once. `report` is told how many pairs each strip had.
pub(super) fn pass(pairs: &Pairs<'_>, plan: &Plan, report: &(dyn Fn(u64) + Sync)) -> PassResult {
    let shared = Shared {
        pairs,
        plan,
        workers: Mutex::default(),
        sums: Mutex::new(Sums {
            all: vec![0; BINS],
            genuine: vec![0; BINS],
        }),
        kept: Mutex::default(),
    };
    let strips = pairs.tiles.strips();
    strips.par_iter().with_max_len(1).for_each(|strip| {
        let worker = lock(&shared.workers).pop();
        let mut worker = worker.unwrap_or_else(|| Worker::new(plan));
        worker.strip(&shared, strip);
        lock(&shared.workers).push(worker);
        report(pairs.of_rows(strip.rows()));
    });
    for mut worker in std::mem::take(&mut *lock(&shared.workers)) {
        worker.hand_over(&shared);
        worker.add_up(&shared);
    }
    let Shared { sums, kept, .. } = shared;
    let sums = sums.into_inner().unwrap_or_else(PoisonError::into_inner);
    let kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    let impostor = sums.all.iter().zip(&sums.genuine).map(|(all, g)| all - g);
    PassResult {
        counts: if plan.count {
            [sums.genuine.clone(), impostor.collect()]
        } else {
            [Vec::new(), Vec::new()]
        },
        kept: kept.map(|kept| (kept.count <= plan.limit).then_some(kept.distances)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere ends the pass anyway.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Shared<'s, 'a> {
    pairs: &'s Pairs<'a>,
    plan: &'s Plan,
    /// Those that are at rest; there are never more than threads.
    workers: Mutex<Vec<Worker>>,
    sums: Mutex<Sums>,
    kept: Mutex<[Kept; 2]>,
}

struct Sums {
    all: Vec<u64>,
    genuine: Vec<u64>,
}

#[derive(Default)]
struct Kept {
    /// One list: a large one grows without a copy, and joining several would need twice the memory.
    distances: Vec<f32>,
    /// How many there were to be kept.
    count: usize,
}

/// Counts of one thread at a time.
struct Worker {
    /// Of all pairs, with [`KEEP`] in the bins to keep.
    all: Vec<u32>,
    genuine: Vec<u32>,
    /// How many pairs the counts are of.
    counted: u64,
    /// Distances of genuine and of impostor pairs.
    kept: [Vec<f32>; 2],
}

impl Worker {
    fn new(plan: &Plan) -> Worker {
        let mut all = vec![0; BINS];
        for &(first, last) in &plan.keep {
            let kept = all.get_mut(usize::from(first)..=usize::from(last));
            kept.unwrap_or_default().fill(KEEP);
        }
        Worker {
            all,
            genuine: vec![0; BINS],
            counted: 0,
            kept: Default::default(),
        }
    }

    fn strip(&mut self, shared: &Shared<'_, '_>, strip: &Strip<'_, '_>) {
        let pairs = shared.pairs;
        let first = strip.rows().start;
        // What is left of the genuine pairs of each row, from tile to tile.
        let mut left: Vec<&[usize]> = strip.rows().map(|row| pairs.genuine_of(row)).collect();
        strip.for_each_tile(|tile| {
            for (row, column, line) in tile.lines() {
                let labels = pairs.column_labels.get(column..).unwrap_or_default();
                let label = pairs.row_labels.get(row).copied().unwrap_or_default();
                for (line, labels) in line.chunks(LINE).zip(labels.chunks(LINE)) {
                    self.line(shared.plan.bins, line, label, labels);
                }
                if let Some(left) = left.get_mut(row - first) {
                    self.genuine(shared.plan, line, column, left);
                }
                self.counted += line.len() as u64;
            }
            if self.kept.iter().any(|kept| kept.len() >= HANDFUL) {
                self.hand_over(shared);
            }
            if self.counted >= MOST {
                self.add_up(shared);
            }
        });
    }

    /// Counts the pairs of a row, of both kinds, and keeps impostor pairs.
    fn line(&mut self, bins: Bins, line: &[f32], label: u32, labels: &[u32]) {
        let Some(all) = self.all.first_chunk_mut::<BINS>() else {
            return;
        };
        let [_, kept] = &mut self.kept;
        let mut found = [0u16; LINE];
        vectorized(
            #[inline(always)]
            || {
                for (bin, &distance) in found.iter_mut().zip(line) {
                    *bin = bins.of(key(distance));
                }
                let found = found.get(..line.len()).unwrap_or_default();
                for (index, block) in found.chunks(BLOCK).enumerate() {
                    let mut some = 0;
                    for &bin in block {
                        // No bin is beyond the last: the remainder spares the check.
                        let count = &mut all[usize::from(bin) % BINS];
                        *count += 1;
                        some |= *count;
                    }
                    if some & KEEP == 0 {
                        continue;
                    }
                    let pairs = line.iter().zip(labels).skip(index * BLOCK).zip(block);
                    for ((&distance, &other), &bin) in pairs {
                        if all[usize::from(bin) % BINS] & KEEP != 0 && other != label {
                            kept.push(distance);
                        }
                    }
                }
            },
        );
    }

    /// Counts and keeps the genuine pairs of a row that lie in the tile.
    fn genuine(&mut self, plan: &Plan, line: &[f32], column: usize, left: &mut &[usize]) {
        while let Some((&next, rest)) = left.split_first()
            && let Some(&distance) = line.get(next - column)
        {
            *left = rest;
            let bin = plan.bins.of(key(distance));
            if let Some(count) = self.genuine.get_mut(usize::from(bin)) {
                *count += 1;
            }
            if match plan.genuine {
                KeepGenuine::All => true,
                KeepGenuine::InBins => {
                    let count = self.all.get(usize::from(bin));
                    count.is_some_and(|count| count & KEEP != 0)
                }
                KeepGenuine::None => false,
            } {
                self.kept[0].push(distance);
            }
        }
    }

    fn hand_over(&mut self, shared: &Shared<'_, '_>) {
        let mut all = lock(&shared.kept);
        for (kept, own) in all.iter_mut().zip(&mut self.kept) {
            kept.count += own.len();
            if kept.count <= shared.plan.limit {
                kept.distances.extend_from_slice(own);
            } else {
                kept.distances = Vec::new();
            }
            own.clear();
        }
    }

    fn add_up(&mut self, shared: &Shared<'_, '_>) {
        let mut sums = lock(&shared.sums);
        let Sums { all, genuine } = &mut *sums;
        for (sums, counts) in [(all, &mut self.all), (genuine, &mut self.genuine)] {
            for (sum, count) in sums.iter_mut().zip(counts) {
                *sum += u64::from(*count & !KEEP);
                *count &= KEEP;
            }
        }
        self.counted = 0;
    }
}

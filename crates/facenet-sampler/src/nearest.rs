//! Distances between rows, the same on every platform and with any number of threads.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::thread;

use crate::SamplerError;

/// Rows of numbers, all of them finite.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    values: &'a [f32],
    dims: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(values: &'a [f32], dims: usize) -> Result<Self, SamplerError> {
        let len = values.len();
        if dims == 0 || !len.is_multiple_of(dims) || u32::try_from(len / dims).is_err() {
            return Err(SamplerError::Rows { values: len, dims });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(place) => Err(SamplerError::NotFinite { row: place / dims }),
            None => Ok(Self { values, dims }),
        }
    }

    /// Rows that have a label each.
    pub(crate) fn labeled(
        values: &'a [f32],
        dims: usize,
        labels: &[u32],
    ) -> Result<Self, SamplerError> {
        let rows = Self::new(values, dims)?;
        if rows.len() != labels.len() {
            return Err(SamplerError::RowLabels {
                rows: rows.len(),
                labels: labels.len(),
            });
        }
        Ok(rows)
    }

    pub(crate) fn len(self) -> usize {
        self.values.len() / self.dims
    }

    pub(crate) fn of(self, row: usize) -> &'a [f32] {
        &self.values[row * self.dims..(row + 1) * self.dims]
    }
}

/// The squared distance of two rows.
///
/// Eight sums side by side, which a processor adds at once and every processor adds in this order.
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a.remainder().iter().zip(b.remainder());
    let rest: f32 = rest.map(|(a, b)| (a - b) * (a - b)).sum();
    for (a, b) in a.zip(b) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + b) + (c + d)) + ((e + f) + (g + h)) + rest
}

/// The results of `work` on ranges that make up `0..count`, in their order, from as many threads as
/// there are cores.
pub(crate) fn in_threads<T: Send>(count: usize, work: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let step = count.div_ceil(threads).max(1);
    let ranges = (0..count)
        .step_by(step)
        .map(|from| from..(from + step).min(count));
    let work = &work;
    thread::scope(|scope| {
        let running: Vec<_> = ranges
            .map(|range| scope.spawn(move || work(range)))
            .collect();
        running
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

/// The k nearest other rows of each row, nearest first, of equally near ones the first.
pub(crate) fn nearest(rows: Rows<'_>, k: usize) -> Vec<Vec<u32>> {
    /// Rows that pass over all others together, so that those are read from memory once.
    const BLOCK: usize = 32;
    let k = k.min(rows.len().saturating_sub(1));
    let parts = in_threads(rows.len(), |range| {
        let mut lists = Vec::with_capacity(range.len());
        for from in range.clone().step_by(BLOCK) {
            let block = from..(from + BLOCK).min(range.end);
            let mut best = vec![Nearest::new(k); block.len()];
            for other in 0..rows.len() {
                for (row, best) in block.clone().zip(&mut best) {
                    if row != other {
                        best.offer(squared_distance(rows.of(row), rows.of(other)), other as u32);
                    }
                }
            }
            lists.extend(best.into_iter().map(Nearest::into_rows));
        }
        lists
    });
    parts.into_iter().flatten().collect()
}

/// The k smallest distances so far, ascending.
#[derive(Clone)]
struct Nearest {
    k: usize,
    found: Vec<(f32, u32)>,
}

impl Nearest {
    fn new(k: usize) -> Self {
        let found = Vec::with_capacity(k + 1);
        Self { k, found }
    }

    /// Rows are offered in ascending order, hence of equal distances the first row stays in front.
    fn offer(&mut self, distance: f32, row: u32) {
        if self.found.len() == self.k {
            match self.found.last() {
                Some(&(last, _)) if distance < last => {}
                _ => return,
            }
        }
        let place = self.found.partition_point(|&(other, _)| other <= distance);
        self.found.insert(place, (distance, row));
        self.found.truncate(self.k);
    }

    fn into_rows(self) -> Vec<u32> {
        self.found.into_iter().map(|(_, row)| row).collect()
    }
}

use std::collections::BinaryHeap;

use super::Neighbor;

/// The best so far of one query: at most `k`, by key and then by index.
#[derive(Clone, Debug, Default)]
pub(super) struct Nearest {
    /// The key's bits above the index: keys are never negative, so that the integers are in the order
    /// of the pairs.
    heap: BinaryHeap<u64>,
}

impl Nearest {
    /// Takes an entry in where it is among the `k` best; whether the list was changed.
    pub(super) fn push(&mut self, k: usize, key: f32, index: usize) -> bool {
        // `abs`: of the two zeros only the positive one has the smallest bits.
        let entry = u64::from(key.abs().to_bits()) << 32 | index as u64;
        if self.heap.len() < k {
            self.heap.push(entry);
            return true;
        }
        match self.heap.peek_mut() {
            Some(mut worst) if entry < *worst => {
                *worst = entry;
                true
            }
            _ => false,
        }
    }

    /// The key beyond which nothing is taken in any more; `None` while there is room.
    pub(super) fn limit(&self, k: usize) -> Option<f32> {
        let worst = self.heap.peek().filter(|_| self.heap.len() >= k)?;
        Some(key(*worst))
    }

    /// Whether a list whose entries are all at 0 is full of lower indices: `index` cannot enter it,
    /// at whatever distance.
    pub(super) fn closed_to(&self, k: usize, index: usize) -> bool {
        self.heap.len() >= k && self.heap.peek().is_some_and(|&worst| worst < index as u64)
    }

    pub(super) fn into_sorted(self) -> Vec<Neighbor> {
        self.heap
            .into_sorted_vec()
            .into_iter()
            .map(|entry| Neighbor {
                index: entry as u32,
                distance: key(entry),
            })
            .collect()
    }
}

fn key(entry: u64) -> f32 {
    f32::from_bits((entry >> 32) as u32)
}

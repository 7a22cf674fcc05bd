use std::collections::HashMap;
use std::fmt::Debug;
use std::hash::Hash;

/// What an identity, a cluster, a template or a medium can be named by: an integer of any size.
///
/// Only equality counts: labels need not begin at 0, be dense, or be in order.
pub trait Label: Copy + Eq + Ord + Hash + Debug + Send + Sync {}

macro_rules! labels {
    ($($integer:ty),*) => { $(impl Label for $integer {})* };
}

labels!(
    u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize
);

/// Labels numbered from 0 in the order of their first appearance.
pub(crate) struct Numbered<L> {
    /// The number of each label given.
    pub(crate) of: Vec<u32>,
    /// How often each number occurs.
    pub(crate) sizes: Vec<usize>,
    numbers: HashMap<L, u32>,
}

impl<L: Label> Numbered<L> {
    pub(crate) fn new(labels: &[L]) -> Numbered<L> {
        let mut numbers = HashMap::new();
        let mut sizes = Vec::new();
        let of = labels
            .iter()
            .map(|&label| {
                let number = *numbers.entry(label).or_insert(sizes.len() as u32);
                if number as usize == sizes.len() {
                    sizes.push(0);
                }
                sizes[number as usize] += 1;
                number
            })
            .collect();
        Numbered { of, sizes, numbers }
    }

    /// The number of a label; `None` where it is not among those given.
    pub(crate) fn number(&self, label: L) -> Option<u32> {
        self.numbers.get(&label).copied()
    }

    /// The positions of each number, ascending.
    pub(crate) fn members(&self) -> Vec<Vec<u32>> {
        let mut members: Vec<Vec<u32>> =
            self.sizes.iter().map(|&n| Vec::with_capacity(n)).collect();
        for (position, &number) in (0..).zip(&self.of) {
            members[number as usize].push(position);
        }
        members
    }
}

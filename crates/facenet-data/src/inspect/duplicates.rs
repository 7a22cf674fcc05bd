use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use super::hash::{BITS, PerceptualHash};

/// Images that are there more than once, in groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Duplicates {
    /// Groups whose images are of one identity: they count more than others in training.
    pub within: Vec<DuplicateGroup>,
    /// Groups whose images are of several identities: a label is wrong.
    pub across: Vec<DuplicateGroup>,
}

/// Images that are the same, or nearly so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DuplicateGroup {
    /// Their indices in the data set, ascending.
    pub images: Vec<usize>,
    /// Where they come from, in the same order.
    pub names: Vec<String>,
    /// The greatest number of bits, of 256, in which the perceptual hashes of two neighbors in the
    /// group differ; 0 where all are alike.
    pub distance: u32,
}

impl Duplicates {
    /// The number of groups.
    pub fn groups(&self) -> usize {
        self.within.len() + self.across.len()
    }

    /// The images that would have to go for each group to be left with one.
    pub fn surplus(&self) -> usize {
        let groups = self.within.iter().chain(&self.across);
        groups.map(|group| group.images.len() - 1).sum()
    }

    pub(crate) fn new(
        groups: Vec<Group>,
        labels: &[u32],
        name: impl Fn(usize) -> String,
    ) -> Duplicates {
        let mut duplicates = Duplicates::default();
        for Group { images, distance } in groups {
            let several = images
                .iter()
                .map(|&image| labels.get(image))
                .collect::<BTreeSet<_>>()
                .len()
                > 1;
            let group = DuplicateGroup {
                names: images.iter().map(|&image| name(image)).collect(),
                images,
                distance,
            };
            if several {
                duplicates.across.push(group);
            } else {
                duplicates.within.push(group);
            }
        }
        duplicates
    }
}

/// Images that belong together, ascending.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) images: Vec<usize>,
    pub(crate) distance: u32,
}

/// The images with the same content, in groups of two and more, in the order of their first.
pub(crate) fn exact(contents: &[(usize, [u8; 32])]) -> Vec<Group> {
    let mut groups: BTreeMap<&[u8; 32], Vec<usize>> = BTreeMap::new();
    for (image, content) in contents {
        groups.entry(content).or_default().push(*image);
    }
    sorted(groups.into_values().map(|images| Group {
        images,
        distance: 0,
    }))
}

/// The images whose hashes differ in at most `near` bits, or that are connected by such, in groups of
/// two and more, in the order of their first.
pub(crate) fn near(hashes: &[(usize, PerceptualHash)], near: u32) -> Vec<Group> {
    let mut images: BTreeMap<PerceptualHash, Vec<usize>> = BTreeMap::new();
    for &(image, hash) in hashes {
        images.entry(hash).or_default().push(image);
    }
    let different: Vec<PerceptualHash> = images.keys().copied().collect();
    let mut forest = Forest::new(different.len());
    let mut distances = vec![0; different.len()];
    let pairs = pairs(&different, near);
    for &(a, b, _) in &pairs {
        forest.join(a, b);
    }
    for (a, _, distance) in pairs {
        let root = forest.root(a);
        distances[root] = distance.max(distances[root]);
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, images) in images.into_values().enumerate() {
        groups
            .entry(forest.root(number))
            .or_default()
            .extend(images);
    }
    sorted(groups.into_iter().map(|(root, mut images)| {
        images.sort_unstable();
        Group {
            images,
            distance: distances[root],
        }
    }))
}

fn sorted(groups: impl Iterator<Item = Group>) -> Vec<Group> {
    let mut groups: Vec<_> = groups.filter(|group| group.images.len() > 1).collect();
    groups.sort_unstable_by(|a, b| a.images.cmp(&b.images));
    groups
}

/// All pairs of at most `near` bits, some of them several times.
///
/// Where the bits are divided into one part more than may differ, two hashes agree in one part at
/// least. So only those are compared that agree in a part, and no pair is missed.
fn pairs(hashes: &[PerceptualHash], near: u32) -> Vec<(usize, usize, u32)> {
    let parts = near.min(BITS - 1) + 1;
    (0..parts)
        .into_par_iter()
        .flat_map_iter(|part| {
            let (first, end) = (BITS * part / parts, BITS * (part + 1) / parts);
            let masked = |hash: PerceptualHash| {
                let mut words = hash.0;
                for (word, from) in words.iter_mut().zip((0..).step_by(64)) {
                    *word &= ones(from, first, end);
                }
                words
            };
            let mut order: Vec<([u64; 4], usize)> = hashes
                .iter()
                .enumerate()
                .map(|(number, &hash)| (masked(hash), number))
                .collect();
            order.sort_unstable();
            let mut found = Vec::new();
            for run in order.chunk_by(|a, b| a.0 == b.0) {
                for (at, &(_, a)) in run.iter().enumerate() {
                    for &(_, b) in &run[at + 1..] {
                        let distance = hashes[a].distance(hashes[b]);
                        if distance <= near {
                            found.push((a, b, distance));
                        }
                    }
                }
            }
            found
        })
        .collect()
}

/// The bits `first..end` of the whole that lie in the word that begins with bit `from`.
fn ones(from: u32, first: u32, end: u32) -> u64 {
    let below = |bit: u32| match bit.saturating_sub(from) {
        0 => 0,
        bits @ 1..=63 => (1 << bits) - 1,
        _ => u64::MAX,
    };
    below(end) & !below(first)
}

/// Sets of numbers that are joined.
struct Forest {
    parents: Vec<usize>,
}

impl Forest {
    fn new(count: usize) -> Self {
        Self {
            parents: (0..count).collect(),
        }
    }

    fn root(&mut self, mut number: usize) -> usize {
        while self.parents[number] != number {
            // Every other step is left out from now on.
            self.parents[number] = self.parents[self.parents[number]];
            number = self.parents[number];
        }
        number
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn the_parts_of_a_hash_are_all_of_it_once() {
        for parts in 1..=BITS {
            let mut all = [0u64; 4];
            for part in 0..parts {
                let (first, end) = (BITS * part / parts, BITS * (part + 1) / parts);
                for (word, from) in all.iter_mut().zip((0..).step_by(64)) {
                    let ones = ones(from, first, end);
                    assert_eq!(*word & ones, 0);
                    *word |= ones;
                }
            }
            assert_eq!(all, [u64::MAX; 4]);
        }
    }

    #[test]
    fn near_groups_are_those_of_comparing_all_with_all() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        // Hashes around a few centers, so that there are pairs at every small distance.
        let centers: Vec<[u64; 4]> = (0..12).map(|_| rng.random()).collect();
        let hashes: Vec<(usize, PerceptualHash)> = (0..150)
            .map(|image| {
                let mut words = centers[rng.random_range(0..centers.len())];
                for _ in 0..rng.random_range(0..9) {
                    let bit: usize = rng.random_range(0..256);
                    words[bit / 64] ^= 1 << (bit % 64);
                }
                (image * 3, PerceptualHash(words))
            })
            .collect();
        for limit in [0, 1, 3, 8, 31] {
            let mut forest = Forest::new(hashes.len());
            for a in 0..hashes.len() {
                for b in 0..a {
                    if hashes[a].1.distance(hashes[b].1) <= limit {
                        forest.join(a, b);
                    }
                }
            }
            let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (number, (image, _)) in hashes.iter().enumerate() {
                groups.entry(forest.root(number)).or_default().push(*image);
            }
            let mut expected: Vec<_> = groups.into_values().filter(|g| g.len() > 1).collect();
            expected.sort_unstable();
            let found = near(&hashes, limit);
            assert!(found.iter().all(|group| group.distance <= limit));
            let found: Vec<_> = found.into_iter().map(|group| group.images).collect();
            assert_eq!(found, expected, "{limit} bits");
        }
    }
}

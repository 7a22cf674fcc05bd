//! Random labels, and what a batch says about them.

use std::collections::BTreeMap;

use facenet_sampler::{IdentitySelection, ShortIdentity};
use proptest::prelude::*;

/// Labels of 2 to 30 identities with 1 to 9 images each, in any order, with gaps between numbers.
pub(crate) fn labels() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(1usize..10, 2..30)
        .prop_map(|counts| {
            let label = |identity: usize| (identity as u32).wrapping_mul(2_654_435_761);
            let images = counts.iter().enumerate();
            images
                .flat_map(|(identity, &n)| vec![label(identity); n])
                .collect::<Vec<u32>>()
        })
        .prop_shuffle()
}

pub(crate) fn short() -> impl Strategy<Value = ShortIdentity> {
    prop_oneof![
        Just(ShortIdentity::Repeat),
        Just(ShortIdentity::Fewer),
        Just(ShortIdentity::Skip)
    ]
}

pub(crate) fn selection() -> impl Strategy<Value = IdentitySelection> {
    prop_oneof![
        Just(IdentitySelection::Uniform),
        (-2.0..3.0).prop_map(|alpha| IdentitySelection::ByCount { alpha }),
        (2usize..10).prop_map(|group| IdentitySelection::Hard { group }),
    ]
}

/// Images of each label.
pub(crate) fn by_label(labels: &[u32]) -> BTreeMap<u32, Vec<usize>> {
    let mut images: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (image, &label) in labels.iter().enumerate() {
        images.entry(label).or_default().push(image);
    }
    images
}

/// Identities that can take part.
pub(crate) fn usable(labels: &[u32], k: usize, short: ShortIdentity) -> BTreeMap<u32, Vec<usize>> {
    let mut images = by_label(labels);
    if short == ShortIdentity::Skip {
        images.retain(|_, images| images.len() >= k);
    }
    images
}

/// The identities of a batch in turn, each with its images; images of one identity are neighbors.
pub(crate) fn runs(batch: &[usize], labels: &[u32]) -> Vec<(u32, Vec<usize>)> {
    let mut runs: Vec<(u32, Vec<usize>)> = Vec::new();
    for &image in batch {
        match runs.last_mut() {
            Some((label, images)) if *label == labels[image] => images.push(image),
            _ => runs.push((labels[image], vec![image])),
        }
    }
    runs
}

use rand::Rng;

use crate::groups::Groups;
use crate::permutation::Permutation;

/// Appends `count` different images of identities that are not among the anchors, all images being
/// equally likely.
///
/// There must be as many.
pub(crate) fn push_negatives(
    groups: &Groups,
    anchors: &[u32],
    count: usize,
    rng: &mut impl Rng,
    indices: &mut Vec<usize>,
) {
    let mut anchors: Vec<u32> = anchors.to_vec();
    anchors.sort_unstable();
    // Place r among the images that are left is place r + removed among all, `removed` being the images
    // of the anchors before it.
    let mut removed = 0;
    let mut gaps = Vec::with_capacity(anchors.len());
    let mut removed_before = vec![0];
    for anchor in anchors {
        let range = groups.range(anchor);
        gaps.push(range.start - removed);
        removed += range.end - range.start;
        removed_before.push(removed);
    }
    let left = groups.images() as u32 - removed;
    let permutation = Permutation::new(left, rng);
    for place in 0..count as u32 {
        let place = permutation.at(place);
        let before = gaps.partition_point(|&gap| gap <= place);
        indices.push(groups.image(place + removed_before[before]) as usize);
    }
}

/// The images that are left for negatives in the worst of all batches, that with the P largest
/// identities.
pub(crate) fn fewest_left(groups: &Groups, p: usize) -> usize {
    let mut counts: Vec<usize> = (0..groups.len() as u32)
        .map(|identity| groups.of(identity).len())
        .collect();
    if counts.len() > p {
        counts.select_nth_unstable_by(p, |a, b| b.cmp(a));
        counts.truncate(p);
    }
    groups.images() - counts.iter().sum::<usize>()
}

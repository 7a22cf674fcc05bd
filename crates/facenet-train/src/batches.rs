use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;

use facenet_sampler::{PkEpoch, TripletEpoch, TripletSampler};

/// The batches of an epoch, each a list of image indices: those of a P × K sampler, or as many of triplets
/// that were mined offline.
pub(crate) enum EpochBatches {
    Identities(PkEpoch),
    Triplets(TripletBatches),
}

/// Batches of triplets in epochs that are as long as those of a P × K sampler: they go round the triplets,
/// whose order changes from round to round.
pub(crate) struct TripletBatches {
    sampler: Arc<TripletSampler>,
    /// Batches of the whole run.
    left: Range<usize>,
    /// The round that was asked for last.
    round: Option<(usize, TripletEpoch)>,
}

impl TripletBatches {
    /// Epoch `epoch` of `batches` batches each.
    pub(crate) fn new(sampler: Arc<TripletSampler>, epoch: usize, batches: usize) -> Self {
        let first = epoch.saturating_mul(batches);
        Self {
            sampler,
            left: first..first.saturating_add(batches),
            round: None,
        }
    }

    fn batch(&mut self, batch: usize) -> Option<Vec<usize>> {
        let length = self.sampler.batches();
        let number = batch / length;
        let round = match self.round.take() {
            Some((known, round)) if known == number => round,
            _ => self.sampler.epoch(number),
        };
        let found = round.clone().nth(batch % length);
        self.round = Some((number, round));
        found
    }
}

impl Iterator for EpochBatches {
    type Item = Vec<usize>;

    fn next(&mut self) -> Option<Vec<usize>> {
        self.nth(0)
    }

    fn nth(&mut self, n: usize) -> Option<Vec<usize>> {
        match self {
            Self::Identities(epoch) => epoch.nth(n),
            Self::Triplets(batches) => {
                let batch = batches.left.nth(n)?;
                batches.batch(batch)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Identities(epoch) => epoch.size_hint(),
            Self::Triplets(batches) => batches.left.size_hint(),
        }
    }
}

impl ExactSizeIterator for EpochBatches {}

impl FusedIterator for EpochBatches {}

#[cfg(test)]
mod tests {
    use facenet_sampler::Triplet;

    use super::*;

    #[test]
    fn epochs_go_round_the_triplets() {
        let triplets = (0..5).map(|anchor| Triplet {
            anchor,
            positive: 10 + anchor,
            negative: 20 + anchor,
        });
        let sampler = Arc::new(TripletSampler::new(triplets.collect(), 2).unwrap());
        assert_eq!(sampler.batches(), 3);
        let epoch = |number| {
            let batches = TripletBatches::new(Arc::clone(&sampler), number, 4);
            EpochBatches::Triplets(batches)
        };
        let all: Vec<_> = (0..3).flat_map(epoch).collect();
        assert_eq!(all.len(), 12);
        let rounds: Vec<_> = (0..4).flat_map(|round| sampler.epoch(round)).collect();
        assert_eq!(all, rounds);
        // From the middle, as a run that is resumed.
        let mut rest = epoch(1).skip(2);
        assert_eq!(rest.len(), 2);
        assert_eq!(rest.next(), Some(all[6].clone()));
        assert_eq!(rest.next(), Some(all[7].clone()));
        assert_eq!(rest.next(), None);
    }
}

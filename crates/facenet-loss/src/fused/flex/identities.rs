//! Who has which identity, in numbers that fit into vectors.

use std::collections::HashMap;

/// Identities of anchors and candidates, numbered from 0, and the candidates of each.
pub(super) struct Identities {
    /// Of each anchor.
    anchors: Vec<u32>,
    /// Of each candidate.
    pub(super) candidates: Vec<u32>,
    /// Where the members of each identity begin, and where those of the last one end.
    starts: Vec<usize>,
    /// Candidates by identity, each in the order of its index.
    members: Vec<u32>,
    /// The candidate that is anchor 0.
    first: Option<usize>,
}

impl Identities {
    pub(super) fn new(anchors: &[i64], candidates: &[i64], first: Option<usize>) -> Self {
        let mut numbers = HashMap::new();
        let mut number = |label: &i64| {
            let next = numbers.len() as u32;
            *numbers.entry(*label).or_insert(next)
        };
        let candidates: Vec<u32> = candidates.iter().map(&mut number).collect();
        let anchors: Vec<u32> = anchors.iter().map(&mut number).collect();

        let mut starts = vec![0; numbers.len() + 1];
        for &identity in &candidates {
            starts[identity as usize + 1] += 1;
        }
        for identity in 0..numbers.len() {
            starts[identity + 1] += starts[identity];
        }
        let mut next = starts.clone();
        let mut members = vec![0; candidates.len()];
        for (candidate, &identity) in candidates.iter().enumerate() {
            let place = &mut next[identity as usize];
            members[*place] = candidate as u32;
            *place += 1;
        }
        Self {
            anchors,
            candidates,
            starts,
            members,
            first,
        }
    }

    pub(super) fn of_anchor(&self, anchor: usize) -> u32 {
        self.anchors[anchor]
    }

    /// The candidates of the anchor's identity, without the anchor itself, by index.
    pub(super) fn positives(&self, anchor: usize) -> impl Iterator<Item = u32> + '_ {
        let identity = self.anchors[anchor] as usize;
        let own = self.first.map(|first| (first + anchor) as u32);
        let members = &self.members[self.starts[identity]..self.starts[identity + 1]];
        members.iter().copied().filter(move |&j| Some(j) != own)
    }

    /// How many candidates have another identity than the anchor.
    pub(super) fn negatives(&self, anchor: usize) -> usize {
        let identity = self.anchors[anchor] as usize;
        self.candidates.len() - (self.starts[identity + 1] - self.starts[identity])
    }
}

use rand::seq::SliceRandom;

use crate::IdentityNeighbors;
use crate::stream::{Purpose, stream};

/// Puts the identities of an epoch in groups of neighbors, and gives the share of one replica.
pub(crate) struct NeighborGroups<'a> {
    pub(crate) neighbors: &'a IdentityNeighbors,
    /// The number in the labels of each identity that takes part, ascending.
    pub(crate) names: &'a [u32],
    pub(crate) p: usize,
    pub(crate) group: usize,
    pub(crate) rank: usize,
    pub(crate) world: usize,
}

impl NeighborGroups<'_> {
    /// The replica's order out of the shuffled identities of all replicas.
    ///
    /// Groups are made over all identities, each from the next one in the shuffled order and the nearest
    /// that are still free, then dealt to the replicas, so that a replica's batches are as hard as those
    /// of a run that is alone. Late groups find their neighbors taken, hence groups are shuffled.
    pub(crate) fn order(&self, shuffled: Vec<u32>, seed: u64, epoch: u64) -> Vec<u32> {
        let (p, world) = (self.p, self.world);
        let size = self.group.min(p);
        let (groups, rest) = (p / size, p % size);
        // Full batches of each replica.
        let full = shuffled.len() / world / p;
        let mut maker = Maker {
            grouping: self,
            taken: vec![false; shuffled.len()],
            shuffled: &shuffled,
            next: 0,
        };
        let mut whole: Vec<Vec<u32>> = (0..full * world * groups)
            .map(|_| maker.group(size))
            .collect();
        let small: Vec<Vec<u32>> = (0..full * world).map(|_| maker.group(rest)).collect();
        // What fills no batch of each replica, neighbors side by side.
        let mut tail = Vec::new();
        loop {
            let group = maker.group(size);
            if group.is_empty() {
                break;
            }
            tail.extend(group);
        }
        whole.shuffle(&mut stream(seed, Purpose::Groups, epoch, 0));

        let mut order = Vec::with_capacity(shuffled.len() / world + 1);
        for batch in (self.rank..full * world).step_by(world) {
            for group in &whole[batch * groups..(batch + 1) * groups] {
                order.extend(group);
            }
            order.extend(&small[batch]);
        }
        // The first replicas get one more where they must.
        let (each, more) = (tail.len() / world, tail.len() % world);
        let from = self.rank * each + self.rank.min(more);
        let share = each + usize::from(self.rank < more);
        order.extend(&tail[from..from + share]);
        order
    }

    /// The neighbors of an identity that take part.
    fn of(&self, identity: u32) -> impl Iterator<Item = u32> + '_ {
        let neighbors = self.neighbors.of(self.names[identity as usize] as usize);
        let all = self.names.len() == self.neighbors.len();
        neighbors.iter().filter_map(move |&name| {
            if all {
                return Some(name);
            }
            let found = self.names.binary_search(&name);
            found.ok().map(|position| position as u32)
        })
    }
}

struct Maker<'a> {
    grouping: &'a NeighborGroups<'a>,
    taken: Vec<bool>,
    shuffled: &'a [u32],
    /// All identities of the shuffled order before it are taken.
    next: usize,
}

impl Maker<'_> {
    fn group(&mut self, size: usize) -> Vec<u32> {
        let mut group = Vec::with_capacity(size);
        let mut asked = 0;
        while group.len() < size {
            let Some(&member) = group.get(asked) else {
                // The first of the group, or one in place of neighbors that are all taken.
                let Some(free) = self.free() else { break };
                group.push(free);
                continue;
            };
            asked += 1;
            for neighbor in self.grouping.of(member) {
                if group.len() == size {
                    break;
                }
                let taken = &mut self.taken[neighbor as usize];
                if !*taken {
                    *taken = true;
                    group.push(neighbor);
                }
            }
        }
        group
    }

    /// Takes the next identity of the shuffled order that is free.
    fn free(&mut self) -> Option<u32> {
        while let Some(&identity) = self.shuffled.get(self.next) {
            self.next += 1;
            if !self.taken[identity as usize] {
                self.taken[identity as usize] = true;
                return Some(identity);
            }
        }
        None
    }
}

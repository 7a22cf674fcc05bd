/// Sets that are united two by two (Tarjan's union-find). The root of a set is its lowest member.
pub(super) struct Forest {
    parents: Vec<u32>,
    sets: usize,
}

impl Forest {
    pub(super) fn new(things: usize) -> Forest {
        Forest {
            parents: (0..things as u32).collect(),
            sets: things,
        }
    }

    /// The number of sets.
    pub(super) fn sets(&self) -> usize {
        self.sets
    }

    pub(super) fn root(&mut self, thing: u32) -> u32 {
        let mut at = thing;
        while self.parents[at as usize] != at {
            let above = self.parents[self.parents[at as usize] as usize];
            self.parents[at as usize] = above;
            at = above;
        }
        at
    }

    /// Unites two sets; false where they are one already.
    pub(super) fn unite(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return false;
        }
        self.parents[a.max(b) as usize] = a.min(b);
        self.sets -= 1;
        true
    }

    /// The root of each thing.
    pub(super) fn roots(&mut self) -> Vec<u32> {
        (0..self.parents.len() as u32)
            .map(|thing| self.root(thing))
            .collect()
    }
}

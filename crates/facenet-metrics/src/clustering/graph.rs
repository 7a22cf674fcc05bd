use super::clusters::Clusters;
use super::forest::Forest;
use crate::neighbors::{Neighbor, Neighbors};

/// The graph of nearest neighbors below a threshold: an edge wherever one of two faces is among the
/// nearest of the other. Large sets are clustered on it, in memory that goes with `N k` and not with `N²`.
///
/// Memory: 16 bytes a listed neighbor at most.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborGraph {
    /// Where the edges of each face begin; one more at the end.
    starts: Vec<usize>,
    edges: Vec<Neighbor>,
    threshold: f64,
}

impl NeighborGraph {
    /// From the neighbors of each face in its own set ([`Neighbors::leave_one_out`]): the edges
    /// shorter than `threshold`.
    pub fn new(neighbors: &Neighbors, threshold: f64) -> NeighborGraph {
        let listed = |index: usize| {
            let list = neighbors.of(index).iter();
            list.take_while(|near| f64::from(near.distance) < threshold)
        };
        // Each edge from both of its ends.
        let mut starts = vec![0; neighbors.len() + 1];
        for index in 0..neighbors.len() {
            for near in listed(index) {
                starts[index + 1] += 1;
                starts[near.index as usize + 1] += 1;
            }
        }
        for index in 0..neighbors.len() {
            starts[index + 1] += starts[index];
        }
        let nothing = Neighbor {
            index: 0,
            distance: 0.0,
        };
        let mut both = vec![nothing; starts[neighbors.len()]];
        let mut ends = starts.clone();
        let mut put = |from: usize, edge: Neighbor| {
            both[ends[from]] = edge;
            ends[from] += 1;
        };
        for index in 0..neighbors.len() {
            for &near in listed(index) {
                put(index, near);
                let back = Neighbor {
                    index: index as u32,
                    ..near
                };
                put(near.index as usize, back);
            }
        }
        // Where both list each other the edge is there twice.
        let mut graph = NeighborGraph {
            starts: vec![0],
            edges: Vec::with_capacity(both.len()),
            threshold,
        };
        for at in starts.windows(2) {
            let edges = &mut both[at[0]..at[1]];
            edges.sort_unstable_by_key(|edge| edge.index);
            let first = graph.edges.len();
            for &edge in edges.iter() {
                if graph.edges.len() == first
                    || graph
                        .edges
                        .last()
                        .is_none_or(|last| last.index != edge.index)
                {
                    graph.edges.push(edge);
                }
            }
            graph.starts.push(graph.edges.len());
        }
        graph
    }

    /// The number of faces.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no faces.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of edges.
    pub fn edges(&self) -> usize {
        self.edges.len() / 2
    }

    /// The faces that one has an edge to, ascending.
    ///
    /// # Panics
    ///
    /// Where `face` is not below [`len`](Self::len).
    pub fn of(&self, face: usize) -> &[Neighbor] {
        &self.edges[self.starts[face]..self.starts[face + 1]]
    }

    /// What an edge weighs: 1 between equal faces, and less and less towards the threshold.
    pub(super) fn weight(&self, edge: &Neighbor) -> f64 {
        /// An edge just below the threshold still joins two faces that have no other.
        const LEAST: f64 = 1e-3;
        match self.threshold > 0.0 && self.threshold.is_finite() {
            true => (1.0 - f64::from(edge.distance) / self.threshold).max(LEAST),
            false => 1.0,
        }
    }

    /// The connected components: single linkage at the threshold, but for edges that no list has.
    pub fn components(&self) -> Clusters {
        let mut forest = Forest::new(self.len());
        for face in 0..self.len() {
            for edge in self.of(face) {
                forest.unite(face as u32, edge.index);
            }
        }
        Clusters::of_all(&forest.roots())
    }
}

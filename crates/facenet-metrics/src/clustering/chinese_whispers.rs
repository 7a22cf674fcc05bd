use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::clusters::Clusters;
use super::graph::NeighborGraph;

/// Chinese whispers (Biemann, 2006): every face takes the name that weighs most among its neighbors, again
/// and again, in random order. An edge weighs `1 − distance / threshold`, so that near faces are heard before
/// those at the threshold; in dlib's `chinese_whispers_clustering` all edges weigh the same.
///
/// It finds the number of clusters itself, takes time that goes with the edges, and a single edge between
/// two groups does not join them, as it does in single linkage. Of names of equal weight a face keeps its
/// own, or takes the lowest. The result depends on the seed, and on nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChineseWhispers {
    iterations: usize,
    seed: u64,
}

impl Default for ChineseWhispers {
    fn default() -> ChineseWhispers {
        ChineseWhispers::new()
    }
}

impl ChineseWhispers {
    /// Up to 100 rounds, dlib's number, and seed 0.
    pub fn new() -> ChineseWhispers {
        ChineseWhispers {
            iterations: 100,
            seed: 0,
        }
    }

    /// The most rounds; it ends before where no face takes another name.
    pub fn with_iterations(mut self, iterations: usize) -> ChineseWhispers {
        self.iterations = iterations;
        self
    }

    /// The seed of the order.
    pub fn with_seed(mut self, seed: u64) -> ChineseWhispers {
        self.seed = seed;
        self
    }

    /// Clusters the faces of a graph. None is noise: a face without edges is a cluster of its own.
    pub fn fit(&self, graph: &NeighborGraph) -> Clusters {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut names: Vec<u32> = (0..graph.len() as u32).collect();
        let mut order: Vec<usize> = (0..graph.len()).collect();
        let mut heard = Vec::new();
        for _ in 0..self.iterations {
            order.shuffle(&mut random);
            let mut changed = false;
            for &face in &order {
                heard.clear();
                heard.extend(
                    graph
                        .of(face)
                        .iter()
                        .map(|edge| (names[edge.index as usize], graph.weight(edge))),
                );
                // Stable, so that the weights of a name are always added in one order.
                heard.sort_by_key(|&(name, _)| name);
                let name = most_heard(&heard, names[face]);
                changed |= name != names[face];
                names[face] = name;
            }
            if !changed {
                break;
            }
        }
        Clusters::of_all(&names)
    }
}

/// The name of the largest weight in a sorted list: `own` where it is one of several, else the lowest.
fn most_heard(heard: &[(u32, f64)], own: u32) -> u32 {
    let mut best = (0.0, own);
    for same in heard.chunk_by(|a, b| a.0 == b.0) {
        let weight: f64 = same.iter().map(|&(_, weight)| weight).sum();
        if weight > best.0 || (weight == best.0 && same[0].0 == own) {
            best = (weight, same[0].0);
        }
    }
    best.1
}

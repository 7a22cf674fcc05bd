use std::collections::BTreeMap;

use super::forest::Forest;
use super::merge::Merge;
use crate::neighbors::{Neighbors, Pairs, Search, SearchRows};

/// Neighbors that are listed for each thing between two passes over all pairs.
const LISTED: usize = 16;

/// An edge between two things, `first < second`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) first: u32,
    pub(super) second: u32,
    pub(super) length: f32,
}

impl Edge {
    fn new(a: u32, b: u32, length: f32) -> Edge {
        Edge {
            first: a.min(b),
            second: a.max(b),
            length,
        }
    }

    /// A total order of the edges, so that there is one minimum spanning tree.
    fn order(&self) -> (u32, u32, u32) {
        // Lengths are never negative: their bits are in the order of the numbers.
        (self.length.to_bits(), self.first, self.second)
    }
}

/// The edges of the minimum spanning tree that are no longer than `most`, in ascending order: the forest
/// that single linkage, DBSCAN and HDBSCAN are cut from.
///
/// The length of an edge is the distance of its two things, and no less than the core distance of either,
/// where these are given (the mutual reachability of Campello, Moulavi and Sander, 2013). An infinite core
/// distance leaves a thing out.
///
/// Borůvka's algorithm: every component takes its shortest edge to another one. Lists of the nearest
/// neighbors outside of their component give these edges for as long as they tell the shortest for sure;
/// then the lists are made anew, by one pass over the tiles of the matrix of distances. A few passes do,
/// where Prim's algorithm would read all embeddings once for each of them. Memory: 128 bytes a thing.
pub(super) fn spanning_tree(rows: &SearchRows<'_>, cores: Option<&[f32]>, most: f32) -> Vec<Edge> {
    let mut forest = Forest::new(rows.len());
    let mut tree = Vec::new();
    while forest.sets() > 1 {
        let roots = forest.roots();
        let outside = Outside {
            roots: &roots,
            cores,
            most,
        };
        let lists = Search::within(rows).nearest(LISTED, &outside);
        let mut next = vec![0; rows.len()];
        let before = tree.len();
        while join(&mut forest, &lists, &mut next, &mut tree) {}
        if tree.len() == before {
            // Nothing is left within `most`.
            break;
        }
    }
    tree.sort_unstable_by_key(Edge::order);
    tree
}

/// Pairs of different components.
struct Outside<'s> {
    roots: &'s [u32],
    cores: Option<&'s [f32]>,
    most: f32,
}

impl Outside<'_> {
    fn core(&self, thing: usize) -> f32 {
        self.cores.map_or(0.0, |cores| cores[thing])
    }
}

impl Pairs for Outside<'_> {
    fn wanted(&self, row: usize, column: usize) -> bool {
        self.roots[row] != self.roots[column]
            && self.core(row).is_finite()
            && self.core(column).is_finite()
    }

    fn key(&self, row: usize, column: usize, distance: f32) -> f32 {
        distance.max(self.core(row)).max(self.core(column))
    }

    fn most(&self) -> f32 {
        self.most
    }
}

/// What a component knows of the edges that leave it.
struct Leaving {
    shortest: Option<Edge>,
    /// No edge that is not listed is shorter.
    unlisted: f32,
}

/// Adds the shortest edge of every component that knows it; false where none does.
fn join(forest: &mut Forest, lists: &Neighbors, next: &mut [usize], tree: &mut Vec<Edge>) -> bool {
    let roots = forest.roots();
    let mut components: BTreeMap<u32, Leaving> = BTreeMap::new();
    for (thing, &root) in (0..).zip(&roots) {
        let list = lists.of(thing as usize);
        let next = &mut next[thing as usize];
        // What has come into the component stays there.
        while list
            .get(*next)
            .is_some_and(|near| roots[near.index as usize] == root)
        {
            *next += 1;
        }
        let leaving = components.entry(root).or_insert(Leaving {
            shortest: None,
            unlisted: f32::INFINITY,
        });
        if let Some(near) = list.get(*next) {
            let edge = Edge::new(thing, near.index, near.distance);
            if leaving
                .shortest
                .is_none_or(|shortest| edge.order() < shortest.order())
            {
                leaving.shortest = Some(edge);
            }
        } else if let Some(last) = list.last().filter(|_| list.len() == lists.k()) {
            leaving.unlisted = leaving.unlisted.min(last.distance);
        }
    }
    let mut joined = false;
    for leaving in components.values() {
        if let Some(edge) = leaving.shortest
            && edge.length < leaving.unlisted
            && forest.unite(edge.first, edge.second)
        {
            tree.push(edge);
            joined = true;
        }
    }
    joined
}

/// The merges of single linkage: one for each edge of a spanning tree, in its order.
pub(super) fn merges(things: usize, tree: &[Edge]) -> Vec<Merge> {
    let mut forest = Forest::new(things);
    // The cluster that a root stands for.
    let mut clusters: Vec<usize> = (0..things).collect();
    let mut merges = Vec::with_capacity(tree.len());
    for edge in tree {
        let [a, b] = [edge.first, edge.second].map(|thing| clusters[forest.root(thing) as usize]);
        forest.unite(edge.first, edge.second);
        clusters[forest.root(edge.first) as usize] = things + merges.len();
        merges.push(Merge {
            first: a.min(b),
            second: a.max(b),
            distance: f64::from(edge.length),
        });
    }
    merges
}

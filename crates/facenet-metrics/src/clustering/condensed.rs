use super::merge::Merge;

/// A tree of merges seen from its root: a cluster goes on while it only loses fewer things at a time than
/// make a cluster, and splits where both parts are large enough (Campello, Moulavi and Sander, 2013).
pub(super) struct Condensed {
    /// The root, then every cluster after the one that it comes from.
    clusters: Vec<Branch>,
    /// The cluster that each thing falls out of.
    falls_from: Vec<usize>,
}

struct Branch {
    parent: Option<usize>,
    /// The density at which it comes to be.
    birth: f64,
    /// Over its things, how much longer it lasts for each in density.
    stability: f64,
}

impl Condensed {
    /// From the `things − 1` merges of a tree, in ascending order of distance.
    pub(super) fn new(things: usize, tree: &[Merge], min_size: usize) -> Condensed {
        let size = sizes(things, tree);
        let mut made = Condensed {
            clusters: vec![Branch {
                parent: None,
                birth: 0.0,
                stability: 0.0,
            }],
            falls_from: vec![0; things],
        };
        // Nodes of the tree, each with the cluster that it belongs to.
        let mut left = vec![(things + tree.len() - 1, 0)];
        while let Some((node, cluster)) = left.pop() {
            let Some(merge) = node.checked_sub(things).and_then(|at| tree.get(at)) else {
                continue;
            };
            let density = density(merge.distance);
            let parts = [merge.first, merge.second];
            let splits = parts.iter().all(|&part| size[part] >= min_size);
            for part in parts {
                if splits {
                    made.lose(cluster, size[part], density);
                    left.push((part, made.clusters.len()));
                    made.clusters.push(Branch {
                        parent: Some(cluster),
                        birth: density,
                        stability: 0.0,
                    });
                } else if size[part] >= min_size {
                    left.push((part, cluster));
                } else {
                    made.lose(cluster, size[part], density);
                    made.fall(part, cluster, things, tree);
                }
            }
        }
        made
    }

    /// So many things leave a cluster at a density.
    fn lose(&mut self, cluster: usize, things: usize, density: f64) {
        let cluster = &mut self.clusters[cluster];
        cluster.stability += (density - cluster.birth) * things as f64;
    }

    /// All things below a node fall out of a cluster.
    fn fall(&mut self, node: usize, cluster: usize, things: usize, tree: &[Merge]) {
        let mut left = vec![node];
        while let Some(node) = left.pop() {
            match node.checked_sub(things) {
                None => self.falls_from[node] = cluster,
                Some(at) => left.extend([tree[at].first, tree[at].second]),
            }
        }
    }

    /// The clusters with the largest sum of stabilities of which none is in another (the excess of mass),
    /// and never the root: the cluster of each thing, `None` for noise.
    pub(super) fn most_stable(&self, things: usize) -> Vec<Option<usize>> {
        let count = self.clusters.len();
        // The best that can be had below each cluster, itself included; children come after parents.
        let mut below = vec![0.0; count];
        let mut chosen = vec![false; count];
        for (at, cluster) in self.clusters.iter().enumerate().skip(1).rev() {
            chosen[at] = below[at] <= cluster.stability;
            let best = cluster.stability.max(below[at]);
            if let Some(parent) = cluster.parent {
                below[parent] += best;
            }
        }
        // The highest that is chosen holds all that is below it.
        let mut holder: Vec<Option<usize>> = vec![None; count];
        for (at, cluster) in self.clusters.iter().enumerate() {
            let above = cluster.parent.and_then(|parent| holder[parent]);
            holder[at] = above.or((chosen[at]).then_some(at));
        }
        (0..things)
            .map(|thing| holder[self.falls_from[thing]])
            .collect()
    }
}

/// How many things are below each node.
fn sizes(things: usize, tree: &[Merge]) -> Vec<usize> {
    let mut sizes = vec![1; things];
    for merge in tree {
        sizes.push(sizes[merge.first] + sizes[merge.second]);
    }
    sizes
}

/// The density at a distance: duplicates get the largest of all, and not infinity, whose differences are
/// not numbers.
fn density(distance: f64) -> f64 {
    1.0 / distance.max(f64::from(f32::MIN_POSITIVE))
}

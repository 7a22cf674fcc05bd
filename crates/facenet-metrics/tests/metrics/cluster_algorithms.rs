//! Clusters by every algorithm: against brute force, on degenerate sets, and for any number of threads.

use std::collections::HashSet;

use facenet_metrics::{
    ChineseWhispers, Clustering, ClusteringAlgorithm, ClusteringScores, Clusters, Dbscan,
    Dendrogram, DistanceKind, Hdbscan, KMeans, Linkage, MetricsError, NeighborGraph, Neighbors,
    cluster, sweep_thresholds, threshold_grid,
};
use ndarray::{Array2, array};
use proptest::prelude::*;

const KIND: DistanceKind = DistanceKind::SquaredEuclidean;
const NAMES: [&str; 7] = [
    "average",
    "complete",
    "single",
    "k-means:3",
    "dbscan",
    "hdbscan",
    "chinese-whispers",
];

fn clustering(name: &str) -> Clustering {
    Clustering::new(name.parse().unwrap())
}

fn matrix(rows: &[[i8; 2]]) -> Array2<f32> {
    Array2::from_shape_fn((rows.len(), 2), |(r, c)| f32::from(rows[r][c]))
}

fn squared(a: [i8; 2], b: [i8; 2]) -> f64 {
    (0..2)
        .map(|c| (f64::from(a[c]) - f64::from(b[c])).powi(2))
        .sum()
}

/// Three groups of faces on the unit sphere, `count` in all, one after the other.
fn groups(count: usize) -> (Array2<f32>, Vec<u64>) {
    let labels: Vec<u64> = (0..count).map(|i| 1000 + i as u64 % 3).collect();
    let mut faces = Array2::from_shape_fn((count, 12), |(r, c)| {
        let center = if c == r % 3 { 1.0 } else { 0.0 };
        center + ((r * 31 + c * 17) as f32).sin() * 0.08
    });
    for mut face in faces.rows_mut() {
        let length = face.dot(&face).sqrt();
        face /= length;
    }
    (faces, labels)
}

/// DBSCAN as its paper has it: from each core that has no cluster yet to all that it reaches.
fn brute_dbscan(points: &[[i8; 2]], threshold: f64, min_points: usize) -> Vec<Option<usize>> {
    let near = |i: usize| -> Vec<usize> {
        (0..points.len())
            .filter(|&j| squared(points[i], points[j]) < threshold)
            .collect()
    };
    let mut of = vec![None; points.len()];
    let mut next = 0;
    for start in 0..points.len() {
        if of[start].is_some() || near(start).len() < min_points {
            continue;
        }
        let mut left = vec![start];
        while let Some(at) = left.pop() {
            if of[at].is_none() {
                of[at] = Some(next);
                if near(at).len() >= min_points {
                    left.extend(near(at));
                }
            }
        }
        next += 1;
    }
    of
}

proptest! {
    // Small whole numbers: exact in floating point, with many equal distances.
    #[test]
    fn dbscan_reaches_what_the_definition_reaches(
        points in prop::collection::vec(prop::array::uniform2(-6i8..6), 0..60),
        threshold in 0.0f64..6.0,
        min_points in 1usize..6,
    ) {
        let found = Dbscan::new(threshold)
            .with_min_points(min_points)
            .fit(matrix(&points).view(), KIND)
            .unwrap();
        let expected = Clusters::new(&brute_dbscan(&points, threshold, min_points));
        prop_assert_eq!(&found, &expected);
        // The sweep cuts one tree at all thresholds.
        let labels: Vec<usize> = (0..points.len()).map(|i| i / 4).collect();
        let clustering = clustering("dbscan").with_min_points(min_points);
        let sweep =
            sweep_thresholds(matrix(&points).view(), &labels, &clustering, &[threshold, 40.0]).unwrap();
        prop_assert_eq!(sweep.points[0].scores, expected.scores(&labels).unwrap());
        prop_assert_eq!(sweep.points[0].noise, expected.noise());
    }

    #[test]
    fn single_linkage_is_that_of_the_whole_matrix(
        points in prop::collection::vec(prop::array::uniform2(-9i8..9), 0..40),
    ) {
        let condensed: Vec<f32> = (0..points.len())
            .flat_map(|i| (i + 1..points.len()).map(move |j| (i, j)))
            .map(|(i, j)| squared(points[i], points[j]) as f32)
            .collect();
        let expected = Dendrogram::from_condensed(condensed, points.len(), Linkage::Single).unwrap();
        let found = Dendrogram::new(matrix(&points).view(), KIND, Linkage::Single).unwrap();
        for threshold in 0..40 {
            prop_assert_eq!(found.cut_at(threshold.into()), expected.cut_at(threshold.into()));
        }
    }

    #[test]
    fn a_graph_has_the_listed_pairs_within_the_threshold(
        points in prop::collection::vec(prop::array::uniform2(-5i8..5), 0..40),
        k in 1usize..5,
        threshold in 0.0f64..30.0,
    ) {
        let near = Neighbors::leave_one_out(matrix(&points).view(), KIND, k).unwrap();
        let graph = NeighborGraph::new(&near, threshold);
        let mut expected = HashSet::new();
        for (i, list) in near.iter().enumerate() {
            for edge in list.iter().filter(|edge| f64::from(edge.distance) < threshold) {
                expected.insert((i, edge.index as usize));
                expected.insert((edge.index as usize, i));
            }
        }
        let found: Vec<(usize, usize)> = (0..graph.len())
            .flat_map(|i| graph.of(i).iter().map(move |edge| (i, edge.index as usize)))
            .collect();
        prop_assert!(found.is_sorted());
        prop_assert_eq!(found.len(), 2 * graph.edges());
        prop_assert_eq!(found.into_iter().collect::<HashSet<_>>(), expected);
        // No name travels where there is no edge.
        let components = graph.components();
        let whispers = ChineseWhispers::new().fit(&graph);
        for cluster in whispers.members() {
            let of = |thing: &usize| components.assignment()[*thing];
            prop_assert!(cluster.iter().all(|thing| of(thing) == of(&cluster[0])));
        }
    }

    #[test]
    fn k_means_ends_where_nothing_can_be_moved(
        points in prop::collection::vec(prop::array::uniform2(-9i8..9), 1..40),
        clusters in 1usize..6,
        seed in 0u64..100,
    ) {
        let clusters = clusters.min(points.len());
        let fit = KMeans::new(clusters).with_seed(seed).fit(matrix(&points).view(), KIND).unwrap();
        prop_assert_eq!(fit.centers.dim(), (clusters, 2));
        prop_assert!(fit.iterations < 300);
        let distance = |point: usize, center: usize| -> f64 {
            (0..2)
                .map(|c| (f64::from(points[point][c]) - f64::from(fit.centers[[center, c]])).powi(2))
                .sum()
        };
        let least: f64 = (0..points.len())
            .map(|p| (0..clusters).map(|c| distance(p, c)).fold(f64::INFINITY, f64::min))
            .sum();
        prop_assert!((fit.inertia - least).abs() < 1e-2);
        prop_assert_eq!(fit.clusters.noise(), 0);
        prop_assert!(fit.clusters.count() <= clusters);
    }
}

#[test]
fn every_algorithm_finds_groups_that_are_apart() {
    let (faces, labels) = groups(600);
    for kind in [KIND, DistanceKind::Angle] {
        for name in NAMES {
            let threshold = if kind == KIND { 0.5 } else { 0.23 };
            // Enough neighbors that a group is not cut up; several seeds, as k-means needs a lucky one.
            let best = (0..8)
                .map(|seed| {
                    let clustering = clustering(name)
                        .with_distance(kind)
                        .with_threshold(threshold)
                        .with_seed(seed)
                        .with_neighbors(250);
                    let found = cluster(faces.view(), &clustering).unwrap();
                    let scores = found.scores(&labels).unwrap();
                    scores.pairwise.f.unwrap()
                })
                .fold(0.0, f64::max);
            assert!(best > 0.99, "{name}: {best}");
        }
    }
}

#[test]
fn the_result_is_that_of_one_thread() {
    let (faces, _) = groups(700);
    for name in NAMES {
        let clustering = clustering(name).with_threshold(0.1);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| cluster(faces.view(), &clustering).unwrap())
        };
        assert_eq!(with(1), with(5), "{name}");
    }
    let fit = |seed| {
        KMeans::new(7)
            .with_seed(seed)
            .fit(faces.view(), KIND)
            .unwrap()
    };
    assert_eq!(fit(3), fit(3));
}

#[test]
fn faces_that_are_all_the_same() {
    let same = Array2::from_elem((20, 5), 0.3f32);
    for name in NAMES {
        let found = cluster(same.view(), &clustering(name)).unwrap();
        match name {
            // Nothing in it is denser than the rest, and the set as a whole is no cluster.
            "hdbscan" => assert_eq!((found.count(), found.noise()), (0, 20)),
            _ => assert_eq!((found.count(), found.noise()), (1, 0), "{name}"),
        }
    }
}

#[test]
fn faces_that_are_all_different() {
    let different = Array2::<f32>::eye(20);
    for name in NAMES {
        let found = cluster(different.view(), &clustering(name)).unwrap();
        match name {
            "dbscan" | "hdbscan" => assert_eq!((found.count(), found.noise()), (0, 20), "{name}"),
            "k-means:3" => assert_eq!(found.count(), 3),
            _ => assert_eq!((found.count(), found.noise()), (20, 0), "{name}"),
        }
        let scores = found.scores(&[1u8; 20]).unwrap();
        assert_eq!((scores.items, scores.identities), (20, 1));
    }
}

#[test]
fn nothing_one_face_and_two() {
    for name in NAMES {
        let clustering = clustering(name);
        let none = Array2::<f32>::zeros((0, 3));
        match name {
            "k-means:3" => assert!(cluster(none.view(), &clustering).is_err()),
            _ => assert!(cluster(none.view(), &clustering).unwrap().is_empty()),
        }
        for count in 1..3 {
            let faces = Array2::<f32>::ones((count, 3));
            match name {
                "k-means:3" => assert!(cluster(faces.view(), &clustering).is_err()),
                "dbscan" | "hdbscan" => {
                    let found = cluster(faces.view(), &clustering).unwrap();
                    assert_eq!(
                        (found.len(), found.count(), found.noise()),
                        (count, 0, count)
                    );
                }
                _ => assert_eq!(cluster(faces.view(), &clustering).unwrap().count(), 1),
            }
        }
    }
    assert!(
        KMeans::new(0)
            .fit(Array2::zeros((0, 3)).view(), KIND)
            .is_ok()
    );
}

#[test]
fn duplicates_are_the_densest_of_all() {
    // Two heaps of equal faces and some far from all.
    let faces = Array2::from_shape_fn((16, 1), |(r, _)| match r {
        0..6 => 0.0f32,
        6..12 => 10.0,
        _ => 100.0 * r as f32,
    });
    let found = Hdbscan::new(5).fit(faces.view(), KIND).unwrap();
    assert_eq!(found.count(), 2);
    assert_eq!(
        found.members()[..2],
        [(0..6).collect::<Vec<_>>(), (6..12).collect()]
    );
}

#[test]
fn one_edge_does_not_join_two_groups() {
    // Two cliques of six, and an edge between them.
    let line = Array2::from_shape_fn((12, 1), |(r, _)| {
        r as f32 * 0.1 + if r < 6 { 0.0 } else { 0.9 }
    });
    let near = Neighbors::leave_one_out(line.view(), KIND, 11).unwrap();
    let graph = NeighborGraph::new(&near, 1.001);
    assert_eq!(graph.components().count(), 1);
    for seed in 0..5 {
        let found = ChineseWhispers::new().with_seed(seed).fit(&graph);
        assert_eq!(
            found.members(),
            [(0..6).collect::<Vec<_>>(), (6..12).collect()]
        );
    }
}

#[test]
fn the_best_threshold_is_found_for_every_algorithm_that_has_one() {
    let (faces, labels) = groups(90);
    let grid = threshold_grid(KIND, 79);
    assert_eq!((grid.len(), grid[0], grid[19]), (79, 0.05, 1.0));
    for name in NAMES {
        let clustering = clustering(name);
        let sweep = sweep_thresholds(faces.view(), &labels, &clustering, &grid);
        if !clustering.algorithm.has_threshold() {
            assert!(matches!(sweep, Err(MetricsError::Setting { .. })));
            continue;
        }
        let sweep = sweep.unwrap();
        let best = sweep.best().unwrap();
        assert_eq!(best.scores.pairwise.f, Some(1.0), "{name}");
        for (point, &threshold) in sweep.points.iter().zip(&grid) {
            assert_eq!(point.threshold, threshold);
            let found =
                cluster(faces.view(), &clustering.clone().with_threshold(threshold)).unwrap();
            assert_eq!(
                point.scores,
                found.scores(&labels).unwrap(),
                "{name} at {threshold}"
            );
        }
        let alone: Vec<usize> = (0..90).collect();
        let nothing = sweep_thresholds(faces.view(), &alone, &clustering, &grid).unwrap();
        assert!(nothing.best().is_none());
        let none = sweep_thresholds(faces.view(), &labels, &clustering, &[]).unwrap();
        assert!(none.best().is_none());
        assert!(sweep_thresholds(faces.view(), &labels[1..], &clustering, &grid).is_err());
        assert!(sweep_thresholds(faces.view(), &labels, &clustering, &[f64::NAN]).is_err());
    }
}

#[test]
fn noise_is_counted_and_scored_as_clusters_of_one() {
    let clusters = Clusters::new(&[Some(9u64), None, Some(4), Some(9), None]);
    assert_eq!(
        clusters.assignment(),
        [Some(0), None, Some(1), Some(0), None]
    );
    assert_eq!(
        (clusters.len(), clusters.count(), clusters.noise()),
        (5, 2, 2)
    );
    assert_eq!(clusters.members(), [vec![0, 3], vec![2]]);
    assert_eq!(clusters.with_noise_alone(), [0, 2, 1, 0, 3]);
    assert_eq!(
        clusters.scores(&[1, 1, 2, 1, 1]).unwrap(),
        ClusteringScores::new(&[0, 2, 1, 0, 3], &[1, 1, 2, 1, 1]).unwrap()
    );
    let json = serde_json::to_string(&clusters).unwrap();
    assert_eq!(serde_json::from_str::<Clusters>(&json).unwrap(), clusters);
}

#[test]
fn names_are_read_as_they_are_written() {
    for name in NAMES {
        let algorithm: ClusteringAlgorithm = name.parse().unwrap();
        assert_eq!(algorithm.to_string(), name);
    }
    for wrong in ["", "k-means", "k-means:", "k-means:-1", "Average", "ward"] {
        let error = wrong
            .parse::<ClusteringAlgorithm>()
            .unwrap_err()
            .to_string();
        assert!(error.contains("chinese-whispers"), "{error}");
    }
    assert_eq!(Clustering::default().algorithm.to_string(), "average");
}

#[test]
fn what_cannot_be_clustered_is_an_error() {
    let nan = array![[1.0f32, 0.0], [f32::NAN, 1.0], [0.5, 0.5], [0.1, 0.2]];
    let zero = array![[1.0f32, 0.0], [0.0, 0.0], [0.5, 0.5], [0.1, 0.2]];
    for name in NAMES {
        assert!(matches!(
            cluster(nan.view(), &clustering(name)),
            Err(MetricsError::NotFinite { index: 1, .. })
        ));
        let angle = clustering(name).with_distance(DistanceKind::Angle);
        assert!(matches!(
            cluster(zero.view(), &angle),
            Err(MetricsError::ZeroEmbedding { index: 1 })
        ));
        assert!(cluster(zero.view(), &clustering(name)).is_ok());
        let unset = clustering(name).with_threshold(f64::NAN);
        assert_eq!(
            cluster(zero.view(), &unset).is_err(),
            unset.algorithm.has_threshold()
        );
    }
    let wrong = [
        clustering("dbscan").with_min_points(0),
        clustering("hdbscan").with_min_cluster_size(1),
        clustering("chinese-whispers").with_neighbors(0),
        clustering("k-means:0"),
        clustering("k-means:5"),
    ];
    for clustering in wrong {
        let error = cluster(zero.view(), &clustering);
        assert!(
            matches!(error, Err(MetricsError::Setting { .. })),
            "{clustering:?}"
        );
    }
    assert!(
        Hdbscan::new(2)
            .with_min_samples(0)
            .fit(zero.view(), KIND)
            .is_err()
    );
    // No distance is below a threshold of 0 or less, not even that of duplicates.
    let twins = Array2::<f32>::ones((2, 2));
    for (kind, name) in [(KIND, "single"), (DistanceKind::Angle, "chinese-whispers")] {
        for threshold in [-0.1, 0.0] {
            let clustering = clustering(name)
                .with_distance(kind)
                .with_threshold(threshold);
            assert_eq!(cluster(twins.view(), &clustering).unwrap().count(), 2);
        }
    }
}

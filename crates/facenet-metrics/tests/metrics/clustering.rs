//! Clusters and their scores against explicit pairs, things and merges.

use facenet_metrics::{ClusteringScores, Dendrogram, DistanceKind, Linkage, MetricsError};
use ndarray::{Array2, array};
use proptest::prelude::*;

const LINKAGES: [Linkage; 3] = [Linkage::Average, Linkage::Complete, Linkage::Single];

fn close(a: Option<f64>, b: Option<f64>) {
    match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-12, "{a} is not {b}"),
        (a, b) => assert_eq!(a, b),
    }
}

/// Pairs (together and belonging, together only, belonging only, neither).
fn pair_counts(clusters: &[u32], labels: &[u32]) -> (f64, f64, f64, f64) {
    let mut counts = (0.0, 0.0, 0.0, 0.0);
    for i in 0..labels.len() {
        for j in i + 1..labels.len() {
            match (clusters[i] == clusters[j], labels[i] == labels[j]) {
                (true, true) => counts.0 += 1.0,
                (true, false) => counts.1 += 1.0,
                (false, true) => counts.2 += 1.0,
                (false, false) => counts.3 += 1.0,
            }
        }
    }
    counts
}

fn share(of: &[bool], all: &[bool]) -> f64 {
    let n = all.iter().filter(|&&x| x).count() as f64;
    of.iter().zip(all).filter(|&(&a, &b)| a && b).count() as f64 / n
}

fn check_scores(clusters: &[u32], labels: &[u32]) {
    let scores = ClusteringScores::new(clusters, labels).unwrap();
    let n = labels.len();
    let (tp, fp, fn_, tn) = pair_counts(clusters, labels);
    let over = |a: f64, b: f64| (b > 0.0).then(|| a / b);
    close(scores.pairwise.precision, over(tp, tp + fp));
    close(scores.pairwise.recall, over(tp, tp + fn_));
    close(scores.pairwise.f, over(2.0 * tp, 2.0 * tp + fp + fn_));

    // The adjusted Rand index from the pair confusion matrix.
    let denominator = (tp + fn_) * (fn_ + tn) + (tp + fp) * (fp + tn);
    let ari = if fp + fn_ == 0.0 {
        1.0
    } else {
        2.0 * (tp * tn - fn_ * fp) / denominator
    };
    close(scores.ari, (n >= 2).then_some(ari));

    let (mut precision, mut recall) = (0.0, 0.0);
    let (mut information, mut h_clusters, mut h_labels) = (0.0, 0.0, 0.0);
    for i in 0..n {
        let cluster: Vec<bool> = clusters.iter().map(|&c| c == clusters[i]).collect();
        let label: Vec<bool> = labels.iter().map(|&l| l == labels[i]).collect();
        precision += share(&label, &cluster) / n as f64;
        recall += share(&cluster, &label) / n as f64;
        let all = vec![true; n];
        let (pc, pl) = (share(&cluster, &all), share(&label, &all));
        let both: Vec<bool> = cluster.iter().zip(&label).map(|(&a, &b)| a && b).collect();
        information += (share(&both, &all) / (pc * pl)).ln() / n as f64;
        h_clusters -= pc.ln() / n as f64;
        h_labels -= pl.ln() / n as f64;
    }
    if n > 0 {
        close(scores.b_cubed.precision, Some(precision));
        close(scores.b_cubed.recall, Some(recall));
        close(
            scores.b_cubed.f,
            Some(2.0 * precision * recall / (precision + recall)),
        );
        let sum: f64 = h_clusters + h_labels;
        let nmi = if sum == 0.0 {
            1.0
        } else {
            2.0 * information / sum
        };
        close(scores.nmi, Some(nmi));
    } else {
        assert_eq!((scores.nmi, scores.b_cubed.f), (None, None));
    }
}

/// Agglomerates by looking at all pairs of clusters again after each merge.
fn brute(distances: &[Vec<f64>], linkage: Linkage, stop: impl Fn(usize, f64) -> bool) -> Vec<u32> {
    let mut clusters: Vec<Vec<usize>> = (0..distances.len()).map(|i| vec![i]).collect();
    loop {
        let mut nearest: Option<(f64, usize, usize)> = None;
        for a in 0..clusters.len() {
            for b in a + 1..clusters.len() {
                let between: Vec<f64> = clusters[a]
                    .iter()
                    .flat_map(|&i| clusters[b].iter().map(move |&j| (i, j)))
                    .map(|(i, j)| distances[i][j])
                    .collect();
                let d = match linkage {
                    Linkage::Single => between.iter().copied().fold(f64::INFINITY, f64::min),
                    Linkage::Complete => between.iter().copied().fold(0.0, f64::max),
                    _ => between.iter().sum::<f64>() / between.len() as f64,
                };
                if nearest.is_none_or(|(best, _, _)| d < best) {
                    nearest = Some((d, a, b));
                }
            }
        }
        match nearest {
            Some((d, a, b)) if !stop(clusters.len(), d) => {
                let merged = clusters.swap_remove(b);
                clusters[a].extend(merged);
            }
            _ => break,
        }
    }
    let mut labels = vec![0; distances.len()];
    clusters.sort_by_key(|members| members.iter().min().copied());
    for (label, members) in (0..).zip(&clusters) {
        for &member in members {
            labels[member] = label;
        }
    }
    labels
}

proptest! {
    #[test]
    fn scores_agree_with_explicit_pairs(
        list in prop::collection::vec((0u32..5, 0u32..5), 0..30),
    ) {
        let (clusters, labels): (Vec<u32>, Vec<u32>) = list.into_iter().unzip();
        check_scores(&clusters, &labels);
    }

    #[test]
    fn clusters_agree_with_merging_step_by_step(
        points in prop::collection::vec(prop::array::uniform2(0.0f64..10.0), 0..14),
        threshold in 0.0f64..60.0,
    ) {
        let n = points.len();
        let data = Array2::from_shape_fn((n, 2), |(r, c)| points[r][c] as f32);
        let distances: Vec<Vec<f64>> = (0..n)
            .map(|i| (0..n).map(|j| (0..2)
                .map(|c| (f64::from(data[[i, c]]) - f64::from(data[[j, c]])).powi(2)).sum())
                .collect())
            .collect();
        for linkage in LINKAGES {
            let tree =
                Dendrogram::new(data.view(), DistanceKind::SquaredEuclidean, linkage).unwrap();
            prop_assert_eq!(
                tree.cut_at(threshold),
                brute(&distances, linkage, |_, d| d >= threshold)
            );
            for k in n.min(1)..=n {
                prop_assert_eq!(
                    tree.cut_into(k).unwrap(),
                    brute(&distances, linkage, |clusters, _| clusters <= k)
                );
            }
        }
    }

    #[test]
    fn the_best_threshold_is_the_best_of_all(
        // Whole numbers on a line: merges of equal distance are common.
        list in prop::collection::vec((0i8..20, 0u32..4), 0..16),
    ) {
        let data = Array2::from_shape_fn((list.len(), 1), |(r, _)| f32::from(list[r].0));
        let labels: Vec<u32> = list.iter().map(|p| p.1).collect();
        for linkage in LINKAGES {
            let tree =
                Dendrogram::new(data.view(), DistanceKind::SquaredEuclidean, linkage).unwrap();
            let f = |threshold: f64| {
                ClusteringScores::new(&tree.cut_at(threshold), &labels).unwrap().pairwise.f
            };
            let best = tree.best_threshold(&labels).unwrap();
            let pairs = pair_counts(&labels, &labels).0;
            prop_assert_eq!(best.is_some(), pairs > 0.0);
            if let Some(best) = best {
                let cut = tree.cut_at(best.threshold);
                let scores = ClusteringScores::new(&cut, &labels).unwrap();
                prop_assert_eq!(scores.pairwise, best.pairwise);
                prop_assert_eq!(scores.clusters, best.clusters);
                for step in 0..1700 {
                    prop_assert!(f(f64::from(step) / 4.0) <= best.pairwise.f);
                }
            }
        }
    }
}

#[test]
fn scores_by_hand() {
    // scikit-learn: adjusted_rand_score 0.24242424…, normalized_mutual_info_score 0.5158037…
    let labels = [0, 0, 0, 1, 1, 1];
    let clusters = [0, 0, 1, 1, 2, 2];
    let s = ClusteringScores::new(&clusters, &labels).unwrap();
    assert_eq!((s.items, s.clusters, s.identities), (6, 3, 2));
    assert_eq!(s.pairwise.precision, Some(2.0 / 3.0));
    assert_eq!(s.pairwise.recall, Some(1.0 / 3.0));
    close(s.pairwise.f, Some(4.0 / 9.0));
    close(s.ari, Some(8.0 / 33.0));
    let nmi = 2.0 * (2.0 / 3.0 * 2f64.ln()) / (2f64.ln() + 3f64.ln());
    close(s.nmi, Some(nmi));
    close(s.b_cubed.precision, Some(5.0 / 6.0));
    close(s.b_cubed.recall, Some(5.0 / 9.0));
    close(s.b_cubed.f, Some(2.0 / 3.0));

    for same in [vec![], vec![3], vec![1, 1, 1], vec![1, 2, 3], vec![1, 2, 2]] {
        check_scores(&same, &same);
    }
    check_scores(&[1, 1, 1], &[1, 2, 3]);
    check_scores(&[1, 2, 3], &[1, 1, 1]);
    assert_eq!(
        ClusteringScores::new(&[1, 1, 1], &[1, 2, 3]).unwrap().ari,
        Some(0.0)
    );
    assert!(matches!(
        ClusteringScores::new(&[1], &[1, 2]),
        Err(MetricsError::Length { .. })
    ));
}

#[test]
fn many_rows_fill_the_condensed_matrix_across_tiles() {
    // Three clumps, 600 rows: more than two strips.
    let data = Array2::from_shape_fn((600, 3), |(r, c)| {
        let clump = if r % 3 == c { 1.0 } else { 0.0 };
        clump + ((r * 7 + c) as f32).sin() * 0.05
    });
    for linkage in LINKAGES {
        let tree = Dendrogram::new(data.view(), DistanceKind::SquaredEuclidean, linkage).unwrap();
        let labels: Vec<u32> = (0..600).map(|r| r % 3).collect();
        assert_eq!(tree.cut_into(3).unwrap(), labels);
        let best = tree.best_threshold(&labels).unwrap().unwrap();
        assert_eq!((best.clusters, best.pairwise.f), (3, Some(1.0)));
        assert_eq!(tree.cut_at(best.threshold), labels);
    }
}

#[test]
fn equal_distances_merge_together() {
    for linkage in LINKAGES {
        // All the same, and all equally different.
        let same = Array2::<f32>::ones((5, 3));
        let same = Dendrogram::new(same.view(), DistanceKind::Angle, linkage).unwrap();
        assert_eq!(same.cut_at(f64::MIN_POSITIVE), [0; 5]);
        assert_eq!(same.cut_at(0.0), [0, 1, 2, 3, 4]);
        let different = Array2::<f32>::eye(5);
        let different =
            Dendrogram::new(different.view(), DistanceKind::SquaredEuclidean, linkage).unwrap();
        assert_eq!(different.cut_at(2.0), [0, 1, 2, 3, 4]);
        assert_eq!(different.cut_at(2.0f64.next_up()), [0; 5]);
        // A number of clusters can be had where a threshold cannot give it.
        for clusters in 1..=5 {
            let labels = different.cut_into(clusters).unwrap();
            assert_eq!(labels.into_iter().max(), Some(clusters as u32 - 1));
        }
        let best = different.best_threshold(&[0, 0, 1, 1, 2]).unwrap().unwrap();
        assert_eq!(
            (best.clusters, best.threshold),
            (1, 2.0f32.next_up().into())
        );
        assert_eq!(best.pairwise.precision, Some(0.2));
        assert_eq!(best.pairwise.recall, Some(1.0));
    }
}

#[test]
fn nothing_and_one_thing_can_be_clustered() {
    for linkage in LINKAGES {
        let none = Dendrogram::from_condensed(vec![], 0, linkage).unwrap();
        assert!(none.is_empty());
        assert!(none.cut_at(1.0).is_empty());
        assert!(none.cut_into(0).unwrap().is_empty());
        assert_eq!(none.best_threshold::<u32>(&[]).unwrap(), None);
        let one = Dendrogram::from_condensed(vec![], 1, linkage).unwrap();
        assert_eq!(one.cut_at(1.0), [0]);
        assert_eq!(one.cut_into(1).unwrap(), [0]);
        assert_eq!(one.best_threshold(&[5]).unwrap(), None);
    }
}

#[test]
fn what_cannot_be_clustered_is_an_error() {
    let l = Linkage::Average;
    assert!(matches!(
        Dendrogram::from_condensed(vec![0.5; 2], 3, l),
        Err(MetricsError::Length { expected: 3, .. })
    ));
    assert!(Dendrogram::from_condensed(vec![], usize::MAX, l).is_err());
    assert!(matches!(
        Dendrogram::from_condensed(vec![f32::NAN], 2, l),
        Err(MetricsError::NotFinite { .. })
    ));
    let nan = array![[1.0f32], [f32::NAN]];
    assert!(Dendrogram::new(nan.view(), DistanceKind::SquaredEuclidean, l).is_err());
    let two = Dendrogram::from_condensed(vec![0.5], 2, l).unwrap();
    assert!(two.cut_into(0).is_err());
    assert!(two.cut_into(3).is_err());
    assert!(two.best_threshold(&[1]).is_err());
    assert_eq!(two.cut_at(0.5f64.next_up()), [0, 0]);
    assert_eq!(two.cut_at(0.5), [0, 1]);
    assert_eq!(two.cut_at(f64::NAN), [0, 1]);
}

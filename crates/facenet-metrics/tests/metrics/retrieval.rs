//! Retrieval scores against sorting the gallery of every query.

use facenet_metrics::{DEFAULT_RECALLS, DistanceKind, MetricsError, RetrievalReport};
use ndarray::{Array2, array};
use proptest::prelude::*;

const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

fn close(a: Option<f64>, b: Option<f64>) {
    match (a, b) {
        (Some(a), Some(b)) => assert!((a - b).abs() < 1e-9, "{a} is not {b}"),
        (a, b) => assert_eq!(a, b),
    }
}

/// The order of the gallery for each query: whether each is a mate.
fn brute(
    probe: &[[i16; 2]],
    probe_labels: &[u64],
    gallery: &[[i16; 2]],
    gallery_labels: &[u64],
    leave_out: bool,
) -> Vec<Vec<bool>> {
    (0..probe.len())
        .map(|p| {
            let distance = |g: usize| -> i32 {
                (0..2)
                    .map(|c| (i32::from(probe[p][c]) - i32::from(gallery[g][c])).pow(2))
                    .sum()
            };
            let mut order: Vec<usize> = (0..gallery.len())
                .filter(|&g| !(leave_out && g == p))
                .collect();
            order.sort_by_key(|&g| (distance(g), g));
            order
                .into_iter()
                .map(|g| gallery_labels[g] == probe_labels[p])
                .collect()
        })
        .collect()
}

fn check(report: &RetrievalReport, orders: &[Vec<bool>], recalls: &[usize]) {
    let orders: Vec<&Vec<bool>> = orders
        .iter()
        .filter(|order| order.contains(&true))
        .collect();
    assert_eq!(report.queries, orders.len());
    let mean = |of: &dyn Fn(&[bool]) -> f64| {
        let sum: f64 = orders.iter().map(|order| of(order)).sum();
        (!orders.is_empty()).then(|| sum / orders.len() as f64)
    };
    let mates = |order: &[bool]| order.iter().filter(|&&mate| mate).count();
    close(report.precision_at_1, mean(&|order| f64::from(order[0])));
    close(
        report.r_precision,
        mean(&|order| mates(&order[..mates(order)]) as f64 / mates(order) as f64),
    );
    close(
        report.map_at_r,
        mean(&|order| {
            let r = mates(order);
            let at = |i: usize| match order[i] {
                true => mates(&order[..=i]) as f64 / (i + 1) as f64,
                false => 0.0,
            };
            (0..r).map(at).sum::<f64>() / r as f64
        }),
    );
    let rank = |order: &[bool]| order.iter().position(|&mate| mate).unwrap() + 1;
    close(report.mrr, mean(&|order| 1.0 / rank(order) as f64));
    assert_eq!(report.recall.len(), recalls.len());
    for &k in recalls {
        close(
            report.recall_at(k),
            mean(&|order| f64::from(rank(order) <= k)),
        );
    }
}

fn matrix(rows: &[[i16; 2]]) -> Array2<f32> {
    Array2::from_shape_fn((rows.len(), 2), |(r, c)| f32::from(rows[r][c]))
}

proptest! {
    // Small whole numbers: exact in floating point, with many equal distances.
    #[test]
    fn scores_agree_with_sorting(
        probe in prop::collection::vec((prop::array::uniform2(-4i16..4), 0u64..6), 0..40),
        gallery in prop::collection::vec((prop::array::uniform2(-4i16..4), 0u64..6), 0..40),
        k in 1usize..8,
    ) {
        let (p, pl): (Vec<_>, Vec<_>) = probe.into_iter().unzip();
        let (g, gl): (Vec<_>, Vec<_>) = gallery.into_iter().unzip();
        let recalls = [k, 3, 100];
        let report =
            RetrievalReport::probe_gallery(matrix(&p).view(), &pl, matrix(&g).view(), &gl, KIND, &recalls)
                .unwrap();
        check(&report, &brute(&p, &pl, &g, &gl, false), &recalls);
        let report = RetrievalReport::new(matrix(&p).view(), &pl, KIND, &recalls).unwrap();
        check(&report, &brute(&p, &pl, &p, &pl, true), &recalls);
        prop_assert_eq!(report.queries + report.without_mate, p.len());
    }
}

/// Whole numbers on a plane, the same everywhere.
fn points(count: usize, spread: usize) -> Vec<[i16; 2]> {
    (0..count)
        .map(|i| {
            [
                (i * 7919 % spread) as i16,
                (i * 104_729 % (spread + 2)) as i16,
            ]
        })
        .collect()
}

#[test]
fn large_identities_and_far_mates_are_found_too() {
    let points = points(700, 61);
    for (labels, name) in [
        (
            (0..700).map(|i| i % 2).collect::<Vec<u64>>(),
            "two identities, more images than are listed",
        ),
        (
            (0..700).map(|i| if i < 200 { 9 } else { i / 2 }).collect(),
            "one large, many pairs",
        ),
        (
            (0..700).map(|i| i % 350).collect(),
            "mates far down the list",
        ),
        (vec![u64::MAX; 700], "one identity"),
        ((0..700).map(|i| u64::MAX - i).collect(), "no mates"),
    ] {
        let report =
            RetrievalReport::new(matrix(&points).view(), &labels, KIND, &DEFAULT_RECALLS).unwrap();
        let orders = brute(&points, &labels, &points, &labels, true);
        assert_eq!(report.queries + report.without_mate, 700, "{name}");
        check(&report, &orders, &DEFAULT_RECALLS);
        let (probe, gallery) = (&points[..150], &points[150..]);
        let (pl, gl) = (&labels[..150], &labels[150..]);
        let report = RetrievalReport::probe_gallery(
            matrix(probe).view(),
            pl,
            matrix(gallery).view(),
            gl,
            KIND,
            &DEFAULT_RECALLS,
        );
        check(
            &report.unwrap(),
            &brute(probe, pl, gallery, gl, false),
            &DEFAULT_RECALLS,
        );
    }
}

#[test]
fn angles_rank_as_squared_distances_of_unit_embeddings_do() {
    let turns: Vec<f32> = (0..300)
        .map(|i| ((i * 7919 % 5003) as f32) / 5003.0)
        .collect();
    let data = Array2::from_shape_fn((300, 2), |(r, c)| {
        let angle = turns[r] * std::f32::consts::TAU;
        (2.0 + turns[r]) * if c == 0 { angle.cos() } else { angle.sin() }
    });
    let mut unit = data.clone();
    for mut row in unit.rows_mut() {
        let length = row.dot(&row).sqrt();
        row /= length;
    }
    // 150 images each: more than are listed.
    for identities in [2, 30, 150] {
        let labels: Vec<usize> = (0..300).map(|i| i % identities).collect();
        let angle = RetrievalReport::new(data.view(), &labels, DistanceKind::Angle, &[1]).unwrap();
        let squared = RetrievalReport::new(unit.view(), &labels, KIND, &[1]).unwrap();
        close(angle.map_at_r, squared.map_at_r);
        close(angle.mrr, squared.mrr);
    }
}

#[test]
fn a_duplicate_of_the_query_counts() {
    let data = array![[1.0f32, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let report = RetrievalReport::new(data.view(), &[4i64, 4, -5], KIND, &[1]).unwrap();
    assert_eq!(
        (report.queries, report.without_mate, report.identities),
        (2, 1, 2)
    );
    assert_eq!(report.precision_at_1, Some(1.0));
    assert_eq!(
        (report.map_at_r, report.r_precision),
        (Some(1.0), Some(1.0))
    );
    assert_eq!(
        (report.recall_at(1), report.recall_at(2)),
        (Some(1.0), None)
    );
}

#[test]
fn nothing_to_find_is_none() {
    let none = Array2::<f32>::zeros((0, 2));
    let report = RetrievalReport::new(none.view(), &[0u8; 0], KIND, &DEFAULT_RECALLS).unwrap();
    assert_eq!(
        (report.queries, report.map_at_r, report.mrr),
        (0, None, None)
    );
    assert_eq!(report.recall.len(), 4);
    let one = array![[1.0f32, 0.0]];
    let report = RetrievalReport::new(one.view(), &[3u8], KIND, &[1]).unwrap();
    assert_eq!((report.queries, report.without_mate), (0, 1));
    assert_eq!((report.precision_at_1, report.recall_at(1)), (None, None));
}

#[test]
fn what_cannot_be_evaluated_is_an_error() {
    let data = array![[1.0f32, 0.0], [0.0, 1.0]];
    let new = |labels: &[u32], k| RetrievalReport::new(data.view(), labels, KIND, &[k]);
    assert!(matches!(new(&[1], 1), Err(MetricsError::Length { .. })));
    assert!(matches!(new(&[1, 1], 0), Err(MetricsError::Setting { .. })));
    let nan = array![[1.0f32, 0.0], [f32::NAN, 1.0]];
    assert!(matches!(
        RetrievalReport::new(nan.view(), &[1, 1], KIND, &[1]),
        Err(MetricsError::NotFinite { index: 1, .. })
    ));
    let zero = array![[1.0f32, 0.0], [0.0, 0.0]];
    assert!(matches!(
        RetrievalReport::new(zero.view(), &[1, 1], DistanceKind::Angle, &[1]),
        Err(MetricsError::ZeroEmbedding { index: 1 })
    ));
    let narrow = array![[1.0f32]];
    assert!(
        RetrievalReport::probe_gallery(data.view(), &[1, 2], narrow.view(), &[1], KIND, &[1])
            .is_err()
    );
}

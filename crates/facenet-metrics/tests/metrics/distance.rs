//! Distances against sums by hand and against those of the reference networks.

use facenet_metrics::{DistanceKind, DistanceTiles, MetricsError, pair_distances};
use facenet_testing::shared;
use ndarray::{Array2, ArrayView2, array, s};
use proptest::prelude::*;

fn all(tiles: &DistanceTiles<'_>) -> Vec<(usize, usize, f32)> {
    let mut list = Vec::new();
    for strip in tiles.strips() {
        strip.for_each_tile(|tile| list.extend(tile.pairs()));
    }
    list.sort_by_key(|&(row, column, _)| (row, column));
    list
}

fn by_hand(
    kind: DistanceKind,
    a: ArrayView2<'_, f32>,
    b: ArrayView2<'_, f32>,
    i: usize,
    j: usize,
) -> f64 {
    let of = |m: ArrayView2<'_, f32>, r: usize| -> Vec<f64> {
        m.row(r).iter().map(|&x| f64::from(x)).collect()
    };
    let (x, y) = (of(a, i), of(b, j));
    let dot = |u: &[f64], v: &[f64]| u.iter().zip(v).map(|(p, q)| p * q).sum::<f64>();
    match kind {
        DistanceKind::Angle => {
            let cosine = dot(&x, &y) / (dot(&x, &x).sqrt() * dot(&y, &y).sqrt());
            cosine.clamp(-1.0, 1.0).acos() / std::f64::consts::PI
        }
        _ => x.iter().zip(&y).map(|(p, q)| (p - q) * (p - q)).sum(),
    }
}

/// Rows that repeat, nearly repeat and oppose each other, over more than one tile.
fn rows(count: usize, dimensions: usize) -> Array2<f32> {
    let mut data = Array2::from_shape_fn((count, dimensions), |(r, c)| {
        let r = if r % 7 == 3 { r - 1 } else { r };
        ((r * 31 + c * 17) as f32 * 0.618).sin()
    });
    for r in (0..count).step_by(11) {
        data.row_mut(r)[0] += 1e-4;
    }
    for mut row in data.rows_mut() {
        let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        row.mapv_inplace(|x| x / norm);
    }
    data
}

#[test]
fn tiles_hold_every_pair_once() {
    for kind in [DistanceKind::SquaredEuclidean, DistanceKind::Angle] {
        for count in [0, 1, 2, 255, 256, 257, 600] {
            let data = rows(count, 9);
            let list = all(&DistanceTiles::all_pairs(data.view(), kind).unwrap());
            let mut expected = (0..count).flat_map(|i| (i + 1..count).map(move |j| (i, j)));
            for &(i, j, d) in &list {
                assert_eq!(Some((i, j)), expected.next());
                let hand = by_hand(kind, data.view(), data.view(), i, j);
                assert!(
                    (f64::from(d) - hand).abs() < 2e-6,
                    "{kind:?} {i} {j}: {d} is not {hand}"
                );
            }
            assert_eq!(expected.next(), None);
        }
    }
}

#[test]
fn probe_and_gallery_need_not_be_contiguous() {
    let data = rows(700, 10);
    let probe = data.slice(s![..300;-1, ..;2]);
    let gallery = data.slice(s![1..;2, ..;2]);
    let kind = DistanceKind::SquaredEuclidean;
    let list = all(&DistanceTiles::probe_gallery(probe, gallery, kind).unwrap());
    assert_eq!(list.len(), 300 * 350);
    for (at, &(i, j, d)) in list.iter().enumerate() {
        assert_eq!((i, j), (at / 350, at % 350));
        assert!((f64::from(d) - by_hand(kind, probe, gallery, i, j)).abs() < 2e-6);
    }
}

#[test]
fn equal_rows_have_distance_zero() {
    let data = rows(3, 512);
    let twice = ndarray::concatenate![ndarray::Axis(0), data, data];
    let kind = DistanceKind::SquaredEuclidean;
    let list = all(&DistanceTiles::all_pairs(twice.view(), kind).unwrap());
    for (i, j, d) in list.into_iter().filter(|&(i, j, _)| j == i + 3) {
        assert_eq!(d, 0.0, "{i} {j}");
    }
    assert_eq!(
        pair_distances(data.view(), data.view(), kind).unwrap(),
        [0.0; 3]
    );
}

#[test]
fn no_dimensions_are_no_distance() {
    let data = Array2::<f32>::zeros((300, 0));
    let kind = DistanceKind::SquaredEuclidean;
    let list = all(&DistanceTiles::all_pairs(data.view(), kind).unwrap());
    assert!(list.len() == 300 * 299 / 2 && list.iter().all(|pair| pair.2 == 0.0));
    assert!(DistanceTiles::all_pairs(data.view(), DistanceKind::Angle).is_err());
}

#[test]
fn values_by_hand() {
    let a = array![[1.0f32, 0.0], [1.0, 0.0], [2.0, 0.0]];
    let b = array![[0.0f32, 3.0], [-1.0, 0.0], [5.0, 0.0]];
    let angle = pair_distances(a.view(), b.view(), DistanceKind::Angle).unwrap();
    assert_eq!(angle, [0.5, 1.0, 0.0]);
    let squared = pair_distances(a.view(), b.view(), DistanceKind::SquaredEuclidean).unwrap();
    assert_eq!(squared, [10.0, 4.0, 9.0]);
}

#[test]
fn embeddings_without_a_distance_are_named() {
    let zero = array![[1.0f32, 0.0], [0.0, 0.0]];
    let fine = array![[1.0f32, 0.0], [0.0, 1.0]];
    let error = pair_distances(fine.view(), zero.view(), DistanceKind::Angle).unwrap_err();
    assert_eq!(
        error.to_string(),
        "embedding 1: length 0; expected a direction, which the angle needs"
    );
    assert!(pair_distances(fine.view(), zero.view(), DistanceKind::SquaredEuclidean).is_ok());
    for bad in [f32::NAN, f32::INFINITY, 1e30] {
        let list = array![[0.0f32, bad]];
        let error = DistanceTiles::all_pairs(list.view(), DistanceKind::SquaredEuclidean);
        assert!(matches!(
            error,
            Err(MetricsError::NotFinite { index: 0, .. })
        ));
    }
    let short = array![[1.0f32], [0.0]];
    let kind = DistanceKind::SquaredEuclidean;
    assert!(pair_distances(fine.view(), short.view(), kind).is_err());
    assert!(pair_distances(fine.view(), fine.slice(s![..1, ..]), kind).is_err());
    assert!(DistanceTiles::probe_gallery(fine.view(), short.view(), kind).is_err());
}

proptest! {
    #[test]
    fn large_and_small_lengths_keep_their_digits(
        values in prop::collection::vec(-1.0f32..1.0, 24),
        exponent in -6i32..6,
    ) {
        let scale = 10f32.powi(exponent);
        let data = Array2::from_shape_fn((6, 4), |(r, c)| values[r * 4 + c] * scale);
        let kind = DistanceKind::SquaredEuclidean;
        for (i, j, d) in all(&DistanceTiles::all_pairs(data.view(), kind).unwrap()) {
            let hand = by_hand(kind, data.view(), data.view(), i, j);
            prop_assert!((f64::from(d) - hand).abs() <= 1e-4 * hand, "{} is not {}", d, hand);
        }
    }
}

#[test]
fn the_reference_networks_distances() {
    let Some(golden) = shared("golden") else {
        return;
    };
    for name in ["inception_resnet_v1_vggface2", "mobilefacenet_casia"] {
        let file = golden.join(name).with_extension("json");
        let text = std::fs::read_to_string(&file).unwrap();
        let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
        let matrix = |key: &str| -> Array2<f32> {
            let rows: Vec<Vec<f32>> = serde_json::from_value(golden[key].clone()).unwrap();
            Array2::from_shape_fn((rows.len(), rows[0].len()), |(r, c)| rows[r][c])
        };
        let mut embeddings = matrix("embeddings");
        let expected = matrix("pairwise_squared_l2");
        assert_eq!(expected.dim(), (10, 10));
        // The second network's embeddings are stored as they leave it; distances are of unit length.
        for mut row in embeddings.rows_mut() {
            let norm = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            row.mapv_inplace(|x| x / norm);
        }
        let kind = DistanceKind::SquaredEuclidean;
        let list = all(&DistanceTiles::all_pairs(embeddings.view(), kind).unwrap());
        assert_eq!(list.len(), 45);
        for (i, j, d) in list {
            let tolerance = 2e-6;
            assert!(
                (d - expected[[i, j]]).abs() < tolerance,
                "{name} {i} {j}: {d}"
            );
            let one = pair_distances(
                embeddings.slice(s![i..=i, ..]),
                embeddings.slice(s![j..=j, ..]),
                kind,
            )
            .unwrap();
            assert!((one[0] - f64::from(expected[[i, j]])).abs() < f64::from(tolerance));
        }
    }
}

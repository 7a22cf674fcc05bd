//! Lists of neighbors against sorting all distances.

use facenet_metrics::{DistanceKind, MetricsError, Neighbors, pair_distances};
use ndarray::{Array2, ArrayView2, array, s};
use proptest::prelude::*;

const KINDS: [DistanceKind; 2] = [DistanceKind::SquaredEuclidean, DistanceKind::Angle];

/// The distance of every row of `a` to every row of `b`.
fn distances(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>, kind: DistanceKind) -> Vec<Vec<f32>> {
    a.rows()
        .into_iter()
        .map(|row| {
            let repeated = Array2::from_shape_fn((b.nrows(), a.ncols()), |(_, c)| row[c]);
            let exact = pair_distances(repeated.view(), b, kind).unwrap();
            exact.into_iter().map(|d| d as f32).collect()
        })
        .collect()
}

fn check(found: &Neighbors, distances: &[Vec<f32>], leave_out: bool, k: usize, exact: bool) {
    assert_eq!((found.len(), found.k()), (distances.len(), k));
    for (query, row) in distances.iter().enumerate() {
        let mut order: Vec<usize> = (0..row.len())
            .filter(|&g| !(leave_out && g == query))
            .collect();
        order.sort_by(|&a, &b| row[a].total_cmp(&row[b]));
        order.truncate(k);
        let list = found.of(query);
        assert_eq!(list.len(), order.len());
        for (near, &expected) in list.iter().zip(&order) {
            assert!((near.distance - row[expected]).abs() <= 1e-5 * (1.0 + row[expected]));
            assert!(
                (row[near.index as usize] - row[expected]).abs() <= 1e-5 * (1.0 + row[expected])
            );
            if exact {
                assert_eq!(near.index as usize, expected);
            }
        }
    }
}

fn matrix(rows: &[[i8; 3]]) -> Array2<f32> {
    Array2::from_shape_fn((rows.len(), 3), |(r, c)| f32::from(rows[r][c]))
}

/// Without a pattern, and the same everywhere.
fn noise(rows: usize, columns: usize, seed: u32) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(r, c)| {
        let mixed = (r as u32)
            .wrapping_mul(2_654_435_761)
            .wrapping_add((c as u32).wrapping_mul(40_503))
            .wrapping_add(seed)
            .wrapping_mul(2_246_822_519);
        ((mixed ^ (mixed >> 15)).wrapping_mul(3_266_489_917) >> 8) as f32 / (1 << 23) as f32 - 1.0
    })
}

proptest! {
    // Small whole numbers: exact in floating point, with many equal distances.
    #[test]
    fn lists_agree_with_sorting(
        probe in prop::collection::vec(prop::array::uniform3(-3i8..3), 0..30),
        gallery in prop::collection::vec(prop::array::uniform3(-3i8..3), 0..30),
        k in 1usize..12,
    ) {
        let kind = DistanceKind::SquaredEuclidean;
        let (p, g) = (matrix(&probe), matrix(&gallery));
        let found = Neighbors::probe_gallery(p.view(), g.view(), kind, k).unwrap();
        check(&found, &distances(p.view(), g.view(), kind), false, k, true);
        let found = Neighbors::leave_one_out(p.view(), kind, k).unwrap();
        check(&found, &distances(p.view(), p.view(), kind), true, k, true);
    }
}

#[test]
fn lists_are_right_across_tiles() {
    // Three blocks of 256 rows, the last one short.
    let (faces, others) = (noise(600, 67, 1), noise(300, 67, 2));
    for kind in KINDS {
        let found = Neighbors::leave_one_out(faces.view(), kind, 9).unwrap();
        check(
            &found,
            &distances(faces.view(), faces.view(), kind),
            true,
            9,
            false,
        );
        let found = Neighbors::probe_gallery(faces.view(), others.view(), kind, 9).unwrap();
        check(
            &found,
            &distances(faces.view(), others.view(), kind),
            false,
            9,
            false,
        );
        let found = Neighbors::probe_gallery(others.view(), faces.view(), kind, 1000).unwrap();
        assert!(found.iter().all(|list| list.len() == 600));
    }
}

#[test]
fn one_thread_and_many_find_the_same() {
    let mut faces = noise(700, 19, 3);
    // Duplicates, so that ties are there to be broken.
    for row in 0..200 {
        let copy = faces.row(row).to_owned();
        faces.row_mut(699 - row).assign(&copy);
    }
    for kind in KINDS {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| Neighbors::leave_one_out(faces.view(), kind, 5).unwrap())
        };
        let one = with(1);
        assert_eq!(one, with(3));
        assert_eq!(one, with(8));
        for row in 0..200 {
            let twin = one.of(row)[0];
            assert_eq!((twin.index, twin.distance), (699 - row as u32, 0.0));
        }
    }
}

#[test]
fn equal_rows_are_listed_by_index() {
    let same = Array2::from_elem((520, 33), 0.173f32);
    for kind in KINDS {
        let found = Neighbors::leave_one_out(same.view(), kind, 3).unwrap();
        for (query, list) in found.iter().enumerate() {
            let expected: Vec<u32> = (0..520).filter(|&i| i != query as u32).take(3).collect();
            let indices: Vec<u32> = list.iter().map(|near| near.index).collect();
            assert_eq!(indices, expected);
            assert!(list.iter().all(|near| near.distance == 0.0));
        }
    }
    // All equally far from each other.
    let different = Array2::<f32>::eye(40);
    let found = Neighbors::leave_one_out(different.view(), DistanceKind::Angle, 2).unwrap();
    let first = |query: usize| [found.of(query)[0].index, found.of(query)[1].index];
    assert_eq!((first(0), first(1), first(7)), ([1, 2], [0, 2], [0, 1]));
}

#[test]
fn what_cannot_be_compared_exactly_by_products_is_still_in_order() {
    // Far from the origin: the product has few digits left for differences of 1e-3.
    let line = Array2::from_shape_fn((300, 2), |(r, c)| match c {
        0 => 1000.0,
        _ => (r * 77 % 300) as f32 / 1024.0,
    });
    let found = Neighbors::leave_one_out(line.view(), DistanceKind::SquaredEuclidean, 4).unwrap();
    let distances = distances(line.view(), line.view(), DistanceKind::SquaredEuclidean);
    check(&found, &distances, true, 4, true);
    // Very small embeddings have angles, and opposite ones the largest.
    let tiny = array![[1e-18f32, 0.0], [0.0, 1e-18], [-1e-18, 0.0]];
    let found = Neighbors::leave_one_out(tiny.view(), DistanceKind::Angle, 2).unwrap();
    assert_eq!((found.of(0)[0].index, found.of(0)[0].distance), (1, 0.5));
    assert_eq!((found.of(0)[1].index, found.of(0)[1].distance), (2, 1.0));
}

#[test]
fn views_of_any_layout_are_read() {
    let faces = noise(20, 12, 4);
    let columns = faces.slice(s![.., ..;2]);
    let found = Neighbors::leave_one_out(columns, DistanceKind::Angle, 3).unwrap();
    let copied = columns.to_owned();
    assert_eq!(
        found,
        Neighbors::leave_one_out(copied.view(), DistanceKind::Angle, 3).unwrap()
    );
}

#[test]
fn what_cannot_be_searched_is_an_error() {
    let data = array![[1.0f32, 0.0], [0.0, 1.0]];
    let kind = DistanceKind::SquaredEuclidean;
    assert!(matches!(
        Neighbors::leave_one_out(data.view(), kind, 0),
        Err(MetricsError::Setting { .. })
    ));
    let narrow = array![[1.0f32]];
    assert!(matches!(
        Neighbors::probe_gallery(data.view(), narrow.view(), kind, 1),
        Err(MetricsError::Length {
            found: 1,
            expected: 2,
            ..
        })
    ));
    for bad in [f32::NAN, f32::INFINITY, 1e20] {
        let bad = array![[1.0f32, 0.0], [bad, 1.0]];
        assert!(matches!(
            Neighbors::leave_one_out(bad.view(), kind, 1),
            Err(MetricsError::NotFinite { index: 1, .. })
        ));
    }
    let zero = array![[1.0f32, 0.0], [0.0, 0.0]];
    assert!(matches!(
        Neighbors::leave_one_out(zero.view(), DistanceKind::Angle, 1),
        Err(MetricsError::ZeroEmbedding { index: 1 })
    ));
    let none = Array2::<f32>::zeros((0, 4));
    assert!(
        Neighbors::leave_one_out(none.view(), kind, 1)
            .unwrap()
            .is_empty()
    );
    let no_gallery = Neighbors::probe_gallery(data.view(), data.slice(s![..0, ..]), kind, 1);
    assert!(no_gallery.unwrap().iter().all(|list| list.is_empty()));
}

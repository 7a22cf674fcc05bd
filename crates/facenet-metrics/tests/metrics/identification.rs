//! Rank-k against a sort of the gallery for every probe.

use facenet_metrics::{DistanceKind, IdentificationReport, MetricsError};
use ndarray::{Array2, array};
use proptest::prelude::*;

const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

/// The rank of each probe's identity; `None` without a mate.
fn brute(
    probe: &[[i8; 2]],
    probe_labels: &[u32],
    gallery: &[[i8; 2]],
    gallery_labels: &[u32],
    leave_out: bool,
) -> Vec<Option<usize>> {
    (0..probe.len())
        .map(|p| {
            let mut list: Vec<(i32, bool, u32)> = (0..gallery.len())
                .filter(|&g| !(leave_out && g == p))
                .map(|g| {
                    let d: i32 = (0..2)
                        .map(|c| (i32::from(probe[p][c]) - i32::from(gallery[g][c])).pow(2))
                        .sum();
                    // Others first where distances are equal.
                    (d, gallery_labels[g] == probe_labels[p], gallery_labels[g])
                })
                .collect();
            list.sort_unstable();
            let mut order: Vec<u32> = Vec::new();
            for (_, _, label) in list {
                if !order.contains(&label) {
                    order.push(label);
                }
            }
            order
                .iter()
                .position(|&label| label == probe_labels[p])
                .map(|at| at + 1)
        })
        .collect()
}

fn check(report: &IdentificationReport, ranks: &[Option<usize>], max_rank: usize) {
    let mated: Vec<usize> = ranks.iter().flatten().copied().collect();
    assert_eq!(report.mated_probes, mated.len());
    assert_eq!(report.nonmated_probes, ranks.len() - mated.len());
    if mated.is_empty() {
        assert!(report.cmc.is_empty());
        assert_eq!(report.rate(1), None);
        return;
    }
    assert_eq!(report.cmc.len(), max_rank.min(report.gallery_identities));
    for (at, &rate) in report.cmc.iter().enumerate() {
        let hits = mated.iter().filter(|&&rank| rank <= at + 1).count();
        assert_eq!(rate, hits as f64 / mated.len() as f64);
        assert_eq!(report.rate(at + 1), Some(rate));
    }
}

fn matrix(rows: &[[i8; 2]]) -> Array2<f32> {
    Array2::from_shape_fn((rows.len(), 2), |(r, c)| f32::from(rows[r][c]))
}

proptest! {
    // Small whole numbers: exact in floating point, with many equal distances.
    #[test]
    fn agrees_with_sorting(
        probe in prop::collection::vec((prop::array::uniform2(-4i8..4), 0u32..6), 0..25),
        gallery in prop::collection::vec((prop::array::uniform2(-4i8..4), 0u32..6), 0..25),
        max_rank in 1usize..8,
    ) {
        let (p, pl): (Vec<_>, Vec<_>) = probe.into_iter().unzip();
        let (g, gl): (Vec<_>, Vec<_>) = gallery.into_iter().unzip();
        let report = IdentificationReport::probe_gallery(
            matrix(&p).view(), &pl, matrix(&g).view(), &gl, KIND, max_rank,
        ).unwrap();
        check(&report, &brute(&p, &pl, &g, &gl, false), max_rank);
        let report =
            IdentificationReport::leave_one_out(matrix(&p).view(), &pl, KIND, max_rank).unwrap();
        check(&report, &brute(&p, &pl, &p, &pl, true), max_rank);
    }
}

#[test]
fn a_duplicate_of_the_query_stays_in_the_gallery() {
    let data = array![[1.0f32, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let report = IdentificationReport::leave_one_out(data.view(), &[4, 4, 5], KIND, 5).unwrap();
    assert_eq!((report.mated_probes, report.nonmated_probes), (2, 1));
    assert_eq!(report.cmc, [1.0, 1.0]);
    assert_eq!(report.rate(9), Some(1.0));
    assert_eq!(report.rate(0), None);
}

#[test]
fn a_collapsed_network_identifies_nobody() {
    let data = Array2::<f32>::ones((300, 4));
    let labels: Vec<u32> = (0..300).map(|i| i % 3).collect();
    let report = IdentificationReport::leave_one_out(data.view(), &labels, KIND, 3).unwrap();
    assert_eq!(report.cmc, [0.0, 0.0, 1.0]);
}

#[test]
fn a_tie_goes_to_the_other_identity() {
    let gallery = array![[1.0f32, 0.0], [1.0, 0.0], [0.0, 1.0]];
    let search = |labels: &[u32]| {
        let probe = array![[1.0f32, 0.0]];
        let gallery = gallery.view();
        IdentificationReport::probe_gallery(probe.view(), &[1], gallery, labels, KIND, 9).unwrap()
    };
    // One other identity is as near, whichever is listed first.
    assert_eq!(search(&[1, 2, 3]).cmc, [0.0, 1.0, 1.0]);
    assert_eq!(search(&[2, 1, 3]).cmc, [0.0, 1.0, 1.0]);
    // Two images of the right identity do not tie with each other.
    assert_eq!(search(&[1, 1, 3]).cmc, [1.0, 1.0]);
    let nobody = search(&[2, 3, 4]);
    assert_eq!((nobody.mated_probes, nobody.nonmated_probes), (0, 1));
    assert_eq!((nobody.rate(1), nobody.gallery_identities), (None, 3));
}

#[test]
fn what_cannot_be_searched_is_an_error() {
    let data = array![[1.0f32, 0.0], [0.0, 1.0]];
    let search =
        |labels: &[u32], rank| IdentificationReport::leave_one_out(data.view(), labels, KIND, rank);
    assert!(matches!(search(&[1], 1), Err(MetricsError::Length { .. })));
    assert!(matches!(
        search(&[1, 1], 0),
        Err(MetricsError::Setting { .. })
    ));
    let nan = array![[1.0f32, 0.0], [f32::NAN, 1.0]];
    assert!(matches!(
        IdentificationReport::leave_one_out(nan.view(), &[1, 1], KIND, 1),
        Err(MetricsError::NotFinite { index: 1, .. })
    ));
    let zero = array![[1.0f32, 0.0], [0.0, 0.0]];
    assert!(matches!(
        IdentificationReport::leave_one_out(zero.view(), &[1, 1], DistanceKind::Angle, 1),
        Err(MetricsError::ZeroEmbedding { index: 1 })
    ));
    let narrow = array![[1.0f32]];
    assert!(
        IdentificationReport::probe_gallery(data.view(), &[1, 2], narrow.view(), &[1], KIND, 1)
            .is_err()
    );
}

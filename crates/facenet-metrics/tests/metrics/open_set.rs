//! Open-set identification and templates against explicit loops.

use facenet_metrics::{
    DEFAULT_FPIRS, DistanceKind, Enrollment, IdentificationReport, MetricsError, OpenSetReport,
    Templates,
};
use ndarray::{Array2, array};
use proptest::prelude::*;

const KIND: DistanceKind = DistanceKind::SquaredEuclidean;

fn matrix(rows: &[[i8; 2]]) -> Array2<f32> {
    Array2::from_shape_fn((rows.len(), 2), |(r, c)| f32::from(rows[r][c]))
}

/// Of each probe: whether it has a mate, whether the mate alone is nearest, and the least distance.
fn brute(
    probe: &[[i8; 2]],
    probe_labels: &[u32],
    gallery: &[[i8; 2]],
    gallery_labels: &[u32],
) -> Vec<(bool, bool, f64)> {
    (0..probe.len())
        .map(|p| {
            let least = |wanted: &dyn Fn(u32) -> bool| {
                (0..gallery.len())
                    .filter(|&g| wanted(gallery_labels[g]))
                    .map(|g| {
                        (0..2)
                            .map(|c| (f64::from(probe[p][c]) - f64::from(gallery[g][c])).powi(2))
                            .sum::<f64>()
                    })
                    .fold(f64::INFINITY, f64::min)
            };
            let own = least(&|label| label == probe_labels[p]);
            let other = least(&|label| label != probe_labels[p]);
            (own.is_finite(), own < other, own.min(other))
        })
        .collect()
}

proptest! {
    // Small whole numbers: exact in floating point, with many equal distances.
    #[test]
    fn dir_is_the_best_of_all_thresholds(
        probe in prop::collection::vec((prop::array::uniform2(-4i8..4), 0u32..6), 0..30),
        gallery in prop::collection::vec((prop::array::uniform2(-4i8..4), 0u32..4), 0..20),
        fpir in 0.0f64..1.0,
    ) {
        let (p, pl): (Vec<_>, Vec<_>) = probe.into_iter().unzip();
        let (g, gl): (Vec<_>, Vec<_>) = gallery.into_iter().unzip();
        let report = OpenSetReport::new(
            (matrix(&p).view(), &pl), (matrix(&g).view(), &gl), KIND, Enrollment::Best, &[fpir, 1.0],
        ).unwrap();
        let found = brute(&p, &pl, &g, &gl);
        let mated = found.iter().filter(|f| f.0).count();
        let strangers = found.len() - mated;
        prop_assert_eq!((report.mated_probes, report.nonmated_probes), (mated, strangers));
        if mated == 0 || strangers == 0 {
            prop_assert!(report.dir.is_empty());
            return Ok(());
        }
        let at = |t: f64| {
            let answers = found.iter().filter(|f| f.0 && f.1 && f.2 < t).count();
            let positives = found.iter().filter(|f| !f.0 && f.2 < t).count();
            (answers as f64 / mated as f64, positives as f64 / strangers as f64)
        };
        for dir in &report.dir {
            // Whole squared distances: all thresholds that differ.
            let best = (-1..200)
                .map(|t| at(f64::from(t)))
                .filter(|&(_, positives)| positives <= dir.fpir_target)
                .map(|(answers, _)| answers)
                .fold(0.0, f64::max);
            prop_assert_eq!(dir.dir, best);
            prop_assert!(dir.fpir <= dir.fpir_target);
            prop_assert_eq!(at(dir.threshold.unwrap_or(-1.0)), (dir.dir, dir.fpir));
            prop_assert_eq!(dir.below_resolution, dir.fpir_target < 1.0 / strangers as f64);
        }
    }

    #[test]
    fn templates_are_means_of_means(
        images in prop::collection::vec((prop::array::uniform2(1i8..9), 0i64..3, 0u8..3), 1..20),
    ) {
        let rows: Vec<[i8; 2]> = images.iter().map(|i| i.0).collect();
        let ids: Vec<i64> = images.iter().map(|i| i.1).collect();
        let media: Vec<u8> = images.iter().map(|i| i.2).collect();
        let templates = Templates::new(matrix(&rows).view(), &ids, &media).unwrap();
        for (at, &id) in templates.ids().iter().enumerate() {
            let mean = |of: Vec<[f64; 2]>| {
                let n = of.len() as f64;
                [0, 1].map(|c| of.iter().map(|x| x[c]).sum::<f64>() / n)
            };
            let means: Vec<[f64; 2]> = (0..3)
                .map(|medium| images.iter().filter(move |i| i.1 == id && i.2 == medium))
                .filter(|of| of.clone().count() > 0)
                .map(|of| mean(of.map(|i| i.0.map(f64::from)).collect()))
                .collect();
            prop_assert_eq!(templates.media()[at], means.len());
            prop_assert_eq!(templates.images()[at], ids.iter().filter(|&&i| i == id).count());
            let [x, y] = mean(means);
            let length = x.hypot(y);
            prop_assert!((f64::from(templates.embeddings()[[at, 0]]) - x / length).abs() < 1e-6);
            prop_assert!((f64::from(templates.embeddings()[[at, 1]]) - y / length).abs() < 1e-6);
        }
    }
}

#[test]
fn a_mean_is_enrolled_as_one_image() {
    let gallery = array![[1.0f32, 0.0], [0.0, 1.0], [0.6, 0.8]];
    let labels = [1, 1, 2];
    let probe = array![[0.8f32, 0.6]];
    let search = |enrollment| {
        let (probe, gallery) = ((probe.view(), &[1][..]), (gallery.view(), &labels[..]));
        IdentificationReport::enrolled(probe, gallery, KIND, enrollment, 2).unwrap()
    };
    // The mean of 1 is (0.7, 0.7): nearer to the probe than 2 is. Its images are not.
    assert_eq!(search(Enrollment::Best).cmc, [0.0, 1.0]);
    assert_eq!(search(Enrollment::Mean).cmc, [1.0, 1.0]);
    assert_eq!(search(Enrollment::Mean).gallery_identities, 2);
    for enrollment in [Enrollment::Best, Enrollment::Mean] {
        assert_eq!(
            enrollment.to_string().parse::<Enrollment>().unwrap(),
            enrollment
        );
    }
    assert!("worst".parse::<Enrollment>().is_err());
}

#[test]
fn a_collapsed_network_identifies_nobody() {
    let same = Array2::<f32>::ones((6, 3));
    let report = OpenSetReport::new(
        (same.view(), &[0, 1, 2, 7, 8, 9]),
        (same.view(), &[0, 0, 1, 1, 2, 2]),
        KIND,
        Enrollment::Best,
        &DEFAULT_FPIRS,
    )
    .unwrap();
    assert_eq!((report.mated_probes, report.nonmated_probes), (3, 3));
    for dir in report.dir {
        assert_eq!((dir.dir, dir.fpir, dir.threshold), (0.0, 0.0, None));
        assert!(dir.below_resolution);
    }
}

#[test]
fn without_strangers_or_mates_there_is_no_rate() {
    let data = array![[1.0f32, 0.0], [0.0, 1.0]];
    let search = |labels: &[u64], gallery: &[u64]| {
        let (probe, gallery) = ((data.view(), labels), (data.view(), gallery));
        OpenSetReport::new(probe, gallery, KIND, Enrollment::Best, &[0.1]).unwrap()
    };
    assert!(search(&[1, 2], &[1, 2]).dir.is_empty());
    assert!(search(&[3, 4], &[1, 2]).dir.is_empty());
    assert_eq!(search(&[1, u64::MAX], &[1, 2]).dir.len(), 1);
    let nobody = Array2::<f32>::zeros((0, 2));
    let report = OpenSetReport::new(
        (data.view(), &[1u8, 2]),
        (nobody.view(), &[]),
        KIND,
        Enrollment::Mean,
        &[0.1],
    );
    assert_eq!(report.unwrap().nonmated_probes, 2);
}

#[test]
fn what_cannot_be_enrolled_is_an_error() {
    let data = array![[1.0f32, 0.0], [-1.0, 0.0]];
    let open = |labels: &[i32], enrollment, fpir| {
        let (probe, gallery) = ((data.view(), &[1, 1][..]), (data.view(), labels));
        OpenSetReport::new(probe, gallery, KIND, enrollment, &[fpir])
    };
    assert!(open(&[1, 2], Enrollment::Mean, 0.1).is_ok());
    let canceled = open(&[5, 5], Enrollment::Mean, 0.1).unwrap_err();
    assert_eq!(
        canceled.to_string(),
        "template 5: the mean of its images has length 0; expected a direction"
    );
    assert!(matches!(
        open(&[1], Enrollment::Best, 0.1),
        Err(MetricsError::Length { .. })
    ));
    for fpir in [-0.1, 1.1, f64::NAN] {
        let wrong = open(&[1, 2], Enrollment::Best, fpir);
        assert!(matches!(wrong, Err(MetricsError::Setting { .. })));
    }
    let nan = array![[1.0f32, f32::NAN]];
    assert!(matches!(
        Templates::new(nan.view(), &[1], &[1]),
        Err(MetricsError::NotFinite { index: 0, .. })
    ));
    assert!(Templates::new(data.view(), &[1], &[1, 2]).is_err());
    assert!(Templates::new(data.view(), &[1, 2], &[1]).is_err());
    let none = Array2::<f32>::zeros((0, 2));
    assert!(
        Templates::new(none.view(), &[0u8; 0], &[0u8; 0])
            .unwrap()
            .ids()
            .is_empty()
    );
}

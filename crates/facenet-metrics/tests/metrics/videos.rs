//! Distances of videos, mirror images and listed pairs.

use facenet_metrics::distance::VIDEO_FRAMES;
use facenet_metrics::{
    DistanceKind, LfwProtocol, MetricsError, PairList, pair_distances, video_distance,
    video_distances,
};
use ndarray::{Array2, ArrayView2, Axis, array, s};

const KINDS: [DistanceKind; 2] = [DistanceKind::SquaredEuclidean, DistanceKind::Angle];

fn video(frames: usize, seed: usize) -> Array2<f32> {
    let mut rows = Array2::from_shape_fn((frames, 6), |(r, c)| {
        ((seed * 131 + r * 31 + c * 17) as f32 * 0.618).sin() + 0.1
    });
    for mut row in rows.rows_mut() {
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        row /= length;
    }
    rows
}

fn slow(first: &Array2<f32>, second: &Array2<f32>, frames: usize, kind: DistanceKind) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for a in first.rows().into_iter().take(frames) {
        for b in second.rows().into_iter().take(frames) {
            let (a, b) = (a.insert_axis(Axis(0)), b.insert_axis(Axis(0)));
            sum += pair_distances(a, b, kind).unwrap()[0];
            count += 1;
        }
    }
    sum / f64::from(count)
}

#[test]
fn every_frame_meets_every_frame() {
    for kind in KINDS {
        for (a, b, frames) in [
            (1, 1, 100),
            (3, 7, 100),
            (130, 101, 100),
            (300, 2, 1),
            (270, 280, 300),
        ] {
            let (first, second) = (video(a, 1), video(b, 2));
            let ours = video_distance(first.view(), second.view(), frames, kind).unwrap();
            let theirs = slow(&first, &second, frames, kind);
            assert!((ours - theirs).abs() < 1e-5, "{ours} is not {theirs}");
            let turned = video_distance(second.view(), first.view(), frames, kind).unwrap();
            assert!((ours - turned).abs() < 1e-5);
        }
    }
    // The frame after the last that counts says nothing.
    let mut long = video(VIDEO_FRAMES + 1, 3);
    let other = video(5, 4);
    let kind = DistanceKind::SquaredEuclidean;
    let before = video_distance(long.view(), other.view(), VIDEO_FRAMES, kind).unwrap();
    long.row_mut(VIDEO_FRAMES).fill(f32::NAN);
    assert_eq!(
        video_distance(long.view(), other.view(), VIDEO_FRAMES, kind).unwrap(),
        before
    );
}

#[test]
fn videos_without_a_distance_are_errors() {
    let (fine, none) = (video(3, 1), Array2::<f32>::zeros((0, 6)));
    let kind = DistanceKind::SquaredEuclidean;
    for (a, b) in [(&fine, &none), (&none, &fine), (&none, &none)] {
        let error = video_distance(a.view(), b.view(), 100, kind).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no frame in a video; expected at least one frame in each"
        );
    }
    assert!(matches!(
        video_distance(fine.view(), fine.view(), 0, kind),
        Err(MetricsError::Setting {
            setting: "frames",
            ..
        })
    ));
    assert!(matches!(
        video_distance(fine.view(), fine.slice(s![.., ..5]), 100, kind),
        Err(MetricsError::Length { .. })
    ));
    let mut broken = fine.clone();
    broken[[2, 0]] = f32::INFINITY;
    assert!(matches!(
        video_distance(fine.view(), broken.view(), 100, kind),
        Err(MetricsError::NotFinite { index: 2, .. })
    ));
    let mut broken = fine.clone();
    broken.row_mut(1).fill(0.0);
    assert!(matches!(
        video_distance(fine.view(), broken.view(), 100, DistanceKind::Angle),
        Err(MetricsError::ZeroEmbedding { index: 1 })
    ));
    let videos = [fine.view(), fine.view()];
    assert!(matches!(
        video_distances(&videos, &[(0, 1), (1, 2)], 100, kind),
        Err(MetricsError::Setting { .. })
    ));
    assert!(video_distances(&videos, &[], 100, kind).unwrap().is_empty());
}

#[test]
fn youtube_faces_is_ten_folds_of_five_hundred() {
    // Forty people with two videos each; 5,000 pairs of them, half of one person.
    let videos: Vec<Array2<f32>> = (0..80).map(|v| video(1 + v % 4, v / 2)).collect();
    let views: Vec<ArrayView2<'_, f32>> = videos.iter().map(|v| v.view()).collect();
    let (pairs, same): (Vec<(usize, usize)>, Vec<bool>) = (0..5000)
        .map(|k| {
            let person = (k * 7) % 40;
            let same = k % 2 == 0;
            let other = if same {
                person
            } else {
                (person + 1 + k % 38) % 40
            };
            ((2 * person, 2 * other + 1), same)
        })
        .unzip();
    let kind = DistanceKind::SquaredEuclidean;
    let distances = video_distances(&views, &pairs, VIDEO_FRAMES, kind).unwrap();
    for k in [0, 1, 4999] {
        let (a, b) = pairs[k];
        let one = video_distance(views[a], views[b], VIDEO_FRAMES, kind).unwrap();
        assert_eq!(distances[k], one);
    }
    let report = LfwProtocol::youtube_faces()
        .evaluate_distances(&distances, &same)
        .unwrap();
    assert_eq!(report.accuracy.per_fold.len(), 10);
    assert_eq!((report.exact.genuine, report.exact.impostor), (2500, 2500));
    assert!(matches!(
        LfwProtocol::lfw().evaluate_distances(&distances, &same),
        Err(MetricsError::Folds { .. })
    ));
    assert!(
        LfwProtocol::lfw()
            .evaluate_distances(&[0.5; 6000], &[true; 6000])
            .is_ok()
    );
}

#[test]
fn lists_of_pairs_are_looked_through() {
    let labels = [4, 4, 9, 9];
    let list = PairList::from_labels(&labels, vec![(0, 1), (0, 2), (2, 0), (3, 2)]).unwrap();
    assert_eq!(list.same(), [true, false, false, true]);
    assert_eq!((list.pairs().len(), list.repeated()), (4, 1));
    let embeddings = array![[1.0f32, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]];
    let kind = DistanceKind::SquaredEuclidean;
    assert_eq!(
        list.distances(embeddings.view(), kind).unwrap(),
        [2.0, 4.0, 4.0, 2.0]
    );
    assert!(matches!(
        list.distances(embeddings.slice(s![..3, ..]), kind),
        Err(MetricsError::Pair { index: 3, .. })
    ));
    let error = |pairs: Vec<(usize, usize)>| {
        PairList::from_labels(&labels, pairs)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        error(vec![(0, 1), (2, 2)]),
        "pair 1: row 2 with itself; expected two different rows"
    );
    assert_eq!(
        error(vec![(0, 4)]),
        "pair 0: row 4 of 4; expected rows of the embeddings, counted from 0"
    );
    let both = PairList::new(3, vec![(0, 1), (1, 0)], vec![true, false]).unwrap_err();
    assert!(matches!(both, MetricsError::Pair { index: 1, .. }));
    assert!(matches!(
        PairList::new(3, vec![(0, 1)], vec![]),
        Err(MetricsError::Length { .. })
    ));
    assert!(PairList::new(0, vec![], vec![]).unwrap().pairs().is_empty());
}

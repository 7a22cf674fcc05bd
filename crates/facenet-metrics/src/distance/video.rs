use ndarray::{ArrayView2, s};
use rayon::prelude::*;

use super::kind::DistanceKind;
use super::tiles::DistanceTiles;
use crate::MetricsError;

/// The frames of a video that the protocol of YouTube Faces looks at.
pub const VIDEO_FRAMES: usize = 100;

/// The distance of two videos: the mean over all pairs of a frame of the first and a frame of the
/// second, of the first `frames` frames of each.
///
/// FaceNet (§5.7) takes the first 100 ([`VIDEO_FRAMES`]) of YouTube Faces; a shorter video counts
/// with the frames it has.
///
/// # Shapes
///
/// `first` is `[frames of the first video, dimensions]`, `second` likewise.
///
/// # Errors
///
/// [`MetricsError::Missing`] for a video without frames, [`MetricsError::Setting`] for `frames` 0,
/// [`MetricsError::Length`] where the dimensions differ, [`MetricsError::NotFinite`] and
/// [`MetricsError::ZeroEmbedding`] for frames without a distance.
pub fn video_distance(
    first: ArrayView2<'_, f32>,
    second: ArrayView2<'_, f32>,
    frames: usize,
    kind: DistanceKind,
) -> Result<f64, MetricsError> {
    if frames == 0 {
        return Err(MetricsError::Setting {
            setting: "frames",
            found: "0".to_owned(),
            expected: "at least 1",
        });
    }
    let [first, second] = [first, second].map(|v| v.slice_move(s![..frames.min(v.nrows()), ..]));
    if first.nrows() == 0 || second.nrows() == 0 {
        return Err(MetricsError::Missing {
            what: "frame in a video",
            expected: "at least one frame in each",
        });
    }
    let tiles = DistanceTiles::probe_gallery(first, second, kind)?;
    let mut sum = 0.0;
    for strip in tiles.strips() {
        strip.for_each_tile(|tile| {
            sum += tile.pairs().map(|(_, _, d)| f64::from(d)).sum::<f64>();
        });
    }
    Ok(sum / (first.nrows() * second.nrows()) as f64)
}

/// The distance of each listed pair of videos, in parallel: pair `(a, b)` is `videos[a]` with
/// `videos[b]`.
///
/// # Errors
///
/// As [`video_distance`], and [`MetricsError::Setting`] for a pair that names a video which is not
/// there.
pub fn video_distances(
    videos: &[ArrayView2<'_, f32>],
    pairs: &[(usize, usize)],
    frames: usize,
    kind: DistanceKind,
) -> Result<Vec<f64>, MetricsError> {
    let video = |at: usize| {
        videos
            .get(at)
            .copied()
            .ok_or_else(|| MetricsError::Setting {
                setting: "pairs of videos",
                found: format!("video {at} of {}", videos.len()),
                expected: "positions in the list of videos",
            })
    };
    pairs
        .par_iter()
        .map(|&(a, b)| video_distance(video(a)?, video(b)?, frames, kind))
        .collect()
}

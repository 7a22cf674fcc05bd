use std::collections::BTreeMap;
use std::path::Path;

use facenet_data::{VideoPair, read_video_pairs};
use facenet_metrics::{Folds, Scores, video_distances};
use ndarray::{Array2, Axis};

use crate::{
    EvalError, Measurement, NamedEmbeddings, PairsProtocolConfig, PairsReport,
    squared_distance_range,
};

/// Measures embeddings of video frames on pairs of videos, as on YouTube Faces: the distance of two
/// videos is the mean over all pairs of their first `frames` frames
/// ([FaceNet](https://arxiv.org/abs/1503.03832), §5.7, takes 100).
///
/// `list` is a list as [`read_video_pairs`] takes it. A frame belongs to the video that its name begins
/// with: `Sadie_Frost/1/1.23.jpg` is of `Sadie_Frost/1`; the frames of a video come in the order of
/// their rows.
///
/// # Errors
///
/// As [`read_video_pairs`]; [`EvalError::NoEmbedding`] for a video without frames; and those of
/// [`video_distances`] and [`facenet_metrics::LfwProtocol::evaluate_distances`], so that no mean can be
/// subtracted.
pub fn measure_videos(
    list: &Path,
    embeddings: &NamedEmbeddings,
    frames: usize,
    config: &PairsProtocolConfig,
) -> Result<Measurement, EvalError> {
    let pairs = read_video_pairs(list)?;
    let mut rows: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (row, name) in embeddings.names().iter().enumerate() {
        let name = name.replace('\\', "/");
        if let Some((video, _)) = name.rsplit_once('/') {
            rows.entry(video.to_owned()).or_default().push(row);
        }
    }
    let videos: Vec<Array2<f32>> = rows
        .values()
        .map(|rows| embeddings.array().select(Axis(0), rows))
        .collect();
    let numbers: BTreeMap<&str, usize> = rows.keys().map(String::as_str).zip(0..).collect();
    let number = |pair: &VideoPair, video: &str| {
        let found = numbers.get(video).copied();
        found.ok_or_else(|| EvalError::NoEmbedding {
            path: list.to_owned(),
            line: pair.line,
            image: video.to_owned(),
        })
    };
    let compared: Vec<(usize, usize)> = pairs
        .iter()
        .map(|pair| Ok((number(pair, &pair.first)?, number(pair, &pair.second)?)))
        .collect::<Result<_, EvalError>>()?;
    let views: Vec<_> = videos.iter().map(|video| video.view()).collect();
    let distances = video_distances(&views, &compared, frames, config.distance)?;

    let mut sizes = vec![0; pairs.iter().map(|pair| pair.fold + 1).max().unwrap_or(0)];
    for pair in &pairs {
        sizes[pair.fold] += 1;
    }
    let folds = Folds::from_sizes(&sizes).map_err(|error| EvalError::Folds {
        path: list.to_owned(),
        reason: error.to_string(),
        skipped: 0,
    })?;
    let same: Vec<bool> = pairs.iter().map(|pair| pair.same).collect();
    let protocol = config.init(&folds, squared_distance_range(embeddings.array()));
    let lfw = protocol.evaluate_distances(&distances, &same)?;
    let report = PairsReport::new(lfw, pairs.len(), 0, 0);
    let scores = Scores::new(&distances, &same)?;
    Measurement::new(list.display().to_string(), config.distance, report, scores)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn videos_are_compared_by_the_mean_of_their_frames() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("splits.txt");
        std::fs::write(
            &list,
            "1, 1, Ann/1, Ann/2, 1\n1, 2, Ann/1, Bo/1, 0\n2, 1, Bo/1, Bo/2, 1\n2, 2, Ann/2, Bo/2, 0\n",
        )
        .unwrap();
        let names = [
            "Ann/1/1.1.jpg",
            "Ann/1/1.2.jpg",
            "Ann/2/2.1.jpg",
            "Bo/1/1.1.jpg",
            "Bo\\2\\2.1.jpg",
        ];
        let array = array![[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]];
        let names = names.map(str::to_owned).to_vec();
        let faces = NamedEmbeddings::new(array, names).unwrap();
        let config = PairsProtocolConfig::new();
        let measured = measure_videos(&list, &faces, 100, &config).unwrap();
        assert_eq!((measured.report.pairs, measured.report.folds), (4, 2));
        // The frames of Ann/1 are 0 and 2 from that of Ann/2, and 4 and 2 from that of Bo/1.
        assert_eq!(measured.scores.genuine(), [0.0, 1.0]);
        assert_eq!(measured.scores.impostor(), [3.0, 4.0]);
        let first = measure_videos(&list, &faces, 1, &config).unwrap();
        assert_eq!(first.scores.genuine(), [0.0, 0.0]);

        std::fs::write(&list, "1, 1, Ann/1, Ann/3, 1\n2, 1, Bo/1, Bo/2, 1\n").unwrap();
        let error = measure_videos(&list, &faces, 1, &config).unwrap_err();
        assert!(error.to_string().contains("Ann/3"), "{error}");
    }
}

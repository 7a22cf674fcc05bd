//! Face verification, identification and clustering: arrays in, typed reports out.
//!
//! The crate takes embeddings as [`ndarray`] views (`f32`, one row a photograph) with identities as
//! integers of any size ([`Label`]), and gives reports that serialize with [`serde`]. It reads no files
//! and needs no framework; the figures are behind the feature `plot`, a metric for burn-train's
//! learner behind `burn-train`, and matrix products on a GPU behind `burn` (`on_device`).
//!
//! | question | answer |
//! |---|---|
//! | distances of listed pairs | [`pair_distances`] |
//! | all distances, tile after tile | [`DistanceTiles`] |
//! | exact ROC, AUC, EER, VAL at FAR, a calibrated threshold | [`Scores`], [`VerificationReport`] |
//! | the same over billions of pairs, without storing them | [`AllPairsProtocol`], [`AllPairsReport`] |
//! | the DET curve, FNMR at FMR | [`DetCurve`] |
//! | how sure the numbers are | [`DeLong`], [`Bootstrap`], [`Interval`] |
//! | a threshold and a probability to keep beside the weights | [`Calibration`] |
//! | the hold-out protocol of the paper, mean over splits | [`SplitReport`] |
//! | the ten folds of LFW and of YouTube Faces | [`LfwProtocol`], [`video_distances`] |
//! | rank-k identification | [`IdentificationReport`] |
//! | identification among strangers, DIR at FPIR | [`OpenSetReport`] |
//! | several images made one embedding | [`Templates`] |
//! | the nearest neighbors of every embedding | [`Neighbors`] |
//! | precision@1, R-precision, MAP@R, recall@k, MRR | [`RetrievalReport`] |
//! | clusters, by any algorithm; the best threshold | [`cluster`], [`sweep_thresholds`] |
//! | agglomerative clusters, the best cut | [`Dendrogram`] |
//! | clusters against identities | [`ClusteringScores`] |
//! | embeddings stored in bytes | [`quantize`] |
//!
//! What has nothing to divide by is `None` in a report, never NaN; what cannot be evaluated (lists of
//! different lengths, NaN, folds that do not fit) is a [`MetricsError`].
//!
//! # Example
//!
//! ```
//! use facenet_metrics::{DistanceKind, IdentificationReport, Scores, VerificationReport};
//! use ndarray::array;
//!
//! // Two photographs each of two people.
//! let embeddings = array![[1.0, 0.0], [0.8, 0.6], [0.0, -1.0], [-0.6, -0.8]];
//! let labels = [7, 7, 9, 9];
//!
//! let scores = Scores::all_pairs(embeddings.view(), &labels, DistanceKind::SquaredEuclidean)?;
//! let report = VerificationReport::new(&scores, &[0.1])?;
//! assert_eq!((report.genuine, report.impostor), (2, 4));
//! assert_eq!(report.auc, Some(1.0));
//!
//! // Four impostor pairs cannot show a FAR of 0.1: the report says so.
//! assert_eq!(report.val[0].val, 1.0);
//! assert!(report.val[0].below_resolution);
//!
//! // A threshold for new photographs: one person where the distance is below it.
//! let threshold = scores.threshold_at_far(0.1)?;
//! assert!(threshold.is_some_and(|t| t < 1.0));
//!
//! let search = IdentificationReport::leave_one_out(
//!     embeddings.view(), &labels, DistanceKind::SquaredEuclidean, 1)?;
//! assert_eq!(search.rate(1), Some(1.0));
//! # Ok::<(), facenet_metrics::MetricsError>(())
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod clustering;
pub mod distance;
mod error;
pub mod identification;
mod label;
mod mean_std;
pub mod neighbors;
#[cfg(feature = "plot")]
pub mod plot;
mod products;
mod quantization;
pub mod retrieval;
#[cfg(feature = "burn-train")]
pub mod training;
pub mod verification;

pub use clustering::{
    ChineseWhispers, ClusterThreshold, Clustering, ClusteringAlgorithm, ClusteringScores, Clusters,
    Dbscan, Dendrogram, Hdbscan, KMeans, KMeansFit, Linkage, NeighborGraph, PrecisionRecall,
    ThresholdPoint, ThresholdSweep, cluster, sweep_thresholds, threshold_grid,
};
pub use distance::{DistanceKind, DistanceTiles, pair_distances, video_distance, video_distances};
pub use error::MetricsError;
pub use identification::{
    DEFAULT_FPIRS, DirAtFpir, Enrollment, IdentificationReport, OpenSetReport, Templates,
};
pub use label::Label;
pub use mean_std::MeanStd;
pub use ndarray;
pub use neighbors::{Neighbor, Neighbors};
#[cfg(feature = "burn")]
pub use products::on_device;
pub use quantization::quantize;
pub use retrieval::{DEFAULT_RECALLS, RecallAtK, RetrievalReport};
pub use verification::{
    AllPairsProgress, AllPairsProtocol, AllPairsReport, AllPairsSplits, AucDifference, Bootstrap,
    BootstrapReport, Bounds, Calibration, DEFAULT_FARS, DeLong, DetCurve, DetPoint, FnmrAtFmr,
    Folds, Interval, LfwProtocol, LfwReport, OperatingPoint, PairList, RocCurve, RocPoint, Scores,
    SplitReport, ValAtFar, VerificationReport, identity_splits,
};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

//! Triplet losses with mining inside the batch, for Burn.
//!
//! A triplet loss is four independent choices. Every library of the field bundles them its own way and under its own
//! names; here each choice is a type of its own:
//!
//! | choice | type | values | default |
//! |---|---|---|---|
//! | when are two embeddings near | [`Distance`] | squared euclidean, euclidean, cosine | squared euclidean |
//! | which triplets are trained on | [`Mining`] with [`Pick`] | batch-all, batch-hard, semi-hard band, nearest farther, violators, hardest negative, combined, distance-weighted | semi-hard band, all of it |
//! | what does a triplet cost | [`Margin`] | hinge(α), soft, soft-plus(α) | hinge(0.2) |
//! | what is the sum divided by | [`Reduction`] | active triplets, selected triplets, anchors, nothing | active triplets |
//!
//! The defaults are FaceNet's (Schroff et al., CVPR 2015, §3).
//!
//! # A training step
#![cfg_attr(feature = "flex", doc = "```")]
#![cfg_attr(not(feature = "flex"), doc = "```ignore")]
//! use burn::nn::LinearConfig;
//! use burn::optim::{GradientsParams, SgdConfig};
//! use burn::tensor::{Device, Distribution, Int, Tensor};
//! use facenet_loss::{BatchState, Distance, Margin, Mining, Pick, Reduction, TripletLossConfig};
//!
//! let device = Device::flex().autodiff();
//! let loss = TripletLossConfig::new()
//!     .with_distance(Distance::SquaredEuclidean)
//!     .with_mining(Mining::SemiHardBand(Pick::All))
//!     .with_margin(Margin::Hinge(0.2))
//!     .with_reduction(Reduction::MeanActive)
//!     .init();
//! let model = LinearConfig::new(8, 4).init(&device);
//! let mut optimizer = SgdConfig::new().init();
//!
//! let images = Tensor::<2>::random([6, 8], Distribution::Default, &device);
//! let labels = Tensor::<1, Int>::from_ints([7, 7, 7, -2, -2, -2], &device);
//!
//! let output = loss.forward(model.forward(images), labels);
//! let gradients = GradientsParams::from_grads(output.loss.backward(), &model);
//! let model = optimizer.step(0.05, model, gradients);
//!
//! let summary = output.stats.read();
//! assert_eq!(summary.valid_triplets, 6 * 2 * 3);
//! assert_ne!(summary.state(), BatchState::NoTriplets);
//! # let _ = model;
//! ```
//!
//! Another rule is another word: `.with_mining(Mining::BatchHard)`.
//!
//! # What other libraries call it
//!
//! Each number is the loss of one batch of nine unit vectors, as the other library computes it; the test `peers` finds
//! it with the options in the same row. `benches/peers/losses.py` has the batch and asks the libraries
//! (pytorch-metric-learning 2.9.0, sentence-transformers 6.2.0), or follows their definitions (the rest).
//!
//! | elsewhere | distance | mining | margin | reduction | checked |
//! |---|---|---|---|---|---|
//! | FaceNet §3.2–3.3, on L2-normalized embeddings | `squared-euclidean` | `semi-hard` | `hinge:0.2` | `mean-active` | 0.07336333 |
//! | davidsandberg/facenet and OpenFace, as their training selects triplets (1) | `squared-euclidean` | `violators-random:SEED` | `hinge:0.2` | `mean-selected` | 57 violators |
//! | pytorch-metric-learning (2) `TripletMarginLoss()` | `euclidean` | `batch-all` | `hinge:0.05` | `mean-active` | 0.61533301 |
//! | … `TripletMarginLoss(smooth_loss=True)` | `euclidean` | `batch-all` | `soft-plus:0.05` | `mean-active` | 0.75464123 |
//! | … `TripletMarginLoss(margin=0.2, distance=LpDistance(power=2))` | `squared-euclidean` | `batch-all` | `hinge:0.2` | `mean-active` | 1.20000846 |
//! | … with `TripletMarginMiner(type_of_triplets="semihard")` (3) | `euclidean` | `semi-hard` | `hinge:0.2` | `mean-active` | 0.09350373 |
//! | … with `TripletMarginMiner(type_of_triplets="all")` (3) | `euclidean` | `violators` | `hinge:0.2` | `mean-active` | 0.69703622 |
//! | … with `BatchHardMiner` | `euclidean` | `batch-hard` | `hinge:0.2` | `mean-active` | 1.11113932 |
//! | … with `BatchEasyHardMiner("easy", "semihard")` | `euclidean` | `combined:easy/semi-hard` | `hinge:1` | `mean-active` | 0.73704194 |
//! | … with `BatchEasyHardMiner("semihard", "hard")` | `euclidean` | `combined:semi-hard/hard` | `hinge:1` | `mean-active` | 0.76412656 |
//! | TF-addons `TripletSemiHardLoss` (4) | `euclidean` | `nearest-farther` | `hinge:1` | `mean-selected` | 0.79717271 |
//! | TF-addons `TripletHardLoss` (4) | `euclidean` | `batch-hard` | `hinge:1` | `mean-anchors` | 1.91113932 |
//! | sentence-transformers `BatchAllTripletLoss`, omoindrot's batch-all | `euclidean` | `batch-all` | `hinge:0.2` | `mean-active` | 0.69703622 |
//! | … `BatchHardTripletLoss` | `euclidean` | `batch-hard` | `hinge:0.2` | `mean-anchors` | 1.11113932 |
//! | … `BatchHardSoftMarginTripletLoss` | `euclidean` | `batch-hard` | `soft` | `mean-anchors` | 1.26664017 |
//! | … `BatchSemiHardTripletLoss` | `euclidean` | `nearest-farther` | `hinge:0.2` | `mean-selected` | 0.07626265 |
//!
//! 1. They take each pair of images from one end alone, and train on the triplets in smaller batches.
//! 2. It normalizes embeddings itself. The other six combinations of `BatchEasyHardMiner` are checked too. Its
//!    `DistanceWeightedMiner` is `distance-weighted:SEED`; its `CrossBatchMemory` mines against the memory alone, see
//!    [`CrossBatchMemory`].
//! 3. Recent versions include d_an = d_ap + α, which costs nothing.
//! 4. Where every anchor has a positive and a negative. Elsewhere they count anchors that have none; for two images of
//!    one person they give √2 + 1 and 1, where there is no triplet and this loss is 0.
//!
//! So "semi-hard" of TF-addons and "semi-hard" of FaceNet are two rules: the first has no upper bound, and where no
//! negative is farther than the positive it takes the farthest one.
//!
//! # Reading the loss
//!
//! A loss of 0 says little alone. [`TripletOutput::stats`] stays on the device until it is read, and
//! [`TripletSummary::state`] then tells a batch that is learnt from one that has collapsed and from one that never had
//! a triplet.
//!
//! # Other rows, and lists
//!
//! [`TripletLoss::forward_with_reference`] takes positives and negatives from other rows,
//! [`TripletLoss::forward_gathered`] from rows that hold the anchors too, and [`CrossBatchMemory`] from earlier batches.
//! [`TripletLoss::mine`] lists the triplets.
//!
//! # How it is computed
//!
//! On the CPU (f32) the loss and its gradient are one operation: distances in tiles, each anchor mined while its row of
//! distances is in the cache, and one matrix product. Batch-all sums over thresholds d_ap + α and never looks at a single
//! triplet, of which a batch of 45 × 40 has 123,552,000. On GPUs it is a handful of kernels from one CubeCL source (four
//! launches for squared distances), which nothing has to wait for. A graph keeps one tensor of the embeddings' shape.
//! f64 is composed of tensor operations. [`Route`] chooses; `benches/RESULTS.md` has times and memory on the CPU, beside
//! two bare matrix products and pytorch-metric-learning.
//!
//! # Exactness
//!
//! Distances come from differences, so equal embeddings have distance 0 and small distances keep their digits. Selection
//! is decided on f32 distances (f64 for f64 embeddings), ties go to the lowest index, labels are compared as integers,
//! and counts are exact up to 92,681 candidates. The same inputs give the same bits twice on one device.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod batch;
mod composed;
mod distance;
mod error;
mod fused;
mod margin;
mod memory;
mod mining;
mod name;
mod output;
mod reduction;
mod route;
mod triplet;
mod validation;

pub use distance::Distance;
pub use error::LossError;
pub use facenet_sampler::Triplet;
pub use margin::Margin;
pub use memory::{CrossBatchMemory, CrossBatchMemoryConfig};
pub use mining::{Hardness, Mining, Pick};
pub use output::{BatchState, TripletOutput, TripletStats, TripletSummary};
pub use reduction::Reduction;
pub use route::Route;
pub use triplet::{TripletLoss, TripletLossConfig};
pub use validation::check_finite;

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "flex"))]
#[doc = include_str!("../README.md")]
struct Readme;

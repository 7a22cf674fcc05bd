//! Triplet losses with mining inside the batch, for Burn.
//!
//! A triplet loss is four independent choices. Every library of the field bundles them its own way and under its own
//! names; here each choice is a type of its own:
//!
//! | choice | type | values | default |
//! |---|---|---|---|
//! | when are two embeddings near | [`Distance`] | squared euclidean, euclidean, cosine | squared euclidean |
//! | which triplets are trained on | [`Mining`] with [`Pick`] | batch-all, batch-hard, semi-hard band, nearest farther, violators, hardest negative | semi-hard band, all of it |
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
//! # What other libraries call it
//!
//! | elsewhere | here |
//! |---|---|
//! | FaceNet §3.2–3.3 | `semi-hard`, `squared-euclidean`, `hinge:0.2` on L2-normalised embeddings |
//! | davidsandberg/facenet and OpenFace, as their training selects triplets | `violators-random:SEED`, `squared-euclidean`, `hinge:0.2`, `mean-selected`; they take each pair of images from one end alone, and train on the triplets in smaller batches |
//! | pytorch-metric-learning `TripletMarginLoss()` without a miner | `batch-all`, `euclidean` on L2-normalised embeddings, `hinge:0.05`, `mean-active` |
//! | pytorch-metric-learning `TripletMarginMiner(type_of_triplets="semihard")` | `semi-hard` (recent versions include d_an = d_ap + α) |
//! | pytorch-metric-learning `TripletMarginMiner(type_of_triplets="all")` | `violators` (recent versions include d_an = d_ap + α) |
//! | pytorch-metric-learning `BatchHardMiner` | `batch-hard` |
//! | TF-addons `TripletSemiHardLoss`, sentence-transformers `BatchSemiHardTripletLoss` | `nearest-farther` |
//! | TF-addons `TripletHardLoss(soft=False)`, sentence-transformers `BatchHardTripletLoss` | `batch-hard`, `mean-anchors` |
//! | sentence-transformers `BatchHardSoftMarginTripletLoss` | `batch-hard`, `soft`, `mean-anchors` |
//! | sentence-transformers `BatchAllTripletLoss`, omoindrot's batch-all | `batch-all`, `mean-active` |
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
//! # Exactness
//!
//! Selection is decided on differences of f32 distances (f64 for f64 embeddings), ties go to the lowest index, labels
//! are compared as integers, and counts are exact. The same inputs give the same bits twice on one device.

mod distance;
mod error;
mod margin;
mod mining;
mod name;
mod output;
mod reduction;
mod reference;
mod triplet;
mod validation;

pub use distance::Distance;
pub use error::LossError;
pub use margin::Margin;
pub use mining::{Mining, Pick};
pub use output::{BatchState, TripletOutput, TripletStats, TripletSummary};
pub use reduction::Reduction;
pub use triplet::{TripletLoss, TripletLossConfig};
pub use validation::check_finite;

//! The triplet loss.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{Device, Int, Tensor};

use crate::batch::{Batch, Candidates};
use facenet_sampler::Triplet;

use crate::route::{LossAndGradient, accumulator, evaluate};
use crate::{
    Distance, LossError, Margin, Mining, Reduction, Route, TripletOutput, composed, fused,
};

/// Configuration of a [`TripletLoss`]: four independent choices.
///
/// `TripletLossConfig::new()` is the loss of FaceNet §3: semi-hard negatives of all positive pairs, squared euclidean
/// distance, hinge with α = 0.2.
///
/// In JSON each choice is the text that its `Display` writes and its `FromStr` reads:
/// `{"distance":"squared-euclidean","mining":"semi-hard","margin":"hinge:0.2","reduction":"mean-active"}`.
#[derive(Config, Debug, PartialEq)]
pub struct TripletLossConfig {
    /// The distance between two embeddings.
    #[config(default = "Distance::SquaredEuclidean")]
    pub distance: Distance,
    /// Which triplets of a batch are selected.
    #[config(default = "Mining::SemiHardBand(crate::Pick::All)")]
    pub mining: Mining,
    /// What one triplet costs.
    #[config(default = "Margin::Hinge(0.2)")]
    pub margin: Margin,
    /// How the costs become one number.
    #[config(default = "Reduction::MeanActive")]
    pub reduction: Reduction,
}

impl TripletLossConfig {
    /// Says whether the four choices make sense together; to be asked of configurations that come from outside.
    ///
    /// # Errors
    /// [`LossError::BadMargin`] where α is not a finite number of at least 0, [`LossError::ZeroHinge`] for a hinge with
    /// α = 0, [`LossError::MarginBeyondCosine`] where α is 2 or more for cosine distances, [`LossError::EmptyBand`]
    /// where semi-hard mining meets α = 0, and [`LossError::BothSemiHard`] where a combined rule has nothing to begin
    /// with.
    pub fn validate(&self) -> Result<(), LossError> {
        let alpha = self.margin.alpha();
        if !(alpha.is_finite() && alpha >= 0.0) {
            return Err(LossError::BadMargin { given: alpha });
        }
        if self.margin == Margin::Hinge(0.0) {
            return Err(LossError::ZeroHinge);
        }
        if self.distance == Distance::Cosine && alpha >= 2.0 {
            return Err(LossError::MarginBeyondCosine {
                margin: self.margin.to_string(),
            });
        }
        if self.mining.needs_alpha() && alpha == 0.0 {
            return Err(LossError::EmptyBand {
                mining: self.mining.to_string(),
                margin: self.margin.to_string(),
            });
        }
        if self.mining.has_no_beginning() {
            return Err(LossError::BothSemiHard {
                mining: self.mining.to_string(),
            });
        }
        Ok(())
    }

    /// The loss with these choices.
    ///
    /// # Panics
    /// Where [`validate`](Self::validate) gives an error, with its message.
    pub fn init(&self) -> TripletLoss {
        if let Err(error) = self.validate() {
            panic!("{error}");
        }
        TripletLoss {
            config: self.clone(),
            route: Route::Auto,
        }
    }
}

/// Triplet loss with mining inside the batch (Schroff et al., CVPR 2015, §3; Hermans et al. 2017).
///
/// ```text
/// L = 1/N · Σ cost(d(a, p) − d(a, n))     over the selected triplets (a, p, n)
/// ```
///
/// [`Distance`] is d, [`Mining`] selects, [`Margin`] is the cost and [`Reduction`] is N. The gradient is that of this
/// formula for the selection made: selection and N are constants.
#[derive(Module, Debug)]
pub struct TripletLoss {
    #[module(skip)]
    config: TripletLossConfig,
    #[module(skip)]
    route: Route,
}

impl TripletLoss {
    /// The choices of this loss.
    pub fn config(&self) -> &TripletLossConfig {
        &self.config
    }

    /// The same loss, computed on a route of your choice. Where the device has no fused implementation, or none for
    /// the type of the embeddings, every route is [`Route::Composed`].
    #[must_use]
    pub fn with_route(self, route: Route) -> Self {
        Self { route, ..self }
    }

    /// Computes the loss of a batch and its statistics.
    ///
    /// An anchor without a positive or without a negative is left out. Where no triplet is selected, in a batch of
    /// nobody too, the loss is 0 and so is the gradient. Where a distance is not finite, the loss is NaN: bad
    /// embeddings are not dropped silently, and [`check_finite`](crate::check_finite) names them.
    ///
    /// f16 and bf16 embeddings are computed with in f32, which is the type of the loss then.
    ///
    /// # Shapes
    /// - embeddings: `[batch, dim]`
    /// - labels: `[batch]`, the identity of each embedding: any integers
    /// - loss: `[1]`
    ///
    /// # Panics
    /// Where there are not as many labels as embeddings, where dim is 0, and where the two are on different devices.
    pub fn forward(&self, embeddings: Tensor<2>, labels: Tensor<1, Int>) -> TripletOutput {
        check(("embeddings", &embeddings), ("labels", &labels));
        self.compute(embeddings, labels, None)
    }

    /// Computes the loss of anchors whose positives and negatives are other rows: a memory of earlier batches, the
    /// embeddings of another network.
    ///
    /// Every reference row of an anchor's identity is a positive of it. Where the anchors are among those rows, say so
    /// with [`forward_gathered`](Self::forward_gathered). Both sides get gradients, as far as they are tracked.
    ///
    /// # Shapes
    /// - embeddings: `[anchors, dim]`, labels: `[anchors]`
    /// - reference: `[rows, dim]`, their labels: `[rows]`
    /// - loss: `[1]`
    ///
    /// # Panics
    /// As [`forward`](Self::forward), and where the dimensions of the two sides differ.
    pub fn forward_with_reference(
        &self,
        embeddings: Tensor<2>,
        labels: Tensor<1, Int>,
        reference: Tensor<2>,
        reference_labels: Tensor<1, Int>,
    ) -> TripletOutput {
        check(("embeddings", &embeddings), ("labels", &labels));
        check(
            ("reference embeddings", &reference),
            ("reference labels", &reference_labels),
        );
        self.compute(
            embeddings,
            labels,
            Some((reference, reference_labels, None)),
        )
    }

    /// Computes the loss of anchors that are rows `first..` of all rows that are looked at: one replica's batch among
    /// what all replicas gathered, a batch in front of a memory.
    ///
    /// No anchor is its own positive. The gradient that an anchor gets as somebody's positive or negative arrives at
    /// `all`: gather tracked embeddings and it flows on from there.
    ///
    /// # Shapes
    /// - embeddings: `[anchors, dim]`, labels: `[anchors]`
    /// - all: `[rows, dim]`, their labels: `[rows]`
    /// - loss: `[1]`
    ///
    /// # Panics
    /// As [`forward_with_reference`](Self::forward_with_reference), and where `all` has fewer than `first + anchors`
    /// rows.
    pub fn forward_gathered(
        &self,
        embeddings: Tensor<2>,
        labels: Tensor<1, Int>,
        all: Tensor<2>,
        all_labels: Tensor<1, Int>,
        first: usize,
    ) -> TripletOutput {
        check(("embeddings", &embeddings), ("labels", &labels));
        check(
            ("gathered embeddings", &all),
            ("gathered labels", &all_labels),
        );
        let ([anchors, _], [rows, _]) = (embeddings.dims(), all.dims());
        assert!(
            first + anchors <= rows,
            "triplet loss: {anchors} anchors from row {first} on do not fit into {rows} gathered rows"
        );
        self.compute(embeddings, labels, Some((all, all_labels, Some(first))))
    }

    /// The triplets that the rule selects from a batch, for research; waits for the device.
    ///
    /// They are those that [`forward`](Self::forward) sums up, in the order of anchor, positive and negative.
    ///
    /// # Errors
    /// [`LossError::TooManyTriplets`] where there are more than `most`: batch-all has 123,552,000 of them in a batch of
    /// 45 × 40.
    ///
    /// # Panics
    /// As [`forward`](Self::forward).
    pub fn mine(
        &self,
        embeddings: Tensor<2>,
        labels: Tensor<1, Int>,
        most: u64,
    ) -> Result<Vec<Triplet>, LossError> {
        let output = self.forward(embeddings.clone().detach().inner(), labels.clone());
        let selected = output.stats.read().selected_triplets;
        if selected > most {
            return Err(LossError::TooManyTriplets {
                mining: self.config.mining.to_string(),
                selected,
                most,
            });
        }
        if selected == 0 {
            return Ok(Vec::new());
        }
        let batch = Batch {
            anchors: accumulator(embeddings.inner()),
            labels: labels.inner(),
            candidates: Candidates::Anchors,
        };
        let mut triplets: Vec<Triplet> = composed::list(&self.config, self.route, &batch)
            .into_iter()
            .map(|rows| {
                let [anchor, positive, negative] = rows.map(|row| row as usize);
                Triplet {
                    anchor,
                    positive,
                    negative,
                }
            })
            .collect();
        triplets.sort_unstable();
        Ok(triplets)
    }

    /// Evaluates without a graph, then attaches the gradients.
    fn compute(
        &self,
        embeddings: Tensor<2>,
        labels: Tensor<1, Int>,
        others: Option<(Tensor<2>, Tensor<1, Int>, Option<usize>)>,
    ) -> TripletOutput {
        let candidates = match &others {
            None => Candidates::Anchors,
            Some((rows, row_labels, first)) => {
                let ([_, dim], [_, row_dim]) = (embeddings.dims(), rows.dims());
                assert_eq!(
                    dim, row_dim,
                    "triplet loss: embeddings of {dim} dimensions and others of {row_dim}"
                );
                same_device(
                    ("embeddings", embeddings.device()),
                    ("the others", rows.device()),
                );
                Candidates::Rows {
                    embeddings: accumulator(rows.clone().inner()),
                    labels: row_labels.clone().inner(),
                    first: *first,
                }
            }
        };
        let batch = Batch {
            anchors: accumulator(embeddings.clone().inner()),
            labels: labels.inner(),
            candidates,
        };
        let sides = match others {
            None => vec![embeddings],
            Some((rows, ..)) => vec![embeddings, rows],
        };
        let tracked = sides.iter().any(Tensor::is_tracked);
        let LossAndGradient {
            loss,
            gradient,
            stats,
        } = evaluate(&self.config, self.route, &batch, tracked);
        let loss = match gradient {
            Some(gradient) => {
                let gradients = [Some(gradient.anchors), gradient.candidates];
                let sides = sides.into_iter().zip(gradients.into_iter().flatten());
                sides.fold(loss, |loss, (side, gradient)| {
                    fused::attach(loss, gradient, side)
                })
            }
            None => loss,
        };
        TripletOutput { loss, stats }
    }
}

fn check(
    (embeddings_name, embeddings): (&str, &Tensor<2>),
    (labels_name, labels): (&str, &Tensor<1, Int>),
) {
    let [batch, dim] = embeddings.dims();
    let [count] = labels.dims();
    assert_eq!(
        batch, count,
        "triplet loss: {batch} {embeddings_name} and {count} {labels_name}, expected one label for each embedding"
    );
    assert_ne!(
        dim, 0,
        "triplet loss: {embeddings_name} have no dimensions, shape [{batch}, 0]"
    );
    same_device(
        (embeddings_name, embeddings.device()),
        (labels_name, labels.device()),
    );
}

fn same_device((one_name, one): (&str, Device), (other_name, other): (&str, Device)) {
    let (one, other) = (one.inner(), other.inner());
    assert!(
        one == other,
        "triplet loss: {one_name} are on {one:?} and {other_name} on {other:?}, expected one device for both"
    );
}

//! The triplet loss.

use burn::config::Config;
use burn::module::Module;
use burn::tensor::{FloatDType, Int, Tensor};

use crate::reference::{self, Evaluation};
use crate::{Distance, LossError, Margin, Mining, Reduction, TripletOutput};

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
    /// [`LossError::BadMargin`] where α is not a finite number of at least 0, and [`LossError::EmptyBand`] where
    /// semi-hard mining meets α = 0.
    pub fn validate(&self) -> Result<(), LossError> {
        let alpha = self.margin.alpha();
        if !(alpha.is_finite() && alpha >= 0.0) {
            return Err(LossError::BadMargin { given: alpha });
        }
        if self.mining.needs_alpha() && alpha == 0.0 {
            return Err(LossError::EmptyBand {
                mining: self.mining.to_string(),
                margin: self.margin.to_string(),
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
}

impl TripletLoss {
    /// The choices of this loss.
    pub fn config(&self) -> &TripletLossConfig {
        &self.config
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
    /// Where there are not as many labels as embeddings, and where dim is 0.
    pub fn forward(&self, embeddings: Tensor<2>, labels: Tensor<1, Int>) -> TripletOutput {
        let [batch, dim] = embeddings.dims();
        let [count] = labels.dims();
        assert_eq!(
            batch, count,
            "triplet loss: {batch} embeddings and {count} labels, expected one label for each embedding"
        );
        assert_ne!(
            dim, 0,
            "triplet loss: embeddings have no dimensions, shape [{batch}, 0]"
        );

        let tracked = embeddings.is_tracked();
        let Evaluation {
            loss,
            gradient,
            stats,
        } = reference::evaluate(
            &self.config,
            embeddings.clone().inner(),
            labels.inner(),
            tracked,
        );
        let loss = match gradient {
            Some(gradient) => attach(loss, gradient, embeddings),
            None => loss,
        };
        TripletOutput { loss, stats }
    }
}

/// Makes `gradient` what a backward pass from `loss` finds for `embeddings`, and leaves the value as it is.
fn attach(loss: Tensor<1>, gradient: Tensor<2>, embeddings: Tensor<2>) -> Tensor<1> {
    let linear = (embeddings.cast(FloatDType::from(gradient.dtype())) * gradient).sum();
    let value = linear.clone().detach();
    (linear - value) + loss
}

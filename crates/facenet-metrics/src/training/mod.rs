//! Verification as a metric of burn-train's learner.
//!
//! ```
//! use facenet_metrics::training::{VerificationFigure, VerificationMetric};
//!
//! // For `SupervisedTraining::metric_valid_numeric`; the output of the validation step must give an
//! // `EmbeddingsInput` (burn-train's `Adaptor`).
//! let metric = VerificationMetric::new(VerificationFigure::Auc);
//! ```

mod figure;
mod metric;

pub use figure::VerificationFigure;
pub use metric::{EmbeddingsInput, VerificationMetric};

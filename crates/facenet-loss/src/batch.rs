//! Whose triplets are looked for, and among whom.

use burn::tensor::{Int, Tensor};

/// Anchors, and the candidates that their positives and negatives come from. Nothing here is tracked.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    /// `[anchors, dim]`.
    pub(crate) anchors: Tensor<2>,
    /// `[anchors]`.
    pub(crate) labels: Tensor<1, Int>,
    pub(crate) candidates: Candidates,
}

/// Where positives and negatives come from.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum Candidates {
    /// The anchors are each other's candidates.
    Anchors,
    /// Other rows.
    Rows {
        /// `[candidates, dim]`.
        embeddings: Tensor<2>,
        /// `[candidates]`.
        labels: Tensor<1, Int>,
        /// The row that is anchor 0, where the anchors are among the candidates, in their order: no anchor is its own
        /// positive.
        first: Option<usize>,
    },
}

impl Batch {
    /// The candidates, `[candidates, dim]`.
    pub(crate) fn candidates(&self) -> Tensor<2> {
        match &self.candidates {
            Candidates::Anchors => self.anchors.clone(),
            Candidates::Rows { embeddings, .. } => embeddings.clone(),
        }
    }

    /// The candidates' labels, `[candidates]`.
    pub(crate) fn candidate_labels(&self) -> Tensor<1, Int> {
        match &self.candidates {
            Candidates::Anchors => self.labels.clone(),
            Candidates::Rows { labels, .. } => labels.clone(),
        }
    }

    /// The candidate that is anchor 0, where the anchors are among the candidates.
    pub(crate) fn first(&self) -> Option<usize> {
        match self.candidates {
            Candidates::Anchors => Some(0),
            Candidates::Rows { first, .. } => first,
        }
    }
}

use serde::{Deserialize, Serialize};

/// What follows a layer's normalization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivationKind {
    /// Nothing: a "linear" layer.
    Identity,
    /// `max(x, 0)`.
    #[default]
    Relu,
    /// `x` where it is positive, else `αx` with an α for each channel that is learnt (He et al.
    /// 2015).
    PRelu,
}

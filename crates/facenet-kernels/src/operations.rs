/// Whose operations layers are computed with.
///
/// What is computed is the same; the benchmarks measure one against the other. A pass forward and its pass backward
/// belong to one choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operations {
    /// The kernels of this crate where they cover the layer, Burn's operations elsewhere.
    #[default]
    Kernels,
    /// Burn's convolutions; the kernels of this crate for the rest.
    BurnConvolutions,
    /// Burn's alone.
    Burn,
}

impl Operations {
    /// Whether convolutions may take kernels of this crate.
    #[cfg(feature = "flex")]
    pub(crate) fn has_convolutions(self) -> bool {
        self == Self::Kernels
    }

    /// Whether layers other than convolutions may take kernels of this crate.
    #[cfg(feature = "flex")]
    pub(crate) fn has_the_rest(self) -> bool {
        self != Self::Burn
    }
}

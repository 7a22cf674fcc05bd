/// Whose names and layouts the tensors of a file have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Burn's: normalizations have `gamma` and `beta`, linear weights are `[in, out]`.
    Burn,
    /// PyTorch's: normalizations have `weight` and `bias`, linear weights are `[out, in]`.
    PyTorch,
}

/// A merge of two clusters. Clusters are numbered after the things: merge `i` of `n` things makes cluster `n + i`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Merge {
    pub(super) first: usize,
    pub(super) second: usize,
    pub(super) distance: f64,
}

//! Dense convolutions as general matrix products (GEMM).
//!
//! The three products of a layer with weight `W` (`[O, K]`, `K = C · kh · kw`), input columns `X̃` (`[K, P]`, the input
//! unrolled by im2col to `P` output positions) and output gradient `dY` (`[O, P]`) are
//!
//! ```text
//! Y  = W · X̃             forward
//! dX = col2im(Wᵀ · dY)   input gradient
//! dW = dY · X̃ᵀ           weight gradient, summed over the batch
//! ```
//!
//! Columns are never held for a whole batch: the work is cut into tiles of a few hundred positions, and each thread
//! keeps one tile. The forward product, and with it the input gradient for stride 1, is a register tile of our own that
//! reads columns in panels (`panels`, `register_tile`); the other products are `gemm`'s (`columns`, `product`).

mod columns;
mod forward;
mod input_grad;
mod panels;
mod product;
mod register_tile;
mod tiles;
mod weight_grad;

pub(super) use forward::forward;
pub(super) use input_grad::input_grad;
pub(super) use panels::Recipe;
pub(super) use register_tile::WIDTH;
pub(super) use weight_grad::weight_grad;

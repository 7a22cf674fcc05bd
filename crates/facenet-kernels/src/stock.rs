//! Which implementation is measured.

use std::sync::atomic::{AtomicU8, Ordering};

/// What Burn's backend computes by itself although this crate has kernels for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stock {
    /// Nothing.
    Nothing,
    /// Convolutions.
    Convolutions,
    /// Convolutions, normalizations and poolings.
    Everything,
}

static STOCK: AtomicU8 = AtomicU8::new(Stock::Nothing as u8);

/// Leaves operations of this process to Burn's backend, for benchmarks that compare the two.
///
/// A pass forward and its pass backward belong to one choice.
pub fn use_stock(stock: Stock) {
    STOCK.store(stock as u8, Ordering::Relaxed);
}

#[cfg(feature = "flex")]
pub(crate) fn convolutions_are() -> bool {
    STOCK.load(Ordering::Relaxed) >= Stock::Convolutions as u8
}

#[cfg(feature = "flex")]
pub(crate) fn everything_is() -> bool {
    STOCK.load(Ordering::Relaxed) >= Stock::Everything as u8
}

//! Products of rows with rows, on the processor or on a Burn device: what all evaluations spend their time on.

#[cfg(feature = "burn")]
mod device;

use std::ops::Range;

use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, s};

#[cfg(feature = "burn")]
pub use device::on_device;

/// By how much of the product of the lengths a product may be off on a device: multipliers of GPUs may round
/// the factors to 11 digits (TF32).
const DEVICE_ROUNDING: f32 = 1.0 / 512.0;

/// The copy of some rows on the device that the caller has chosen, where it has.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    #[cfg(feature = "burn")]
    copy: Option<device::Copy>,
}

impl Factor {
    /// Copies rows to the device that [`on_device`] has set for this thread.
    #[cfg_attr(
        not(feature = "burn"),
        expect(unused_variables, reason = "no device to copy to")
    )]
    pub(crate) fn new(rows: ArrayView2<'_, f32>) -> Factor {
        Factor {
            #[cfg(feature = "burn")]
            copy: device::copy(rows),
        }
    }

    /// Copies more rows to where these are, from whichever thread.
    #[cfg_attr(
        not(feature = "burn"),
        expect(unused_variables, reason = "no device to copy to")
    )]
    pub(crate) fn beside(&self, rows: ArrayView2<'_, f32>) -> Factor {
        Factor {
            #[cfg(feature = "burn")]
            copy: self.copy.as_ref().and_then(|copy| copy.beside(rows)),
        }
    }

    /// Whether the rows are on a device: it is slow with small blocks.
    pub(crate) fn is_on_device(&self) -> bool {
        #[cfg(feature = "burn")]
        return self.copy.is_some();
        #[cfg(not(feature = "burn"))]
        false
    }

    /// What rounding on the device adds to that of `f32`, as a share of the product of the lengths.
    pub(crate) fn rounding(&self) -> f32 {
        match self.is_on_device() {
            true => DEVICE_ROUNDING,
            false => 0.0,
        }
    }
}

/// Some rows of a matrix: the matrix, its copy, and which rows.
pub(crate) type SomeRows<'v> = (ArrayView2<'v, f32>, &'v Factor, Range<usize>);

/// The product of each of some rows with each of others.
///
/// `out` is `[rows, columns]`.
pub(crate) fn products(
    rows: SomeRows<'_>,
    columns: SomeRows<'_>,
    out: &mut ArrayViewMut2<'_, f32>,
) {
    #[cfg(feature = "burn")]
    if let (Some(a), Some(b)) = (&rows.1.copy, &columns.1.copy) {
        return a.products(rows.2, b, columns.2, out);
    }
    let a = rows.0.slice(s![rows.2, ..]);
    let b = columns.0.slice(s![columns.2, ..]);
    general_mat_mul(1.0, &a, &b.t(), 0.0, out);
}

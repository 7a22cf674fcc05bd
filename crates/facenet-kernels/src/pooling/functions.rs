//! The functions behind the layers.

use burn::Tensor;
use burn::tensor::DType;
use burn::tensor::module;
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};

use crate::Operations;

/// The greatest value of each window, as [`burn::tensor::module::max_pool2d`] gives it; the fast path has 3×3 windows and
/// a padding of at most one.
///
/// Of equal values the first one, row by row, gets the gradient; a NaN in a window is its maximum.
///
/// # Shapes
/// - `x`: `[batch, channels, height, width]`
/// - output: `[batch, channels, ⌊(height + 2 · padding − kernel) / stride⌋ + 1, …]`
///
/// # Panics
/// Where Burn's function does: on windows that do not fit.
pub fn max_pool2d(
    x: Tensor<4>,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Tensor<4> {
    Operations::default().max_pool2d(x, kernel, stride, padding)
}

/// L2 pooling: the root of the sum of squares over 3×3 windows ([FaceNet](https://arxiv.org/abs/1503.03832), table 2, "L2").
///
/// ```text
/// y = √max(Σ x², 1e-12)        the sum runs over the window, zeros outside the map
/// ```
///
/// Where the sum is below 1e-12 the gradient is zero.
///
/// # Shapes
/// - `x`: `[batch, channels, height, width]`
/// - output: `[batch, channels, ⌊(height + 2 · padding − 3) / stride⌋ + 1, …]`
///
/// # Panics
/// Where [`burn::tensor::module::avg_pool2d`] does: on windows that do not fit.
pub fn l2_pool2d(x: Tensor<4>, stride: [usize; 2], padding: [usize; 2]) -> Tensor<4> {
    Operations::default().l2_pool2d(x, stride, padding)
}

/// The mean of each map.
///
/// # Shapes
/// - `x`: `[batch, channels, height, width]`
/// - output: `[batch, channels]`
pub fn global_avg_pool2d(x: Tensor<4>) -> Tensor<2> {
    Operations::default().global_avg_pool2d(x)
}

impl Operations {
    /// [`max_pool2d`] by these operations.
    ///
    /// # Panics
    /// As [`max_pool2d`].
    pub fn max_pool2d(
        self,
        x: Tensor<4>,
        kernel: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
    ) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if self.has_the_rest()
            && kernel == [super::kernels::SIDE; 2]
            && let Some(windows) = covered(&x, stride, padding)
        {
            use super::ops::PoolingOps;
            use burn::backend::Dispatch;

            return Tensor::from_dispatch(Dispatch::fused_max_pool2d(x.into_dispatch(), windows));
        }
        let options = MaxPoolOptions::new(kernel)
            .with_stride(stride)
            .with_padding(padding);
        module::max_pool2d(x, options)
    }

    /// [`l2_pool2d`] by these operations.
    ///
    /// # Panics
    /// As [`l2_pool2d`].
    pub fn l2_pool2d(self, x: Tensor<4>, stride: [usize; 2], padding: [usize; 2]) -> Tensor<4> {
        #[cfg(feature = "flex")]
        if self.has_the_rest()
            && let Some(windows) = covered(&x, stride, padding)
        {
            use super::ops::PoolingOps;
            use burn::backend::Dispatch;

            return Tensor::from_dispatch(Dispatch::fused_l2_pool2d(x.into_dispatch(), windows));
        }
        // The squares of 16-bit floats do not fit into 16 bits.
        if x.dtype() == DType::F16 {
            return self
                .l2_pool2d(x.cast(DType::F32), stride, padding)
                .cast(DType::F16);
        }
        // Padding counts in the mean, so that mean × 9 is the sum at the borders too.
        let options = AvgPoolOptions::new([3, 3])
            .with_stride(stride)
            .with_padding(padding)
            .with_count_include_pad(true);
        let sum = module::avg_pool2d(x.square(), options).mul_scalar(9.0);
        sum.clamp_min(1e-12).sqrt()
    }

    /// [`global_avg_pool2d`] by these operations.
    pub fn global_avg_pool2d(self, x: Tensor<4>) -> Tensor<2> {
        #[cfg(feature = "flex")]
        if self.has_the_rest() && crate::cpu::on_flex(&x) {
            use super::ops::PoolingOps;
            use burn::backend::Dispatch;

            return Tensor::from_dispatch(Dispatch::fused_global_avg_pool2d(x.into_dispatch()));
        }
        let [batch, channels, ..] = x.dims();
        module::adaptive_avg_pool2d(x, [1, 1]).reshape([batch, channels])
    }
}

/// The windows, where the extension computes this pooling.
#[cfg(feature = "flex")]
fn covered(
    x: &Tensor<4>,
    stride: [usize; 2],
    padding: [usize; 2],
) -> Option<super::kernels::Windows> {
    crate::cpu::on_flex(x)
        .then(|| super::kernels::Windows::new(x.dims(), stride, padding))
        .flatten()
}

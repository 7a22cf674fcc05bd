use burn::{
    module::Module,
    nn::PaddingConfig2d,
    nn::pool::{AvgPool2d, AvgPool2dConfig},
    tensor::Tensor,
};

/// L2 pooling over 3×3 windows with stride 1: the root of the sum of squares, which keeps the
/// map's size (Schroff et al. 2015, table 2, "L2").
///
/// ```text
/// y = sqrt(max(Σ x², 1e-12))        the sum runs over the window, zeros outside the map
/// ```
///
/// Where a window is all zero the gradient is defined as zero.
#[derive(Module, Debug)]
pub struct L2Pool2d {
    mean: AvgPool2d,
}

/// Pixels in a 3×3 window.
const WINDOW: f32 = 9.0;

impl Default for L2Pool2d {
    fn default() -> Self {
        // Padding counts in the mean, so that mean × 9 is the sum at the borders too.
        Self {
            mean: AvgPool2dConfig::new([3, 3])
                .with_strides([1, 1])
                .with_padding(PaddingConfig2d::Explicit(1, 1, 1, 1))
                .with_count_include_pad(true)
                .init(),
        }
    }
}

impl L2Pool2d {
    /// # Shapes
    ///
    /// - input and output: `[batch, channels, height, width]`
    pub fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let sum = self.mean.forward(input.powi_scalar(2)).mul_scalar(WINDOW);
        sum.clamp_min(1e-12).sqrt()
    }
}

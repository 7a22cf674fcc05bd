//! What batch normalization does to one value.

/// The constants of one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Channel {
    pub(super) mean: f32,
    pub(super) inverse_deviation: f32,
    pub(super) scale: f32,
    shift: f32,
}

impl Channel {
    pub(super) fn new(mean: f32, variance: f32, gamma: f32, beta: f32, epsilon: f64) -> Self {
        let inverse_deviation = 1.0 / (f64::from(variance) + epsilon).sqrt();
        Self {
            mean,
            inverse_deviation: inverse_deviation as f32,
            scale: (f64::from(gamma) * inverse_deviation) as f32,
            shift: beta,
        }
    }

    /// The value before the ReLU. Subtracting the mean first keeps the digits of a channel with a large mean.
    #[inline(always)]
    pub(super) fn normalize(&self, x: f32) -> f32 {
        (x - self.mean) * self.scale + self.shift
    }

    /// The output; a NaN stays one.
    #[inline(always)]
    pub(super) fn output<const RELU: bool>(&self, x: f32) -> f32 {
        let value = self.normalize(x);
        if RELU && value <= 0.0 { 0.0 } else { value }
    }

    /// The part of the output's gradient that passes the ReLU. The sign is computed from `x` as in the forward pass, bit
    /// for bit, which is cheaper than to keep and read the output.
    #[inline(always)]
    pub(super) fn passed<const RELU: bool>(&self, x: f32, grad: f32) -> f32 {
        if RELU && self.normalize(x) <= 0.0 {
            0.0
        } else {
            grad
        }
    }
}

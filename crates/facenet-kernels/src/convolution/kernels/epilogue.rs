//! What is done to an output before it leaves the registers.

use super::dense::WIDTH;

/// `f(y + bias + residual)`.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::convolution) struct Epilogue<'a> {
    /// `[O]`.
    pub(in crate::convolution) bias: Option<&'a [f32]>,
    /// Of the output's shape, contiguous.
    pub(in crate::convolution) residual: Option<&'a [f32]>,
    pub(in crate::convolution) rectifier: Rectifier<'a>,
}

/// What becomes of negative values.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::convolution) enum Rectifier<'a> {
    /// They stay.
    #[default]
    None,
    /// They become zero.
    Zero,
    /// They are multiplied with the slope of their channel: `[O]`.
    Slopes(&'a [f32]),
}

impl Epilogue<'_> {
    /// Finishes values of the map of output `channel`, the first `len` of which begin at element `offset` of the
    /// output.
    #[inline(always)]
    pub(super) fn apply(
        &self,
        channel: usize,
        offset: usize,
        len: usize,
        values: &mut [f32; WIDTH],
    ) {
        if let Some(bias) = self.bias {
            let bias = bias[channel];
            values.iter_mut().for_each(|value| *value += bias);
        }
        if let Some(residual) = self.residual {
            let residual = &residual[offset..offset + len];
            match <&[f32; WIDTH]>::try_from(residual) {
                Ok(residual) => {
                    for (value, residual) in values.iter_mut().zip(residual) {
                        *value += *residual;
                    }
                }
                Err(_) => {
                    for (value, residual) in values.iter_mut().zip(residual) {
                        *value += *residual;
                    }
                }
            }
        }
        // Comparisons are written so that NaN stays NaN.
        match self.rectifier {
            Rectifier::None => {}
            Rectifier::Zero => {
                for value in values {
                    *value = if *value < 0.0 { 0.0 } else { *value };
                }
            }
            Rectifier::Slopes(slopes) => {
                let slope = slopes[channel];
                for value in values {
                    *value = if *value < 0.0 { slope * *value } else { *value };
                }
            }
        }
    }

    /// Finishes the whole map of output `channel`, which begins at element `offset` of the output.
    pub(super) fn apply_to_map(&self, channel: usize, offset: usize, map: &mut [f32]) {
        if matches!(
            (self.bias, self.residual, self.rectifier),
            (None, None, Rectifier::None)
        ) {
            return;
        }
        let (whole, rest) = map.as_chunks_mut::<WIDTH>();
        for (index, values) in whole.iter_mut().enumerate() {
            self.apply(channel, offset + index * WIDTH, WIDTH, values);
        }
        let mut values = [0.0; WIDTH];
        values[..rest.len()].copy_from_slice(rest);
        self.apply(
            channel,
            offset + whole.len() * WIDTH,
            rest.len(),
            &mut values,
        );
        rest.copy_from_slice(&values[..rest.len()]);
    }

    /// Whether its tensors fit an output of `channels` channels and `len` elements.
    pub(super) fn fits(&self, channels: usize, len: usize) -> bool {
        let slopes = match self.rectifier {
            Rectifier::Slopes(slopes) => Some(slopes),
            Rectifier::None | Rectifier::Zero => None,
        };
        self.bias.is_none_or(|bias| bias.len() >= channels)
            && slopes.is_none_or(|slopes| slopes.len() >= channels)
            && self.residual.is_none_or(|residual| residual.len() >= len)
    }
}

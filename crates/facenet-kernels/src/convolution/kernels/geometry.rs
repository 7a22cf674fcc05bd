//! The sizes of one convolution.

use burn::tensor::ops::ConvOptions;

/// The sizes of one dense or depthwise convolution without dilation; pairs are `[vertical, horizontal]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::convolution) struct Geometry {
    pub(super) batch: usize,
    pub(super) channels_in: usize,
    pub(super) channels_out: usize,
    /// Whether each channel is convolved with a kernel of its own.
    pub(in crate::convolution) depthwise: bool,
    pub(super) size_in: [usize; 2],
    pub(super) size_out: [usize; 2],
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    /// Rows above and columns to the left; what lies below and to the right follows from the sizes.
    pub(super) padding: [usize; 2],
}

impl Geometry {
    /// Reads the sizes from the shapes of the input `[N, C, H, W]` and of the weight `[O, C, kh, kw]`.
    ///
    /// Gives `None` where the shapes do not fit, where a size is zero, or where the convolution has dilation or groups
    /// of several channels: the caller leaves these to Burn.
    pub(in crate::convolution) fn new(
        input: [usize; 4],
        weight: [usize; 4],
        options: &ConvOptions<2>,
    ) -> Option<Self> {
        let [batch, channels_in, height, width] = input;
        let [channels_out, weight_channels, kernel_height, kernel_width] = weight;
        let depthwise = options.groups > 1
            && weight_channels == 1
            && [channels_in, channels_out] == [options.groups; 2];
        let dense = options.groups == 1 && channels_in == weight_channels;
        let empty = input.contains(&0) || weight.contains(&0);
        if !(dense || depthwise) || options.dilation != [1, 1] || empty {
            return None;
        }
        let kernel = [kernel_height, kernel_width];
        let size_in = [height, width];
        let mut size_out = [0; 2];
        for axis in 0..2 {
            let (begin, end) = options.padding[axis];
            let travel = (size_in[axis] + begin + end).checked_sub(kernel[axis])?;
            size_out[axis] = travel / options.stride[axis] + 1;
        }
        Some(Self {
            batch,
            channels_in,
            channels_out,
            depthwise,
            size_in,
            size_out,
            kernel,
            stride: options.stride,
            padding: options.padding_begin(),
        })
    }

    /// The shape of the output, `[N, O, H', W']`.
    pub(in crate::convolution) fn output_shape(&self) -> [usize; 4] {
        let [height, width] = self.size_out;
        [self.batch, self.channels_out, height, width]
    }

    /// The shape of the input, `[N, C, H, W]`.
    pub(in crate::convolution) fn input_shape(&self) -> [usize; 4] {
        let [height, width] = self.size_in;
        [self.batch, self.channels_in, height, width]
    }

    /// The shape of the weight, `[O, C, kh, kw]`.
    pub(in crate::convolution) fn weight_shape(&self) -> [usize; 4] {
        let [height, width] = self.kernel;
        let channels_in = if self.depthwise { 1 } else { self.channels_in };
        [self.channels_out, channels_in, height, width]
    }

    /// Pixels of one input plane.
    pub(super) fn pixels(&self) -> usize {
        self.size_in[0] * self.size_in[1]
    }

    /// Positions of one output plane.
    pub(super) fn positions(&self) -> usize {
        self.size_out[0] * self.size_out[1]
    }

    /// Elements of the kernel on one channel.
    pub(super) fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// Height of the column matrix: `C · kh · kw`.
    pub(super) fn column(&self) -> usize {
        self.channels_in * self.taps()
    }

    /// Whether the column matrix is the input itself.
    pub(super) fn is_pointwise(&self) -> bool {
        self.taps() == 1
            && self.stride == [1, 1]
            && self.padding == [0, 0]
            && self.size_in == self.size_out
    }

    /// The convolution of the output gradient whose result is the input gradient, where there is one: for stride 1 the
    /// kernel is turned by 180°, the channels change places and the padding is complemented.
    pub(super) fn transposed(&self) -> Option<Self> {
        if self.stride != [1, 1] {
            return None;
        }
        let complement = |axis: usize| (self.kernel[axis] - 1).checked_sub(self.padding[axis]);
        let padding = [complement(0)?, complement(1)?];
        Some(Self {
            channels_in: self.channels_out,
            channels_out: self.channels_in,
            size_in: self.size_out,
            size_out: self.size_in,
            padding,
            ..self.clone()
        })
    }
}

//! Where the numbers of a plane lie while it is convolved.

use super::super::geometry::Geometry;
use super::line::BLOCK;

/// The layout of one plane. Pixel `(y, x)` of the padded plane lies in phase `(y mod sy, x mod sx)`, at `(⌊y / sy⌋,
/// ⌊x / sx⌋)` of a rectangle `width` wide; output position `(i, j)` lies at `i · width + j` of its line.
pub(super) struct Layout<'a> {
    geometry: &'a Geometry,
    /// Rows and columns of the padded plane that some kernel element meets.
    met: [usize; 2],
    width: usize,
    /// Elements of a phase.
    phase: usize,
    /// Where each kernel element meets the first output position.
    taps: Vec<usize>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(geometry: &'a Geometry) -> Self {
        let [stride_y, stride_x] = geometry.stride;
        let [kernel_height, kernel_width] = geometry.kernel;
        let met = std::array::from_fn(|axis| {
            (geometry.size_out[axis] - 1) * geometry.stride[axis] + geometry.kernel[axis]
        });
        let [rows, columns]: [usize; 2] = met;
        let width = columns.div_ceil(stride_x);
        // Whole blocks, so that phases can be computed as lines.
        let phase = (rows.div_ceil(stride_y) * width).next_multiple_of(BLOCK);
        let taps = (0..kernel_height * kernel_width)
            .map(|tap| {
                let (y, x) = (tap / kernel_width, tap % kernel_width);
                let phases = (y % stride_y) * stride_x + x % stride_x;
                phases * phase + (y / stride_y) * width + x / stride_x
            })
            .collect();
        Self {
            geometry,
            met,
            width,
            phase,
            taps,
        }
    }

    /// Elements of all phases.
    pub(super) fn plane_len(&self) -> usize {
        self.geometry.stride.iter().product::<usize>() * self.phase
    }

    /// Elements of a phase.
    pub(super) fn phase_len(&self) -> usize {
        self.phase
    }

    /// Elements of the output's line, with its gaps.
    pub(super) fn line_len(&self) -> usize {
        (self.geometry.size_out[0] - 1) * self.width + self.geometry.size_out[1]
    }

    /// Elements of the line in whole blocks.
    pub(super) fn blocks_len(&self) -> usize {
        self.line_len().next_multiple_of(BLOCK)
    }

    /// Where each kernel element meets the first output position.
    pub(super) fn taps(&self) -> &[usize] {
        &self.taps
    }

    /// Lays out an input plane; what is padding stays as it was.
    pub(super) fn scatter_plane(&self, input: &[f32], plane: &mut [f32]) {
        self.for_each_piece(|from, step, at, len| {
            let target = &mut plane[at..at + len];
            match step {
                1 => target.copy_from_slice(&input[from..from + len]),
                // Pairs, which the compiler takes apart vector by vector.
                2 => {
                    let (last, target) = target.split_last_mut().expect("a piece has elements");
                    let (pairs, _) = input[from..from + 2 * target.len()].as_chunks::<2>();
                    for (target, [value, _]) in target.iter_mut().zip(pairs) {
                        *target = *value;
                    }
                    *last = input[from + 2 * (len - 1)];
                }
                _ => {
                    let values = input[from..].iter().step_by(step);
                    for (target, value) in target.iter_mut().zip(values) {
                        *target = *value;
                    }
                }
            }
        });
    }

    /// The reverse of [`scatter_plane`](Self::scatter_plane); pixels that no kernel element meets stay as they were.
    pub(super) fn gather_plane(&self, plane: &[f32], output: &mut [f32]) {
        self.for_each_piece(|to, step, at, len| {
            let source = &plane[at..at + len];
            if step == 1 {
                output[to..to + len].copy_from_slice(source);
            } else {
                for (target, value) in output[to..].iter_mut().step_by(step).zip(source) {
                    *target = *value;
                }
            }
        });
    }

    /// Lays out an output map; the gaps of the line stay as they were.
    pub(super) fn scatter_line(&self, map: &[f32], line: &mut [f32]) {
        let columns = self.geometry.size_out[1];
        for (row, line) in map.chunks(columns).zip(line.chunks_mut(self.width)) {
            line[..columns].copy_from_slice(row);
        }
    }

    /// The rows of an output map in its line.
    pub(super) fn rows<'l>(&self, line: &'l [f32]) -> impl Iterator<Item = &'l [f32]> + use<'l> {
        let columns = self.geometry.size_out[1];
        line.chunks(self.width)
            .take(self.geometry.size_out[0])
            .map(move |row| &row[..columns])
    }

    /// Calls `each` with the pieces of input rows that lie together in a phase: the first pixel in the plane of the
    /// input, the distance between two, the first element in the layout, and the number of them.
    #[inline(always)]
    fn for_each_piece(&self, mut each: impl FnMut(usize, usize, usize, usize)) {
        let [height, width] = self.geometry.size_in;
        let [stride_y, stride_x] = self.geometry.stride;
        let [padding_y, padding_x] = self.geometry.padding;
        let [met_y, met_x] = self.met;
        let last = (met_x.saturating_sub(padding_x)).min(width);
        for y in 0..height.min(met_y.saturating_sub(padding_y)) {
            let row = y + padding_y;
            for first in 0..stride_x.min(last) {
                let column = first + padding_x;
                let phases = (row % stride_y) * stride_x + column % stride_x;
                let at = phases * self.phase + row / stride_y * self.width + column / stride_x;
                each(
                    y * width + first,
                    stride_x,
                    at,
                    (last - first).div_ceil(stride_x),
                );
            }
        }
    }
}

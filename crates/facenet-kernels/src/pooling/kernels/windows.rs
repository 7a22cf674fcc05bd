//! How 3×3 windows lie over a map.

use std::ops::Range;

/// Side of a window.
pub(crate) const SIDE: usize = 3;
/// Elements that the compiler's vector loops take at a time; what is left over would be taken one by one, which on a map of
/// 6×6 is half of it.
pub(super) const BLOCK: usize = 32;
/// Elements of a map below which several maps make one piece of work.
const PIECE: usize = 1 << 14;

/// 3×3 windows over the maps of a batch `[N, C, H, W]`.
///
/// The kernels work on a map that is padded on all sides and read as one line of numbers, so that a row that is shorter
/// than a vector costs no more than a long one. The window that begins at element `q` of that line has its row `u` and
/// column `v` at `q + u · width + v`; what is computed for the `q` at which no window begins is left behind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    /// `[N, C, H, W]`.
    pub(in crate::pooling) input: [usize; 4],
    size_out: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
}

impl Windows {
    /// `None` where there is nothing to compute, or a padding is wide enough for a window that sees no input.
    pub(crate) fn new(input: [usize; 4], stride: [usize; 2], padding: [usize; 2]) -> Option<Self> {
        let covered = input.iter().all(|size| *size > 0)
            && stride.iter().all(|stride| *stride > 0)
            && padding.iter().all(|padding| *padding <= SIDE / 2);
        let count = |axis: usize| {
            let room = (input[axis + 2] + 2 * padding[axis]).checked_sub(SIDE)?;
            Some(room / stride[axis] + 1)
        };
        if !covered {
            return None;
        }
        Some(Self {
            input,
            size_out: [count(0)?, count(1)?],
            stride,
            padding,
        })
    }

    pub(in crate::pooling) fn output(&self) -> [usize; 4] {
        [
            self.input[0],
            self.input[1],
            self.size_out[0],
            self.size_out[1],
        ]
    }

    /// Elements of an input map.
    pub(super) fn pixels(&self) -> usize {
        self.input[2] * self.input[3]
    }

    /// Elements of an output map.
    pub(super) fn positions(&self) -> usize {
        self.size_out[0] * self.size_out[1]
    }

    /// Maps in a piece of work.
    pub(super) fn maps_per_piece(&self) -> usize {
        PIECE.div_ceil(self.pixels())
    }

    /// Width of the padded map.
    #[inline(always)]
    pub(super) fn width(&self) -> usize {
        self.input[3] + 2 * self.padding[1]
    }

    /// Elements of the padded map.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        (self.input[2] + 2 * self.padding[0]) * self.width()
    }

    /// Elements from the first to the last one of a window.
    #[inline(always)]
    pub(super) fn reach(&self) -> usize {
        (SIDE - 1) * self.width() + SIDE
    }

    /// Elements of the padded map in whole blocks.
    #[inline(always)]
    pub(super) fn span(&self) -> usize {
        self.len().next_multiple_of(BLOCK)
    }

    /// Elements of a buffer in which every window of a span, and a block after it, can be read.
    pub(super) fn buffer(&self) -> usize {
        self.span() + BLOCK + self.reach()
    }

    /// The stretches of the padded map in which windows begin, in whole blocks: all rows in one stretch, unless rows are
    /// long and windows do not begin in every one.
    #[inline(always)]
    pub(super) fn stretches(&self) -> impl Iterator<Item = Range<usize>> {
        let [rows, columns] = self.size_out;
        let row = (columns - 1) * self.stride[1] + 1;
        let step = self.stride[0] * self.width();
        let (count, len) = if self.stride[0] == 1 || row < BLOCK {
            (1, (rows - 1) * step + row)
        } else {
            (rows, row)
        };
        let len = len.next_multiple_of(BLOCK);
        (0..count).map(move |index| index * step..index * step + len)
    }

    /// For every row of the output, where its first window begins in the padded map.
    #[inline(always)]
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> {
        let step = self.stride[0] * self.width();
        (0..self.size_out[0]).map(move |row| row * step)
    }

    /// Windows in a row, and the distance between them.
    #[inline(always)]
    pub(super) fn row(&self) -> (usize, usize) {
        (self.size_out[1], self.stride[1])
    }

    /// For every row of the input map, its place in the padded one.
    #[inline(always)]
    pub(super) fn lines(&self) -> impl Iterator<Item = Range<usize>> {
        let [_, _, height, width] = self.input;
        let first = self.padding[0] * self.width() + self.padding[1];
        let step = self.width();
        (0..height).map(move |line| first + line * step..first + line * step + width)
    }

    /// Copies the edges of the padded map `map` into its padding.
    #[inline(always)]
    pub(super) fn extend_edges(&self, map: &mut [f32]) {
        let width = self.width();
        if self.padding[1] > 0 {
            for line in map.chunks_exact_mut(width) {
                line[0] = line[1];
                line[width - 1] = line[width - 2];
            }
        }
        if self.padding[0] > 0 {
            let last = map.len() - width;
            map.copy_within(width..2 * width, 0);
            map.copy_within(last - width..last, last);
        }
    }

    /// The reverse of [`extend_edges`](Self::extend_edges): adds the padding to the edges that it was copied from.
    #[inline(always)]
    pub(super) fn fold_edges(&self, map: &mut [f32]) {
        let width = self.width();
        if self.padding[0] > 0 {
            let last = map.len() - width;
            let (padding, map) = map.split_at_mut(width);
            add(&mut map[..width], padding);
            let (map, padding) = map.split_at_mut(last - width);
            add(&mut map[last - 2 * width..], padding);
        }
        if self.padding[1] > 0 {
            for line in map.chunks_exact_mut(width) {
                line[1] += line[0];
                line[width - 2] += line[width - 1];
            }
        }
    }
}

#[inline(always)]
fn add(line: &mut [f32], other: &[f32]) {
    for (value, other) in line.iter_mut().zip(other) {
        *value += other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_where_the_definition_says() {
        for (input, stride, padding) in [
            ([1, 1, 5, 7], [1, 1], [1, 1]),
            ([1, 1, 5, 7], [2, 3], [0, 1]),
            ([1, 1, 6, 4], [1, 2], [1, 0]),
            ([1, 1, 1, 1], [2, 2], [1, 1]),
            ([1, 1, 9, 70], [2, 2], [1, 1]),
        ] {
            let windows = Windows::new(input, stride, padding).expect("windows that fit");
            let [_, _, rows, columns] = windows.output();
            let width = input[3] + 2 * padding[1];
            let starts: Vec<usize> = windows.rows().collect();
            assert_eq!(starts.len(), rows);
            let (count, step) = windows.row();
            assert_eq!((count, step), (columns, stride[1]));
            for (row, start) in starts.into_iter().enumerate() {
                assert_eq!(start, row * stride[0] * width);
                for q in (0..count).map(|column| start + column * step) {
                    assert!(windows.stretches().any(|stretch| stretch.contains(&q)));
                    assert!(q + windows.reach() <= windows.len());
                }
            }
            let last = windows.stretches().last().expect("a stretch");
            assert!(last.end - 1 + windows.reach() <= windows.buffer());
        }
    }

    #[test]
    fn what_has_no_window_is_not_covered() {
        assert!(Windows::new([1, 1, 2, 5], [1, 1], [0, 0]).is_none());
        assert!(Windows::new([0, 1, 5, 5], [1, 1], [0, 0]).is_none());
        assert!(Windows::new([1, 1, 5, 5], [1, 1], [2, 0]).is_none());
        assert!(Windows::new([1, 1, 5, 5], [0, 1], [0, 0]).is_none());
    }

    #[test]
    fn edges_are_extended_and_folded() {
        let windows = Windows::new([1, 1, 1, 2], [1, 1], [1, 1]).expect("windows that fit");
        let mut map = [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        windows.extend_edges(&mut map);
        assert_eq!(
            map,
            [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]
        );
        windows.fold_edges(&mut map);
        assert_eq!(map[5..7], [6.0, 12.0]);
    }
}

//! Matrix products on views of slices.

use std::marker::PhantomData;

/// A matrix inside a slice.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    data: &'a [f32],
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// A row-major matrix whose rows begin `row_stride` elements apart.
    pub(super) fn rows(data: &'a [f32], row_stride: usize) -> Self {
        Self {
            data,
            row_stride,
            column_stride: 1,
        }
    }

    /// The transposed matrix, without moving anything.
    pub(super) fn transposed(self) -> Self {
        Self {
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }
}

/// A matrix to write, inside a buffer that others may write elsewhere.
pub(super) struct ViewMut<'a> {
    data: *mut f32,
    len: usize,
    row_stride: usize,
    column_stride: usize,
    buffer: PhantomData<&'a mut [f32]>,
}

impl<'a> ViewMut<'a> {
    /// A row-major matrix whose rows begin `row_stride` elements apart.
    pub(super) fn rows(data: &'a mut [f32], row_stride: usize) -> Self {
        Self {
            data: data.as_mut_ptr(),
            len: data.len(),
            row_stride,
            column_stride: 1,
            buffer: PhantomData,
        }
    }
}

/// Elements from the first to the last one of a matrix.
fn extent(rows: usize, columns: usize, row_stride: usize, column_stride: usize) -> usize {
    (rows - 1) * row_stride + (columns - 1) * column_stride + 1
}

/// `target = left · right`, or `target += left · right` where `accumulate` is set, with `left` of `[m, k]` and `right`
/// of `[k, n]`, on the calling thread.
pub(super) fn product(
    [m, n, k]: [usize; 3],
    target: ViewMut<'_>,
    left: View<'_>,
    right: View<'_>,
    accumulate: bool,
) {
    assert!(m > 0 && n > 0 && k > 0, "a product of empty matrices");
    assert!(extent(m, n, target.row_stride, target.column_stride) <= target.len);
    assert!(extent(m, k, left.row_stride, left.column_stride) <= left.data.len());
    assert!(extent(k, n, right.row_stride, right.column_stride) <= right.data.len());
    // SAFETY: the three extents were checked above; strides come from `usize` values within slices, so they fit
    // `isize`; the target is exclusively ours by the contract of `ViewMut`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            target.data,
            target.column_stride as isize,
            target.row_stride as isize,
            accumulate,
            left.data.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.data.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplies_adds_and_transposes() {
        let left = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let right = [1.0, 0.0, 2.0, 0.0, 1.0, 1.0];
        let mut target = [0.0; 4];
        // [2, 3] · [3, 2], the right side given as [2, 3] row-major and read transposed.
        let right = View::rows(&right, 3).transposed();
        product(
            [2, 2, 3],
            ViewMut::rows(&mut target, 2),
            View::rows(&left, 3),
            right,
            false,
        );
        assert_eq!(target, [7.0, 5.0, 16.0, 11.0]);
        product(
            [2, 2, 3],
            ViewMut::rows(&mut target, 2),
            View::rows(&left, 3),
            right,
            true,
        );
        assert_eq!(target, [14.0, 10.0, 32.0, 22.0]);
    }

    #[test]
    #[should_panic]
    fn refuses_a_matrix_that_leaves_its_slice() {
        let data = [0.0; 6];
        let mut target = [0.0; 4];
        product(
            [2, 2, 3],
            ViewMut::rows(&mut target, 2),
            View::rows(&data, 4),
            View::rows(&data, 2),
            false,
        );
    }
}

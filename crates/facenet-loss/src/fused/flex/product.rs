//! Products of matrices, by the library that Flex has too.

use gemm::Parallelism;

/// A matrix by rows, or the transpose of one.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    pub(super) fn new(values: &'a [f32], columns: usize) -> Self {
        Self {
            values,
            rows: values.len() / columns,
            columns,
            transposed: false,
        }
    }

    pub(super) fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            transposed: !self.transposed,
        }
    }

    /// Distances between rows and between columns.
    fn strides(&self) -> (isize, isize) {
        match self.transposed {
            true => (1, self.rows as isize),
            false => (self.columns as isize, 1),
        }
    }
}

/// `out −= a · b`, by rows.
pub(super) fn subtract(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>) {
    assert_eq!(a.columns, b.rows, "inner dimensions");
    assert_eq!(out.len(), a.rows * b.columns, "outer dimensions");
    let ((a_row, a_column), (b_row, b_column)) = (a.strides(), b.strides());
    let out_row = b.columns as isize;
    // SAFETY: sizes and strides are those of the slices, as checked above.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.as_mut_ptr(),
            1,
            out_row,
            true,
            a.values.as_ptr(),
            a_column,
            a_row,
            b.values.as_ptr(),
            b_column,
            b_row,
            1.0,
            -1.0,
            false,
            false,
            false,
            Parallelism::Rayon(0),
        );
    }
}

/// `out += sums ⊙ rows`: each row, times its number.
pub(super) fn add_scaled_rows(out: &mut [f32], sums: &[f32], rows: &[f32], dim: usize) {
    let rows = rows.chunks_exact(dim).zip(sums);
    for (out, (row, &sum)) in out.chunks_exact_mut(dim).zip(rows) {
        out.iter_mut().zip(row).for_each(|(out, x)| *out += sum * x);
    }
}

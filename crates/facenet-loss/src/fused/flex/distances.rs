//! Distances by differences, in tiles that stay in registers.
//!
//! A product x·y would need one instruction where a difference and its square need two, but ‖x‖² + ‖y‖² − 2 x·y loses
//! the digits of small distances, which are what hard triplets are made of. The sum over the dimensions runs in the same
//! order for each pair, so equal rows have distance 0, and d(x, y) is d(y, x) bit by bit.

use rayon::prelude::*;

use crate::Distance;
use facenet_kernels::simd::{Fused, vectorized_fused};

/// Anchors and candidates of a tile: its sums are eight vectors of eight numbers.
const ROWS: usize = 4;
const COLUMNS: usize = 16;

/// Embeddings of embeddings, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Embeddings<'a> {
    pub(super) values: &'a [f32],
    pub(super) dim: usize,
}

impl<'a> Embeddings<'a> {
    pub(super) fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    pub(super) fn row(&self, index: usize) -> &'a [f32] {
        &self.values[index * self.dim..][..self.dim]
    }

    pub(super) fn range(&self, rows: std::ops::Range<usize>) -> Self {
        Self {
            values: &self.values[rows.start * self.dim..rows.end * self.dim],
            dim: self.dim,
        }
    }
}

/// Embeddings around a point among them.
///
/// A gradient is a sum of differences of rows, taken apart into two sums that are far larger where all rows are far from
/// 0 and close to each other; around their mean they are not.
pub(super) struct Center(Vec<f32>);

impl Center {
    pub(super) fn of(rows: Embeddings<'_>) -> Self {
        let mut mean = vec![0.0f64; rows.dim];
        for row in rows.values.chunks_exact(rows.dim) {
            mean.iter_mut()
                .zip(row)
                .for_each(|(sum, &x)| *sum += f64::from(x));
        }
        let count = rows.len() as f64;
        Self(mean.into_iter().map(|sum| (sum / count) as f32).collect())
    }

    /// The rows less the center.
    pub(super) fn subtracted_from(&self, rows: Embeddings<'_>) -> Vec<f32> {
        let rows = rows.values.chunks_exact(rows.dim);
        rows.flat_map(|row| row.iter().zip(&self.0).map(|(x, center)| x - center))
            .collect()
    }
}

/// Candidates in panels of [`COLUMNS`]: in each, all their first coordinates, then all their second ones, and so on.
pub(super) struct Panels {
    values: Vec<[f32; COLUMNS]>,
    candidates: usize,
    dim: usize,
}

impl Panels {
    pub(super) fn new(candidates: Embeddings<'_>) -> Self {
        let (len, dim) = (candidates.len(), candidates.dim);
        let mut values = vec![[0.0; COLUMNS]; len.div_ceil(COLUMNS) * dim];
        let panels = values.par_chunks_exact_mut(dim).enumerate();
        panels.for_each(|(panel, values)| {
            let start = panel * COLUMNS;
            for column in 0..COLUMNS.min(len - start) {
                let candidate = candidates.row(start + column);
                for (columns, &value) in values.iter_mut().zip(candidate) {
                    columns[column] = value;
                }
            }
        });
        Self {
            values,
            candidates: len,
            dim,
        }
    }

    /// Writes the distances of `anchors` to all candidates into `out`, `[anchors, candidates]`.
    pub(super) fn distances(&self, distance: Distance, anchors: Embeddings<'_>, out: &mut [f32]) {
        for (panel, values) in self.values.chunks_exact(self.dim).enumerate() {
            let column = panel * COLUMNS;
            let columns = COLUMNS.min(self.candidates - column);
            for row in (0..anchors.len()).step_by(ROWS) {
                let rows = ROWS.min(anchors.len() - row);
                // Embeddings beyond the last are the last once more.
                let tile = std::array::from_fn(|r| anchors.row(row + r.min(rows - 1)));
                let sums = vectorized_fused(
                    #[inline(always)]
                    |fused| squared_differences(fused, tile, values),
                );
                for (r, sums) in sums.iter().take(rows).enumerate() {
                    let out = &mut out[(row + r) * self.candidates + column..][..columns];
                    write(distance, sums, out);
                }
            }
        }
    }
}

/// Σ (x − y)² for the rows x and the columns y of a panel.
#[inline(always)]
fn squared_differences(
    fused: Fused,
    rows: [&[f32]; ROWS],
    panel: &[[f32; COLUMNS]],
) -> [[f32; COLUMNS]; ROWS] {
    let mut sums = [[0.0; COLUMNS]; ROWS];
    // As long as the panel, so that no index has to be checked.
    let rows = rows.map(|row| &row[..panel.len()]);
    for (k, columns) in panel.iter().enumerate() {
        for r in 0..ROWS {
            let x = rows[r][k];
            for c in 0..COLUMNS {
                let difference = x - columns[c];
                sums[r][c] = fused.multiply_add(difference, difference, sums[r][c]);
            }
        }
    }
    sums
}

fn write(distance: Distance, squares: &[f32; COLUMNS], out: &mut [f32]) {
    let squares = squares.iter().zip(out);
    match distance {
        Distance::SquaredEuclidean => squares.for_each(|(square, out)| *out = *square),
        Distance::Euclidean => squares.for_each(|(square, out)| *out = square.sqrt()),
        Distance::Cosine => squares.for_each(|(square, out)| *out = 0.5 * square),
    }
}

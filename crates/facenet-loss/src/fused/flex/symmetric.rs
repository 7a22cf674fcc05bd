//! The anchors among themselves, with the weights of all pairs in memory.

use rayon::prelude::*;

use super::distances::{Center, Panels};
use super::miner::Mined;
use super::product::{Matrix, add_scaled_rows, subtract};
use super::{Problem, Solution};

/// Embeddings and columns of a square that two caches hold with its mirror image.
const SQUARE: usize = 64;

pub(super) fn solve(problem: &Problem<'_>) -> Solution {
    let (x, size) = (problem.x, problem.x.len());
    let mut weights = vec![0.0; size * size];
    let mut mined = vec![Mined::default(); size];
    problem.weigh(&Panels::new(x), 0, &mut weights, &mut mined);
    if !problem.settings.gradient {
        return Solution {
            mined,
            x_gradient: Vec::new(),
            y_gradient: Vec::new(),
        };
    }
    add_transpose(&mut weights, size);
    // Row i is Σ_j s_ij (x_i − x_j), s = w_ij + w_ji.
    let sums = row_sums(&weights, size);
    let centered = Center::of(x).subtracted_from(x);
    let mut x_gradient = vec![0.0; centered.len()];
    add_scaled_rows(&mut x_gradient, &sums, &centered, x.dim);
    subtract(
        &mut x_gradient,
        Matrix::new(&weights, size),
        Matrix::new(&centered, x.dim),
    );
    Solution {
        mined,
        x_gradient,
        y_gradient: Vec::new(),
    }
}

/// Makes W + Wᵀ of the square matrix W, in its place.
fn add_transpose(weights: &mut [f32], size: usize) {
    struct Base(*mut f32);
    // SAFETY: tasks that share it touch elements that no other task touches.
    unsafe impl Sync for Base {}
    impl Base {
        /// # Safety
        /// `index` is within the matrix, and no other task holds this element.
        #[allow(clippy::mut_from_ref, reason = "each element has one task")]
        unsafe fn at(&self, index: usize) -> &mut f32 {
            unsafe { &mut *self.0.add(index) }
        }
    }
    assert_eq!(weights.len(), size * size);
    let base = Base(weights.as_mut_ptr());
    let squares = size.div_ceil(SQUARE);
    (0..squares).into_par_iter().for_each(|band| {
        let rows = band * SQUARE..size.min((band + 1) * SQUARE);
        for square in 0..=band {
            for row in rows.clone() {
                for column in square * SQUARE..row.min((square + 1) * SQUARE) {
                    // SAFETY: both are within the matrix, and the pair of row and column, row > column, is this task's.
                    let (one, other) =
                        unsafe { (base.at(row * size + column), base.at(column * size + row)) };
                    let sum = *one + *other;
                    (*one, *other) = (sum, sum);
                }
            }
        }
        for row in rows {
            // SAFETY: the row is this task's, and so is what it has on the diagonal.
            unsafe { *base.at(row * size + row) *= 2.0 };
        }
    });
}

fn row_sums(matrix: &[f32], columns: usize) -> Vec<f32> {
    matrix.par_chunks_exact(columns).map(sum).collect()
}

/// The sum of a slice, in sixteen sums that run beside each other.
pub(super) fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for chunk in chunks {
        for lane in 0..16 {
            sums[lane] += chunk[lane];
        }
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

//! Anchors against candidates, a block of anchors at a time.

use super::distances::{Center, Panels};
use super::miner::Mined;
use super::product::{Matrix, add_scaled_rows, subtract};
use super::symmetric::sum;
use super::{Problem, Solution, TASK};

/// Bytes of a block's weights, where not those of all anchors may be kept.
const BLOCK: usize = 16 << 20;

pub(super) fn solve(problem: &Problem<'_>) -> Solution {
    let Problem { x, y, settings, .. } = *problem;
    let (anchors, candidates) = (x.len(), y.len());
    let rows = match settings.matrix {
        true => anchors,
        false => (BLOCK / size_of::<f32>() / candidates)
            .next_multiple_of(TASK)
            .min(anchors),
    };
    let panels = Panels::new(y);
    let mut weights = vec![0.0; rows * candidates];
    let mut mined = vec![Mined::default(); anchors];
    let wanted = |rows: usize| if settings.gradient { rows * x.dim } else { 0 };
    let mut x_gradient = vec![0.0; wanted(anchors)];
    let mut y_gradient = vec![0.0; wanted(candidates)];

    let center = Center::of(y);
    let (x_centered, y_centered) = (center.subtracted_from(x), center.subtracted_from(y));
    for (block, mined) in mined.chunks_mut(rows).enumerate() {
        let first = block * rows;
        let weights = &mut weights[..mined.len() * candidates];
        problem.weigh(&panels, first, weights, mined);
        if !settings.gradient {
            continue;
        }
        let range = first * x.dim..(first + mined.len()) * x.dim;
        let anchors = &x_centered[range.clone()];
        let matrix = Matrix::new(weights, candidates);

        // Row i is Σ_j w_ij (x_i − y_j).
        let out = &mut x_gradient[range];
        let sums: Vec<f32> = weights.chunks_exact(candidates).map(sum).collect();
        add_scaled_rows(out, &sums, anchors, x.dim);
        subtract(out, matrix, Matrix::new(&y_centered, x.dim));

        // Row j is Σ_i w_ij (y_j − x_i).
        let mut sums = vec![0.0; candidates];
        for row in weights.chunks_exact(candidates) {
            sums.iter_mut().zip(row).for_each(|(sum, w)| *sum += w);
        }
        add_scaled_rows(&mut y_gradient, &sums, &y_centered, x.dim);
        subtract(
            &mut y_gradient,
            matrix.transposed(),
            Matrix::new(anchors, x.dim),
        );
    }
    if settings.same {
        let of_candidates = std::mem::take(&mut y_gradient);
        let both = x_gradient.iter_mut().zip(of_candidates);
        both.for_each(|(sum, other)| *sum += other);
    }
    Solution {
        mined,
        x_gradient,
        y_gradient,
    }
}

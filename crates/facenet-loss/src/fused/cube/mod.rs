//! GPUs: kernels in CubeCL, one source for all of them.
//!
//! Distances, W and gradients are each made by a kernel of their own, with W and the distances in memory between them.
//! Where the distances of all pairs are not to be kept, anchors are taken a block at a time and each block adds its
//! share to the gradients. Nothing is read back.
#![allow(
    clippy::needless_range_loop,
    clippy::too_many_arguments,
    reason = "kernels have no iterators, and take each of their buffers as an argument"
)]

mod distances;
mod embeddings;
mod finish;
mod gradient;
mod launch;
mod mining;
mod random;
mod reduce;
mod tile;
mod totals;
mod unit_rows;

use burn::tensor::DType;
use burn_cubecl::{CubeBackend, tensor::CubeTensor};

use self::embeddings::sides;
use self::gradient::Side;
use self::launch::{AnchorStatistics, distances_to, finish_side, labels, mine, pull, total};
use self::tile::TILE;
use super::ops::{GradientOps, TripletOps, TripletSettings};
use crate::Distance;
use crate::output::{COUNTS, SUMS};

impl GradientOps for CubeBackend {}

impl TripletOps for CubeBackend {
    fn triplet_distances(
        x: CubeTensor,
        y: CubeTensor,
        distance: Distance,
        same: bool,
    ) -> CubeTensor {
        let (x, y) = sides(x, y, distance, same);
        let all = 0..x.count();
        let out = x.empty([all.len(), y.count()]);
        distances_to(&out, &x, &y, all.start, all.len(), distance);
        out
    }

    fn triplet_loss(
        x: CubeTensor,
        y: CubeTensor,
        x_labels: CubeTensor,
        y_labels: CubeTensor,
        settings: TripletSettings,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let labels = labels(x_labels, y_labels);
        let TripletSettings {
            distance,
            same,
            gradient: with_gradient,
            ..
        } = settings;
        let (x, y) = sides(x, y, distance, same);
        let (anchors, candidates) = (x.count(), y.count());
        let block = match settings.matrix {
            true => anchors,
            false => block_rows(anchors, candidates),
        };
        // Made by one launch, or added up and then finished.
        let at_once = block == anchors && distance != Distance::Cosine;

        let distances = x.empty([block, candidates]);
        let placeholder = || x.empty([1, 1]);
        let (weights, of_x) = match with_gradient {
            true => (x.empty([block, candidates]), x.empty([anchors, x.dim()])),
            false => (placeholder(), placeholder()),
        };
        let of_y = match with_gradient && !same {
            true => x.empty([candidates, y.dim()]),
            false => placeholder(),
        };
        let statistics = AnchorStatistics {
            counts: x.empty_of([anchors, COUNTS], DType::I32),
            sums: x.empty([anchors, SUMS]),
            costs: x.empty([anchors, 2]),
        };
        let (loss, divisor) = (x.empty([1]), x.empty([1]));

        for first in (0..anchors).step_by(block) {
            let rows = block.min(anchors - first);
            distances_to(&distances, &x, &y, first, rows, distance);
            mine(
                &distances,
                &labels,
                &weights,
                &statistics,
                first,
                rows,
                [candidates, x.dim()],
                &settings,
            );
            if first + rows == anchors {
                total(&statistics, &loss, &divisor, &settings);
            }
            if !with_gradient {
                continue;
            }
            let share = |out: &CubeTensor, side, add| {
                let anchors_side = (&x, first, rows);
                let candidates_side = (&y, 0, candidates);
                let sides = match side {
                    Side::Candidates => [candidates_side, anchors_side],
                    _ => [anchors_side, candidates_side],
                };
                pull(
                    out, sides, &weights, &divisor, candidates, side, add, at_once,
                );
            };
            match (same, block == anchors) {
                (true, true) => share(&of_x, Side::Both, false),
                (true, false) => {
                    share(&of_x, Side::Candidates, first > 0);
                    share(&of_x, Side::Anchors, true);
                }
                (false, _) => {
                    share(&of_x, Side::Anchors, false);
                    share(&of_y, Side::Candidates, first > 0);
                }
            }
        }
        if with_gradient && !at_once {
            finish_side(&of_x, &x, &divisor);
            if !same {
                finish_side(&of_y, &y, &divisor);
            }
        }
        (loss, of_x, of_y, statistics.counts, statistics.sums)
    }
}

/// Bytes of the distances and W of a block of anchors.
const BLOCK: usize = 32 << 20;

/// Anchors of a block where the matrix is not to be kept: what fits into [`BLOCK`], and an eighth of them at most, in
/// whole tiles.
fn block_rows(anchors: usize, candidates: usize) -> usize {
    let fit = BLOCK / (2 * size_of::<f32>() * candidates);
    let whole = (fit / TILE * TILE).min(anchors.div_ceil(8).next_multiple_of(TILE));
    whole.clamp(TILE, anchors.max(TILE)).min(anchors)
}

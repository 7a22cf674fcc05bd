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
mod finish;
mod gradient;
mod group;
mod random;
mod tile;
mod totals;
mod triplets;
mod unit_rows;

use burn::backend::TensorMetadata;
use burn::backend::cubecl::dtype_to_elem_type;
use burn::backend::ops::IntTensorOps;
use burn::tensor::{DType, Shape, TensorData};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::{CubeBackend, CubeDevice, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::{CubeCount, CubeDim};

use self::gradient::{PartLaunch, Side};
use self::group::units_for;
use self::tile::{TILE, UNITS};
use self::triplets::{NumbersLaunch, Rule, ScaleLaunch};
use super::ops::{GradientOps, TripletOps, TripletSettings};
use crate::mining::{Choice, Plan, Weighting};
use crate::output::{COUNTS, SUMS};
use crate::{Distance, Margin};

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
        let found = AnchorSums {
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
                &found,
                first,
                rows,
                [candidates, x.dim()],
                &settings,
            );
            if first + rows == anchors {
                total(&found, &loss, &divisor, &settings);
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
        (loss, of_x, of_y, found.counts, found.sums)
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

/// The rows of one side, with their lengths where they are directions.
#[derive(Clone)]
struct Side {
    /// `[rows, dim]`, contiguous.
    rows: CubeTensor,
    /// `[rows]`.
    lengths: Option<CubeTensor>,
}

impl Side {
    fn new(x: CubeTensor, distance: Distance) -> Self {
        let plain = Self {
            rows: into_contiguous(x),
            lengths: None,
        };
        if distance != Distance::Cosine {
            return plain;
        }
        let (count, dim) = (plain.count(), plain.dim());
        let directions = plain.empty([count, dim]);
        let lengths = plain.empty([count]);
        let units = units_for(dim);
        unit_rows::unit_rows::launch(
            &plain.rows.client,
            cubes(count),
            CubeDim::new_1d(units as u32),
            plain.rows.clone().into_buffer_arg(),
            directions.clone().into_buffer_arg(),
            lengths.clone().into_buffer_arg(),
            count,
            dim,
            units,
        );
        Self {
            rows: directions,
            lengths: Some(lengths),
        }
    }

    fn count(&self) -> usize {
        self.rows.shape()[0]
    }

    fn dim(&self) -> usize {
        self.rows.shape()[1]
    }

    /// Memory on the device, with anything in it.
    fn empty<const D: usize>(&self, shape: [usize; D]) -> CubeTensor {
        self.empty_of(shape, DType::F32)
    }

    fn empty_of<const D: usize>(&self, shape: [usize; D], dtype: DType) -> CubeTensor {
        let (client, device) = (self.rows.client.clone(), self.rows.device.clone());
        empty_device_contiguous_dtype(client, device, Shape::new(shape), dtype)
    }
}

fn sides(x: CubeTensor, y: CubeTensor, distance: Distance, same: bool) -> (Side, Side) {
    let x = Side::new(x, distance);
    let y = match same {
        true => x.clone(),
        false => Side::new(y, distance),
    };
    (x, y)
}

/// Labels of both sides in one type, the wider of the two.
fn labels(x: CubeTensor, y: CubeTensor) -> [CubeTensor; 2] {
    let dtype = match y.dtype.size() > x.dtype.size() {
        true => y.dtype,
        false => x.dtype,
    };
    [x, y].map(|labels| {
        let labels = match labels.dtype == dtype {
            true => labels,
            false => CubeBackend::int_cast(labels, dtype.into()),
        };
        into_contiguous(labels)
    })
}

/// What is found out about each anchor.
struct AnchorSums {
    /// `[anchors, 5]`.
    counts: CubeTensor,
    /// `[anchors, 2]`.
    sums: CubeTensor,
    /// Cost, and how many distances are not finite, `[anchors, 2]`.
    costs: CubeTensor,
}

/// A cube for each of `count` rows, or a few more: a dimension holds 65,535 at most.
fn cubes(count: usize) -> CubeCount {
    let across = count.min(65_535);
    CubeCount::Static(across as u32, count.div_ceil(across) as u32, 1)
}

/// A cube for each tile.
fn tiles(rows: usize, columns: usize) -> CubeCount {
    CubeCount::Static(columns.div_ceil(TILE) as u32, rows.div_ceil(TILE) as u32, 1)
}

/// Distances of rows `first..first + rows` of x to all rows of y, into the first rows of `out`.
fn distances_to(
    out: &CubeTensor,
    x: &Side,
    y: &Side,
    first: usize,
    rows: usize,
    distance: Distance,
) {
    distances::distances::launch(
        &x.rows.client,
        tiles(rows, y.count()),
        CubeDim::new_1d(UNITS as u32),
        x.rows.clone().into_buffer_arg(),
        y.rows.clone().into_buffer_arg(),
        out.clone().into_buffer_arg(),
        first,
        rows,
        y.count(),
        x.dim(),
        distance,
    );
}

fn mine(
    distances: &CubeTensor,
    labels: &[CubeTensor; 2],
    weights: &CubeTensor,
    found: &AnchorSums,
    first: usize,
    rows: usize,
    [candidates, dim]: [usize; 2],
    settings: &TripletSettings,
) {
    let (plan, seed) = without_seed(settings.plan);
    let rule = Rule {
        plan,
        soft: !matches!(settings.margin, Margin::Hinge(_)),
    };
    let weighting = settings.weighting(dim, candidates);
    let (bin_scale, bins, parts) = match &weighting {
        Some(weighting) => (
            weighting.scale,
            weighting.levels.len(),
            weighting.parts.len(),
        ),
        None => (0.0, 0, 0),
    };
    let tables = tables(weighting.as_ref(), &distances.device);
    let [x_labels, y_labels] = labels.clone();
    let units = units_for(candidates);
    triplets::triplets::launch(
        &distances.client,
        cubes(rows),
        CubeDim::new_1d(units as u32),
        distances.clone().into_buffer_arg(),
        x_labels.into_buffer_arg(),
        y_labels.into_buffer_arg(),
        tables.into_buffer_arg(),
        weights.clone().into_buffer_arg(),
        found.counts.clone().into_buffer_arg(),
        found.sums.clone().into_buffer_arg(),
        found.costs.clone().into_buffer_arg(),
        first,
        settings.first.unwrap_or(candidates),
        rows,
        candidates,
        u32::from(settings.gradient),
        ScaleLaunch::new(
            u32::from(settings.distance == Distance::Euclidean),
            match settings.distance {
                Distance::Cosine => 0.5,
                _ => 1.0,
            },
        ),
        NumbersLaunch::new(
            settings.margin.alpha() as f32,
            seed as u32,
            (seed >> 32) as u32,
            bin_scale,
            bins,
            parts,
        ),
        rule,
        units,
        dtype_to_elem_type(labels[0].dtype),
    );
}

/// The tables of distance-weighted mining as the kernel wants them, or something in their place.
fn tables(weighting: Option<&Weighting>, device: &CubeDevice) -> CubeTensor {
    let values = match weighting {
        Some(Weighting { levels, parts, .. }) => {
            let lowest = levels.iter().min().copied().unwrap_or(0);
            let levels = levels.iter().map(|level| level.abs_diff(lowest) + 1);
            levels.chain(parts.iter().copied()).collect()
        }
        None => vec![0u32],
    };
    let length = values.len();
    CubeBackend::int_from_data(TensorData::new(values, [length]), device)
}

/// A plan whose seed is 0, and the seed.
fn without_seed(plan: Plan) -> (Plan, u64) {
    let (choice, seed) = match plan.choice {
        Choice::Random(seed) => (Choice::Random(0), seed),
        Choice::Weighted(seed) => (Choice::Weighted(0), seed),
        other => (other, 0),
    };
    (Plan { choice, ..plan }, seed)
}

fn total(found: &AnchorSums, loss: &CubeTensor, divisor: &CubeTensor, settings: &TripletSettings) {
    let anchors = found.counts.shape()[0];
    let units = units_for(anchors);
    totals::totals::launch(
        &loss.client,
        cubes(1),
        CubeDim::new_1d(units as u32),
        found.counts.clone().into_buffer_arg(),
        found.costs.clone().into_buffer_arg(),
        loss.clone().into_buffer_arg(),
        divisor.clone().into_buffer_arg(),
        anchors,
        settings.reduction,
        units,
    );
}

/// The gradient that the weights mean for the first of two sides, each with its first row and how many.
fn pull(
    out: &CubeTensor,
    [(x, first, rows), (y, other_first, other_rows)]: [(&Side, usize, usize); 2],
    weights: &CubeTensor,
    divisor: &CubeTensor,
    columns: usize,
    side: Side,
    add: bool,
    divide: bool,
) {
    gradient::gradient::launch(
        &out.client,
        tiles(rows, x.dim()),
        CubeDim::new_1d(UNITS as u32),
        x.rows.clone().into_buffer_arg(),
        y.rows.clone().into_buffer_arg(),
        weights.clone().into_buffer_arg(),
        divisor.clone().into_buffer_arg(),
        out.clone().into_buffer_arg(),
        PartLaunch::new(
            first,
            rows,
            other_first,
            other_rows,
            columns,
            x.dim(),
            u32::from(add),
            u32::from(divide),
        ),
        side,
    );
}

fn finish_side(gradient: &CubeTensor, x: &Side, divisor: &CubeTensor) {
    let lengths = x.lengths.as_ref().unwrap_or(divisor);
    let units = units_for(x.dim());
    finish::finish::launch(
        &gradient.client,
        cubes(x.count()),
        CubeDim::new_1d(units as u32),
        gradient.clone().into_buffer_arg(),
        divisor.clone().into_buffer_arg(),
        x.rows.clone().into_buffer_arg(),
        lengths.clone().into_buffer_arg(),
        x.count(),
        x.dim(),
        x.lengths.is_some(),
        units,
    );
}

//! The launches of the kernels, one function each.

use burn::backend::TensorMetadata;
use burn::backend::cubecl::dtype_to_elem_type;
use burn::backend::ops::IntTensorOps;
use burn::tensor::TensorData;
use burn_cubecl::{CubeBackend, CubeDevice, kernel::into_contiguous, tensor::CubeTensor};
use cubecl::prelude::{CubeCount, CubeDim};

use super::embeddings::Embeddings;
use super::gradient::{self, PartLaunch, Side};
use super::mining::{self, ParametersLaunch, Rule, ScaleLaunch};
use super::reduce::units_for;
use super::tile::{TILE, UNITS};
use super::{distances, finish, totals, unit_rows};
use crate::fused::ops::TripletSettings;
use crate::mining::{Choice, Plan, Weighting};
use crate::{Distance, Margin};

/// What is found out about each anchor.
pub(super) struct AnchorStatistics {
    /// `[anchors, 5]`.
    pub(super) counts: CubeTensor,
    /// `[anchors, 2]`.
    pub(super) sums: CubeTensor,
    /// Cost, and how many distances are not finite, `[anchors, 2]`.
    pub(super) costs: CubeTensor,
}

/// Labels of both sides in one type, the wider of the two.
pub(super) fn labels(x: CubeTensor, y: CubeTensor) -> [CubeTensor; 2] {
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

/// A cube for each of `count` rows, or a few more: a dimension holds 65,535 at most.
fn cubes(count: usize) -> CubeCount {
    let across = count.min(65_535);
    CubeCount::Static(across as u32, count.div_ceil(across) as u32, 1)
}

/// A cube for each tile.
fn tiles(rows: usize, columns: usize) -> CubeCount {
    CubeCount::Static(columns.div_ceil(TILE) as u32, rows.div_ceil(TILE) as u32, 1)
}

/// Directions `[count, dim]` and lengths `[count]` of rows.
pub(super) fn unit_rows(
    rows: &CubeTensor,
    directions: &CubeTensor,
    lengths: &CubeTensor,
    count: usize,
    dim: usize,
) {
    let units = units_for(dim);
    unit_rows::unit_rows::launch(
        &rows.client,
        cubes(count),
        CubeDim::new_1d(units as u32),
        rows.clone().into_buffer_arg(),
        directions.clone().into_buffer_arg(),
        lengths.clone().into_buffer_arg(),
        count,
        dim,
        units,
    );
}

/// Distances of rows `first..first + rows` of x to all rows of y, into the first rows of `out`.
pub(super) fn distances_to(
    out: &CubeTensor,
    x: &Embeddings,
    y: &Embeddings,
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

pub(super) fn mine(
    distances: &CubeTensor,
    labels: &[CubeTensor; 2],
    weights: &CubeTensor,
    found: &AnchorStatistics,
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
    mining::mine::launch(
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
        ParametersLaunch::new(
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

pub(super) fn total(
    found: &AnchorStatistics,
    loss: &CubeTensor,
    divisor: &CubeTensor,
    settings: &TripletSettings,
) {
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
pub(super) fn pull(
    out: &CubeTensor,
    [(x, first, rows), (y, other_first, other_rows)]: [(&Embeddings, usize, usize); 2],
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

pub(super) fn finish_side(gradient: &CubeTensor, x: &Embeddings, divisor: &CubeTensor) {
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

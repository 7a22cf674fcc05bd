//! The CPU: rows of distances are mined while they are in the cache, anchors side by side on all cores.
//!
//! Three things take time: the distances, the weights, and the product of the weights with the embeddings, which is the
//! library's. Where the candidates are the anchors the weights of all pairs are kept, W + Wᵀ is made in their place, and
//! one product gives the gradient of both sides. Elsewhere, and where the matrix would be too large, a block of anchors is
//! taken at a time, and its weights are multiplied once for each side. A rule that takes one triplet for each anchor needs
//! neither.

mod blocks;
mod counting;
mod directions;
mod distances;
mod identities;
mod miner;
mod pairs;
mod product;
mod soft;
mod sparse;
mod symmetric;
mod thresholds;
mod totals;

use burn::backend::{Flex, TensorMetadata};
use burn::tensor::TensorData;
use burn_flex::FlexTensor;
use rayon::prelude::*;

use super::ops::{GradientOps, TripletOps, TripletSettings};
use crate::Distance;
use crate::mining::{Positives, Weighting};
use crate::output::{COUNTS, SUMS};
use directions::Directions;
use distances::{Embeddings, Panels};
use identities::Identities;
use miner::{Mined, Miner};
use totals::Totals;

impl GradientOps for Flex {}

impl TripletOps for Flex {
    fn triplet_distances(
        x: FlexTensor,
        y: FlexTensor,
        distance: Distance,
        _same: bool,
    ) -> FlexTensor {
        let (x, y) = (x.to_contiguous(), y.to_contiguous());
        let sides = Sides::new(distance, rows(&x), rows(&y));
        let (x, y) = (sides.x(), sides.y());
        let panels = Panels::new(y);
        let mut out = vec![0.0; x.len() * y.len()];
        out.par_chunks_mut(TASK * y.len())
            .enumerate()
            .for_each(|(task, out)| {
                let start = task * TASK;
                let anchors = x.range(start..start + out.len() / y.len());
                panels.distances(distance, anchors, out);
            });
        tensor(out, [x.len(), y.len()])
    }

    fn triplet_loss(
        x: FlexTensor,
        y: FlexTensor,
        x_labels: FlexTensor,
        y_labels: FlexTensor,
        settings: TripletSettings,
    ) -> (FlexTensor, FlexTensor, FlexTensor, FlexTensor, FlexTensor) {
        let (x, y) = (x.to_contiguous(), y.to_contiguous());
        let identities = Identities::new(&labels(x_labels), &labels(y_labels), settings.first);
        let sides = Sides::new(settings.distance, rows(&x), rows(&y));
        let problem = Problem {
            x: sides.x(),
            y: sides.y(),
            identities: &identities,
            settings: &settings,
            weighting: settings.weighting(x.shape().dims::<2>()[1], identities.candidates.len()),
        };
        let Solution {
            mined,
            mut x_gradient,
            mut y_gradient,
        } = match settings {
            _ if settings.plan.positives != Positives::All => sparse::solve(&problem),
            _ if settings.same && settings.matrix => symmetric::solve(&problem),
            _ => blocks::solve(&problem),
        };
        let totals = Totals::new(&mined, settings.reduction);
        sides.finish(&totals, &mut x_gradient, &mut y_gradient);

        let [anchors, dim] = x.shape().dims();
        let [candidates, _] = y.shape().dims();
        let gradient = |values: Vec<f32>, rows| match values.is_empty() {
            true => tensor(vec![0.0], [1, 1]),
            false => tensor(values, [rows, dim]),
        };
        let counts = mined.iter().flat_map(Mined::counts).collect();
        let sums = mined.iter().flat_map(Mined::sums).collect();
        (
            tensor(vec![totals.loss()], [1]),
            gradient(x_gradient, anchors),
            gradient(y_gradient, candidates),
            FlexTensor::from_data(TensorData::new::<i64, _>(counts, [anchors, COUNTS])),
            tensor(sums, [anchors, SUMS]),
        )
    }
}

/// Anchors that one task takes.
const TASK: usize = 32;

/// What the routes solve: embeddings whose squared euclidean distances the distance is a function of.
struct Problem<'a> {
    x: Embeddings<'a>,
    y: Embeddings<'a>,
    identities: &'a Identities,
    settings: &'a TripletSettings,
    /// For distance-weighted mining.
    weighting: Option<Weighting>,
}

/// What they find.
struct Solution {
    /// Of each anchor.
    mined: Vec<Mined>,
    /// EmbeddingGradient of the summed cost, not yet divided; empty where none is wanted.
    x_gradient: Vec<f32>,
    /// The same for the candidates; empty where they are the anchors.
    y_gradient: Vec<f32>,
}

impl Problem<'_> {
    fn miner(&self) -> Miner<'_> {
        Miner::new(self.settings, self.identities, self.weighting.as_ref())
    }

    /// Writes the weights of the anchors from `first` on into `out`, `[anchors, candidates]`, and what was mined.
    fn weigh(&self, panels: &Panels, first: usize, out: &mut [f32], mined: &mut [Mined]) {
        let candidates = self.y.len();
        out.par_chunks_mut(TASK * candidates)
            .zip(mined.par_chunks_mut(TASK))
            .enumerate()
            .for_each_init(
                || self.miner(),
                |miner, (task, (out, mined))| {
                    let start = first + task * TASK;
                    let anchors = self.x.range(start..start + mined.len());
                    panels.distances(self.settings.distance, anchors, out);
                    let rows = out.chunks_exact_mut(candidates).zip(mined);
                    for (anchor, (row, mined)) in rows.enumerate() {
                        *mined = miner.mine(start + anchor, row);
                    }
                },
            );
    }
}

/// Both sides as the distance sees them.
enum Sides<'a> {
    Embeddings(Embeddings<'a>, Embeddings<'a>),
    Directions(Directions, Directions),
}

impl<'a> Sides<'a> {
    fn new(distance: Distance, x: Embeddings<'a>, y: Embeddings<'a>) -> Self {
        match distance {
            Distance::Cosine => Self::Directions(Directions::new(x), Directions::new(y)),
            _ => Self::Embeddings(x, y),
        }
    }

    fn x(&self) -> Embeddings<'_> {
        match self {
            Self::Embeddings(x, _) => *x,
            Self::Directions(x, _) => x.rows(),
        }
    }

    fn y(&self) -> Embeddings<'_> {
        match self {
            Self::Embeddings(_, y) => *y,
            Self::Directions(_, y) => y.rows(),
        }
    }

    /// Makes gradients of the loss for the embeddings of those of the summed cost.
    fn finish(&self, totals: &Totals, x_gradient: &mut [f32], y_gradient: &mut [f32]) {
        let factor = totals.factor();
        for gradient in [&mut *x_gradient, &mut *y_gradient] {
            gradient.par_iter_mut().for_each(|value| *value *= factor);
        }
        if let Self::Directions(x, y) = self {
            x.gradient(x_gradient);
            y.gradient(y_gradient);
        }
    }
}

fn rows(tensor: &FlexTensor) -> Embeddings<'_> {
    let [_, dim] = tensor.shape().dims();
    Embeddings {
        values: tensor.storage(),
        dim,
    }
}

/// Labels of any integer type.
fn labels(tensor: FlexTensor) -> Vec<i64> {
    tensor.into_data().iter::<i64>().collect()
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

use std::cmp::Ordering;
use std::collections::HashMap;

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::MetricsError;
use crate::distance::{DistanceKind, DistanceTiles, Strip};

/// A number that [`Scores`] can hold: `f64` for listed pairs, `f32` for all pairs of a set.
pub trait DistanceValue: Copy + PartialOrd + Into<f64> + Send + Sync + sealed::Sealed {
    /// The total order of the bits, which is the order of the numbers where none is NaN.
    fn total_order(&self, other: &Self) -> Ordering;

    /// The next larger number of this precision: the smallest threshold that accepts this distance.
    fn next_above(self) -> Self;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

impl DistanceValue for f32 {
    fn total_order(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }

    fn next_above(self) -> f32 {
        self.next_up()
    }
}

impl DistanceValue for f64 {
    fn total_order(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }

    fn next_above(self) -> f64 {
        self.next_up()
    }
}

/// The distances of genuine and of impostor pairs, checked and sorted.
///
/// A pair is accepted at threshold `t` where its distance is below `t`, strictly:
///
/// ```text
/// TA(t) = genuine pairs with distance < t        VAL(t) = |TA(t)| / |genuine|
/// FA(t) = impostor pairs with distance < t       FAR(t) = |FA(t)| / |impostor|
/// ```
///
/// That is the comparison of the published LFW figures (`numpy.less`), and the one that everything in this
/// crate makes; [FaceNet](https://arxiv.org/abs/1503.03832), §4, writes `≤`, which differs only for a distance
/// equal to the threshold. A threshold that is chosen to accept pairs up to some distance is the next larger
/// number of the distances' precision, so that exactly these pairs are below it.
///
/// All that is computed from it is exact: it depends on counts of pairs, not on a grid. Equal
/// distances are accepted together. Memory: one number a pair (4 bytes as `f32`, 8 as `f64`).
#[derive(Clone, Debug)]
pub struct Scores<T: DistanceValue = f64> {
    genuine: Vec<T>,
    impostor: Vec<T>,
}

impl<T: DistanceValue> Scores<T> {
    /// From a list of pairs: their distances, and whether each is of one person.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where the lists differ in length, [`MetricsError::NotFinite`] for a
    /// distance that is NaN or infinite.
    pub fn new(distances: &[T], same: &[bool]) -> Result<Scores<T>, MetricsError> {
        MetricsError::check_length("same", same.len(), distances.len())?;
        if let Some(index) = distances.iter().position(|&d| !d.into().is_finite()) {
            return Err(MetricsError::NotFinite {
                what: "distance",
                index,
            });
        }
        let select = |wanted| {
            distances
                .iter()
                .zip(same)
                .filter(move |&(_, &s)| s == wanted)
                .map(|(&d, _)| d)
                .collect()
        };
        Ok(Scores::sorted(select(true), select(false)))
    }

    /// Sorts in place; every number is finite.
    fn sorted(mut genuine: Vec<T>, mut impostor: Vec<T>) -> Scores<T> {
        genuine.par_sort_unstable_by(T::total_order);
        impostor.par_sort_unstable_by(T::total_order);
        Scores { genuine, impostor }
    }

    /// The distances of the genuine pairs, smallest first.
    pub fn genuine(&self) -> &[T] {
        &self.genuine
    }

    /// The distances of the impostor pairs, smallest first.
    pub fn impostor(&self) -> &[T] {
        &self.impostor
    }

    /// Both counts as numbers to divide by; `None` where either is 0.
    pub(super) fn both(&self) -> Option<(f64, f64)> {
        (!self.genuine.is_empty() && !self.impostor.is_empty())
            .then_some((self.genuine.len() as f64, self.impostor.len() as f64))
    }

    /// The distinct distances in ascending order, with what is accepted with each.
    pub(super) fn steps(&self) -> Steps<'_, T> {
        Steps {
            scores: self,
            true_accepts: 0,
            false_accepts: 0,
        }
    }
}

impl Scores<f32> {
    /// All `N (N − 1) / 2` pairs of the rows of `embeddings`, as on FaceNet's hold-out set (§5.1).
    ///
    /// Memory: 4 bytes a pair, `2 N²` bytes in all: 50 MB for 5,000 embeddings.
    ///
    /// # Shapes
    ///
    /// `embeddings` is `[N, dimensions]`, and `labels` has `N` identities.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where there is not one label for each embedding,
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a
    /// distance.
    pub fn all_pairs(
        embeddings: ArrayView2<'_, f32>,
        labels: &[u32],
        kind: DistanceKind,
    ) -> Result<Scores<f32>, MetricsError> {
        MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
        let tiles = DistanceTiles::all_pairs(embeddings, kind)?;
        // What is left of each identity after each row is what the row makes genuine pairs with.
        let mut left = counts(labels);
        Ok(collect(
            &tiles.strips(),
            |row| {
                let same = left.get_mut(&labels[row]).map_or(0, |n| {
                    *n -= 1;
                    *n
                });
                (same, labels.len() - row - 1 - same)
            },
            |row, column| labels[row] == labels[column],
        ))
    }

    /// Every probe against every gallery embedding.
    ///
    /// Memory: 4 bytes a pair.
    ///
    /// # Shapes
    ///
    /// `probe` is `[P, dimensions]` with `P` labels, `gallery` is `[G, dimensions]` with `G` labels.
    ///
    /// # Errors
    ///
    /// As [`all_pairs`](Self::all_pairs), and [`MetricsError::Length`] where the dimensions differ.
    pub fn probe_gallery(
        probe: ArrayView2<'_, f32>,
        probe_labels: &[u32],
        gallery: ArrayView2<'_, f32>,
        gallery_labels: &[u32],
        kind: DistanceKind,
    ) -> Result<Scores<f32>, MetricsError> {
        MetricsError::check_length("probe labels", probe_labels.len(), probe.nrows())?;
        MetricsError::check_length("gallery labels", gallery_labels.len(), gallery.nrows())?;
        let tiles = DistanceTiles::probe_gallery(probe, gallery, kind)?;
        let enrolled = counts(gallery_labels);
        Ok(collect(
            &tiles.strips(),
            |row| {
                let same = enrolled.get(&probe_labels[row]).copied().unwrap_or(0);
                (same, gallery_labels.len() - same)
            },
            |row, column| probe_labels[row] == gallery_labels[column],
        ))
    }
}

fn counts(labels: &[u32]) -> HashMap<u32, usize> {
    let mut counts = HashMap::new();
    for &label in labels {
        *counts.entry(label).or_insert(0) += 1;
    }
    counts
}

/// Computes the strips in parallel, each into its own part of the two lists, whose sizes are known
/// from the labels: the lists are allocated once and nothing is held twice.
fn collect(
    strips: &[Strip<'_, '_>],
    mut pairs_of_row: impl FnMut(usize) -> (usize, usize),
    same: impl Fn(usize, usize) -> bool + Sync,
) -> Scores<f32> {
    let sizes: Vec<(usize, usize)> = strips
        .iter()
        .map(|strip| {
            strip
                .rows()
                .map(&mut pairs_of_row)
                .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
        })
        .collect();
    let mut genuine = vec![0.0; sizes.iter().map(|s| s.0).sum()];
    let mut impostor = vec![0.0; sizes.iter().map(|s| s.1).sum()];
    let (mut genuine_left, mut impostor_left) = (&mut genuine[..], &mut impostor[..]);
    let mut tasks = Vec::with_capacity(strips.len());
    for (strip, (g, i)) in strips.iter().zip(sizes) {
        let (genuine_part, rest) = genuine_left.split_at_mut(g);
        genuine_left = rest;
        let (impostor_part, rest) = impostor_left.split_at_mut(i);
        impostor_left = rest;
        tasks.push((strip, genuine_part, impostor_part));
    }
    tasks
        .into_par_iter()
        .for_each(|(strip, genuine, impostor)| {
            let (mut genuine, mut impostor) = (genuine.iter_mut(), impostor.iter_mut());
            strip.for_each_tile(|tile| {
                for (row, column, distance) in tile.pairs() {
                    let slot = if same(row, column) {
                        genuine.next()
                    } else {
                        impostor.next()
                    };
                    if let Some(slot) = slot {
                        *slot = distance;
                    }
                }
            });
        });
    Scores::sorted(genuine, impostor)
}

/// What is accepted at the smallest threshold above `distance`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) distance: f64,
    pub(super) threshold: f64,
    pub(super) true_accepts: usize,
    pub(super) false_accepts: usize,
}

pub(super) struct Steps<'a, T: DistanceValue> {
    scores: &'a Scores<T>,
    true_accepts: usize,
    false_accepts: usize,
}

impl<T: DistanceValue> Iterator for Steps<'_, T> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let genuine = self.scores.genuine.get(self.true_accepts..)?;
        let impostor = self.scores.impostor.get(self.false_accepts..)?;
        let next = match (genuine.first(), impostor.first()) {
            (None, None) => return None,
            (Some(&d), None) | (None, Some(&d)) => d,
            (Some(&g), Some(&i)) => {
                if g <= i {
                    g
                } else {
                    i
                }
            }
        };
        self.true_accepts += genuine.iter().take_while(|&&d| d <= next).count();
        self.false_accepts += impostor.iter().take_while(|&&d| d <= next).count();
        Some(Step {
            distance: next.into(),
            threshold: next.next_above().into(),
            true_accepts: self.true_accepts,
            false_accepts: self.false_accepts,
        })
    }
}

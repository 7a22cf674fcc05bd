//! Closed-set identification: which enrolled person is this? Rank-k rates and the CMC curve.

use std::collections::HashMap;

use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::MetricsError;
use crate::distance::{DistanceKind, DistanceTiles};

/// The cumulative match characteristic of a closed-set search.
///
/// An identity of the gallery is as near to a probe as its nearest image. The rank of a probe is the
/// place of its own identity in the order of distance, and
///
/// ```text
/// cmc[k − 1] = probes with rank ≤ k / mated probes
/// ```
///
/// An identity that is as near as the right one goes before it, so that a network which gives every
/// face the same embedding scores 0 and not 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IdentificationReport {
    /// The rate of identification at ranks 1, 2, …; empty where no probe has a mate.
    pub cmc: Vec<f64>,
    /// The number of probes whose identity is in the gallery. The rates are means over these.
    pub mated_probes: usize,
    /// The number of probes whose identity is not; they leave the mean. With the query left out of
    /// its own gallery, these are the identities with one image.
    pub nonmated_probes: usize,
    /// The number of identities in the gallery.
    pub gallery_identities: usize,
}

impl IdentificationReport {
    /// Each embedding as the probe, all others as the gallery.
    ///
    /// The query is left out by its index, so that a duplicate of it stays. Identities with one image
    /// remain in the gallery of the others.
    ///
    /// # Shapes
    ///
    /// `embeddings` is `[N, dimensions]`, and `labels` has `N` identities.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where there is not one label for each embedding,
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a
    /// distance, [`MetricsError::Setting`] where `max_rank` is 0.
    pub fn leave_one_out(
        embeddings: ArrayView2<'_, f32>,
        labels: &[u32],
        kind: DistanceKind,
        max_rank: usize,
    ) -> Result<IdentificationReport, MetricsError> {
        MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
        let tiles = DistanceTiles::probe_gallery(embeddings, embeddings, kind)?;
        search(&tiles, labels, labels, true, max_rank)
    }

    /// Each row of `probe` searched for in `gallery`.
    ///
    /// # Shapes
    ///
    /// `probe` is `[P, dimensions]` with `P` labels, `gallery` is `[G, dimensions]` with `G` labels.
    ///
    /// # Errors
    ///
    /// As [`leave_one_out`](Self::leave_one_out), and [`MetricsError::Length`] where the dimensions
    /// differ.
    pub fn probe_gallery(
        probe: ArrayView2<'_, f32>,
        probe_labels: &[u32],
        gallery: ArrayView2<'_, f32>,
        gallery_labels: &[u32],
        kind: DistanceKind,
        max_rank: usize,
    ) -> Result<IdentificationReport, MetricsError> {
        MetricsError::check_length("probe labels", probe_labels.len(), probe.nrows())?;
        MetricsError::check_length("gallery labels", gallery_labels.len(), gallery.nrows())?;
        let tiles = DistanceTiles::probe_gallery(probe, gallery, kind)?;
        search(&tiles, probe_labels, gallery_labels, false, max_rank)
    }

    /// The rate at `rank`, counted from 1; past the end of the curve it is that of the last rank.
    ///
    /// `None` where no probe has a mate, and for rank 0.
    pub fn rate(&self, rank: usize) -> Option<f64> {
        let last = self.cmc.len().checked_sub(1)?;
        self.cmc.get(rank.checked_sub(1)?.min(last)).copied()
    }
}

fn search(
    tiles: &DistanceTiles<'_>,
    probe_labels: &[u32],
    gallery_labels: &[u32],
    leave_out_diagonal: bool,
    max_rank: usize,
) -> Result<IdentificationReport, MetricsError> {
    if max_rank == 0 {
        return Err(MetricsError::Setting {
            setting: "max_rank",
            found: "0".to_owned(),
            expected: "at least 1",
        });
    }
    let mut identities: HashMap<u32, usize> = HashMap::new();
    let columns: Vec<usize> = gallery_labels
        .iter()
        .map(|&label| {
            let next = identities.len();
            *identities.entry(label).or_insert(next)
        })
        .collect();
    let ranks: Vec<Option<usize>> = tiles
        .strips()
        .par_iter()
        .flat_map_iter(|strip| {
            let rows = strip.rows();
            // Infinity stands for an identity of which only the query itself is in the gallery.
            let mut nearest = vec![vec![f32::INFINITY; identities.len()]; rows.len()];
            strip.for_each_tile(|tile| {
                for (row, column, distance) in tile.pairs() {
                    if !(leave_out_diagonal && row == column) {
                        let best = &mut nearest[row - rows.start][columns[column]];
                        *best = best.min(distance);
                    }
                }
            });
            let ranks: Vec<Option<usize>> = rows
                .zip(nearest)
                .map(|(row, nearest)| rank(&nearest, *identities.get(&probe_labels[row])?))
                .collect();
            ranks
        })
        .collect();
    let mated: Vec<usize> = ranks.iter().flatten().copied().collect();
    let mut cmc = Vec::new();
    if !mated.is_empty() {
        let mut at_rank = vec![0usize; max_rank.min(identities.len())];
        for &rank in &mated {
            if let Some(count) = at_rank.get_mut(rank - 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        cmc.extend(at_rank.iter().map(|count| {
            total += count;
            total as f64 / mated.len() as f64
        }));
    }
    Ok(IdentificationReport {
        cmc,
        mated_probes: mated.len(),
        nonmated_probes: ranks.len() - mated.len(),
        gallery_identities: identities.len(),
    })
}

/// The place of identity `own`, from 1; `None` where nothing of it is in the gallery.
fn rank(nearest: &[f32], own: usize) -> Option<usize> {
    let mate = nearest.get(own).copied().filter(|d| d.is_finite())?;
    let before = nearest
        .iter()
        .enumerate()
        .filter(|&(identity, &d)| identity != own && d <= mate)
        .count();
    Some(before + 1)
}

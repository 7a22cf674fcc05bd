use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::enrollment::Enrollment;
use super::ranks::search;
use crate::MetricsError;
use crate::distance::{DistanceKind, DistanceTiles};
use crate::label::{Label, Numbered};

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
    pub fn leave_one_out<L: Label>(
        embeddings: ArrayView2<'_, f32>,
        labels: &[L],
        kind: DistanceKind,
        max_rank: usize,
    ) -> Result<IdentificationReport, MetricsError> {
        MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
        let tiles = DistanceTiles::probe_gallery(embeddings, embeddings, kind)?;
        report(&tiles, labels, labels, true, max_rank)
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
    pub fn probe_gallery<L: Label>(
        probe: ArrayView2<'_, f32>,
        probe_labels: &[L],
        gallery: ArrayView2<'_, f32>,
        gallery_labels: &[L],
        kind: DistanceKind,
        max_rank: usize,
    ) -> Result<IdentificationReport, MetricsError> {
        let best = Enrollment::Best;
        let gallery = (gallery, gallery_labels);
        Self::enrolled((probe, probe_labels), gallery, kind, best, max_rank)
    }

    /// Each probe searched for in a gallery whose identities are enrolled as `enrollment` says. Both are
    /// embeddings with their labels, as in [`probe_gallery`](Self::probe_gallery).
    ///
    /// # Errors
    ///
    /// As [`probe_gallery`](Self::probe_gallery), and [`MetricsError::ZeroTemplate`] where the images of
    /// an identity have no mean direction.
    pub fn enrolled<L: Label>(
        (probe, probe_labels): (ArrayView2<'_, f32>, &[L]),
        (gallery, gallery_labels): (ArrayView2<'_, f32>, &[L]),
        kind: DistanceKind,
        enrollment: Enrollment,
        max_rank: usize,
    ) -> Result<IdentificationReport, MetricsError> {
        MetricsError::check_length("probe labels", probe_labels.len(), probe.nrows())?;
        let (gallery, gallery_labels) = enrollment.enroll(gallery, gallery_labels)?;
        let tiles = DistanceTiles::probe_gallery(probe, gallery.view(), kind)?;
        report(&tiles, probe_labels, &gallery_labels, false, max_rank)
    }

    /// The rate at `rank`, counted from 1; past the end of the curve it is that of the last rank.
    ///
    /// `None` where no probe has a mate, and for rank 0.
    pub fn rate(&self, rank: usize) -> Option<f64> {
        let last = self.cmc.len().checked_sub(1)?;
        self.cmc.get(rank.checked_sub(1)?.min(last)).copied()
    }
}

fn report<L: Label>(
    tiles: &DistanceTiles<'_>,
    probe_labels: &[L],
    gallery_labels: &[L],
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
    let gallery = Numbered::new(gallery_labels);
    let found = search(tiles, probe_labels, &gallery, leave_out_diagonal);
    let ranks: Vec<usize> = found.iter().filter_map(|f| Some(f.own?.0)).collect();
    let mut cmc = Vec::new();
    if !ranks.is_empty() {
        let mut at_rank = vec![0usize; max_rank.min(gallery.sizes.len())];
        for &rank in &ranks {
            if let Some(count) = at_rank.get_mut(rank - 1) {
                *count += 1;
            }
        }
        let mut total = 0;
        cmc.extend(at_rank.iter().map(|count| {
            total += count;
            total as f64 / ranks.len() as f64
        }));
    }
    Ok(IdentificationReport {
        cmc,
        mated_probes: ranks.len(),
        nonmated_probes: found.len() - ranks.len(),
        gallery_identities: gallery.sizes.len(),
    })
}

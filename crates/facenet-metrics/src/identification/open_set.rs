use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::enrollment::Enrollment;
use super::ranks::search;
use crate::MetricsError;
use crate::distance::{DistanceKind, DistanceTiles};
use crate::label::{Label, Numbered};

/// The false positive identification rates that reports quote unless told otherwise, as IJB-B and IJB-C do.
pub const DEFAULT_FPIRS: [f64; 3] = [1e-1, 1e-2, 1e-3];

/// Open-set identification: probes whose identity is enrolled, and probes of strangers, who should be
/// turned away.
///
/// A search answers with the nearest identity where its distance is below `t`, and with nobody otherwise:
///
/// ```text
/// FPIR(t) = strangers that get an answer / strangers
/// DIR(t)  = mated probes whose own identity is nearest, at distance < t / mated probes
/// ```
///
/// (ISO/IEC 19795-1; Grother and Ngan, 2014. `1 − DIR` is FNIR at rank 1.) A stranger is a probe whose
/// label is not in the gallery. An identity that is as near as the right one goes before it, as in
/// [`IdentificationReport`](super::IdentificationReport).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenSetReport {
    /// DIR at each FPIR asked for, in that order; empty where there is no mated probe or no stranger.
    pub dir: Vec<DirAtFpir>,
    /// The number of probes whose identity is enrolled.
    pub mated_probes: usize,
    /// The number of probes whose identity is not.
    pub nonmated_probes: usize,
    /// The number of identities in the gallery.
    pub gallery_identities: usize,
}

/// The detection and identification rate at a false positive identification rate: the largest share of
/// mated probes that are identified while no more than the share `fpir_target` of the strangers get an
/// answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DirAtFpir {
    /// The FPIR that was asked for.
    pub fpir_target: f64,
    /// DIR at rank 1 at the threshold.
    pub dir: f64,
    /// FPIR at the threshold: at most `fpir_target`.
    pub fpir: f64,
    /// A search answers with a distance below it: the next number above the largest observed distance that may
    /// be answered. `None` where none may, because the smallest of all already belongs to too many strangers.
    pub threshold: Option<f64>,
    /// Whether `fpir_target` is below one stranger in all. Then `dir` is that without any false positive.
    pub below_resolution: bool,
}

impl OpenSetReport {
    /// Searches for each probe in the gallery. Both are embeddings with their labels.
    ///
    /// # Shapes
    ///
    /// The probes are `[P, dimensions]` with `P` labels, the gallery `[G, dimensions]` with `G` labels.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where labels or dimensions do not fit, [`MetricsError::NotFinite`] and
    /// [`MetricsError::ZeroEmbedding`] for embeddings without a distance, [`MetricsError::ZeroTemplate`]
    /// where the images of an identity have no mean direction, [`MetricsError::Setting`] for an FPIR that
    /// is not between 0 and 1.
    ///
    /// ```
    /// use facenet_metrics::{DistanceKind, Enrollment, OpenSetReport};
    /// use ndarray::array;
    ///
    /// let gallery = array![[1.0f32, 0.0], [0.0, 1.0]];
    /// // Of person 7, of person 9, and of two strangers.
    /// let probes = array![[0.8f32, 0.6], [0.0, 1.0], [0.6, 0.8], [-1.0, 0.0]];
    /// let report = OpenSetReport::new(
    ///     (probes.view(), &[7, 9, 1, 2]),
    ///     (gallery.view(), &[7, 9]),
    ///     DistanceKind::SquaredEuclidean,
    ///     Enrollment::Best,
    ///     &[0.5, 0.0],
    /// )?;
    /// assert_eq!((report.mated_probes, report.nonmated_probes), (2, 2));
    /// // The nearer stranger is as near to 9 as the first probe is to 7.
    /// assert_eq!((report.dir[0].dir, report.dir[0].fpir), (1.0, 0.5));
    /// assert_eq!((report.dir[1].dir, report.dir[1].fpir), (0.5, 0.0));
    /// # Ok::<(), facenet_metrics::MetricsError>(())
    /// ```
    pub fn new<L: Label>(
        (probe, probe_labels): (ArrayView2<'_, f32>, &[L]),
        (gallery, gallery_labels): (ArrayView2<'_, f32>, &[L]),
        kind: DistanceKind,
        enrollment: Enrollment,
        fpirs: &[f64],
    ) -> Result<OpenSetReport, MetricsError> {
        MetricsError::check_length("probe labels", probe_labels.len(), probe.nrows())?;
        if let Some(wrong) = fpirs.iter().find(|fpir| !(0.0..=1.0).contains(*fpir)) {
            return Err(MetricsError::Setting {
                setting: "FPIR",
                found: wrong.to_string(),
                expected: "a rate between 0 and 1",
            });
        }
        let (gallery, gallery_labels) = enrollment.enroll(gallery, gallery_labels)?;
        let tiles = DistanceTiles::probe_gallery(probe, gallery.view(), kind)?;
        let enrolled = Numbered::new(&gallery_labels);
        let found = search(&tiles, probe_labels, &enrolled, false);

        let mut strangers: Vec<f32> = found
            .iter()
            .filter(|f| f.own.is_none())
            .map(|f| f.nearest)
            .collect();
        strangers.sort_unstable_by(f32::total_cmp);
        let mated = found.len() - strangers.len();
        let mut identified: Vec<f32> = found
            .iter()
            .filter_map(|f| f.own)
            .filter(|&(rank, _)| rank == 1)
            .map(|(_, distance)| distance)
            .collect();
        identified.sort_unstable_by(f32::total_cmp);
        let dir = match mated == 0 || strangers.is_empty() {
            true => Vec::new(),
            false => fpirs
                .iter()
                .map(|&fpir| at_fpir(fpir, &identified, mated, &strangers))
                .collect(),
        };
        Ok(OpenSetReport {
            dir,
            mated_probes: mated,
            nonmated_probes: strangers.len(),
            gallery_identities: enrolled.sizes.len(),
        })
    }
}

/// Of sorted distances, those of mated probes that are nearest to their own identity, and of strangers.
fn at_fpir(fpir_target: f64, identified: &[f32], mated: usize, strangers: &[f32]) -> DirAtFpir {
    let allowed = allowed(fpir_target, strangers.len());
    // The first stranger too many, and all at the same distance, must stay out.
    let (answers, positives) = match strangers.get(allowed) {
        None => (identified.len(), strangers.len()),
        Some(&limit) => (
            identified.partition_point(|&d| d < limit),
            strangers.partition_point(|&d| d < limit),
        ),
    };
    let last = |list: &[f32], count: usize| list[..count].last().copied();
    let largest = last(identified, answers)
        .into_iter()
        .chain(last(strangers, positives))
        .reduce(f32::max);
    DirAtFpir {
        fpir_target,
        dir: answers as f64 / mated as f64,
        fpir: positives as f64 / strangers.len() as f64,
        threshold: largest.map(|distance| distance.next_up().into()),
        below_resolution: allowed == 0,
    }
}

/// The largest number of `strangers` whose share is at most `fpir`. The product rounds, so the division
/// that FPIR is defined by decides.
fn allowed(fpir: f64, strangers: usize) -> usize {
    let near = (fpir * strangers as f64) as usize + 1;
    (0..=near.min(strangers))
        .rev()
        .find(|&count| count as f64 / strangers as f64 <= fpir)
        .unwrap_or(0)
}

use rayon::prelude::*;

use crate::distance::DistanceTiles;
use crate::label::{Label, Numbered};

/// What the search for one probe found. An identity is as near as the nearest of its images.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProbeRank {
    /// The distance of the nearest identity; infinite where the gallery has none.
    pub(super) nearest: f32,
    /// Of a probe with a mate: the place of its own identity, from 1, and its distance. What is as near
    /// goes before it.
    pub(super) own: Option<(usize, f32)>,
}

/// Searches for each probe, the rows of `tiles`, in the gallery, the columns.
pub(super) fn search<L: Label>(
    tiles: &DistanceTiles<'_>,
    probe_labels: &[L],
    gallery: &Numbered<L>,
    leave_out_diagonal: bool,
) -> Vec<ProbeRank> {
    tiles
        .strips()
        .par_iter()
        .flat_map_iter(|strip| {
            let rows = strip.rows();
            // Infinity stands for an identity of which only the query itself is in the gallery.
            let mut nearest = vec![vec![f32::INFINITY; gallery.sizes.len()]; rows.len()];
            strip.for_each_tile(|tile| {
                for (row, column, distance) in tile.pairs() {
                    if !(leave_out_diagonal && row == column) {
                        let best = &mut nearest[row - rows.start][gallery.of[column] as usize];
                        *best = best.min(distance);
                    }
                }
            });
            let found: Vec<ProbeRank> = rows
                .zip(nearest)
                .map(|(row, nearest)| ProbeRank {
                    nearest: nearest.iter().copied().fold(f32::INFINITY, f32::min),
                    own: gallery
                        .number(probe_labels[row])
                        .and_then(|own| rank(&nearest, own as usize)),
                })
                .collect();
            found
        })
        .collect()
}

/// The place of identity `own` and its distance; `None` where nothing of it is in the gallery.
fn rank(nearest: &[f32], own: usize) -> Option<(usize, f32)> {
    let mate = nearest.get(own).copied().filter(|d| d.is_finite())?;
    let before = nearest
        .iter()
        .enumerate()
        .filter(|&(identity, &d)| identity != own && d <= mate)
        .count();
    Some((before + 1, mate))
}

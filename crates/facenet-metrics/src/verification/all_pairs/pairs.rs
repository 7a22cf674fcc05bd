use std::collections::HashMap;
use std::ops::Range;

use ndarray::ArrayView2;

use crate::MetricsError;
use crate::distance::{DistanceKind, DistanceTiles};

/// The pairs of a set, or of a probe set and a gallery, and which of them are genuine.
pub(super) struct Pairs<'a> {
    pub(super) kind: DistanceKind,
    pub(super) rows: ArrayView2<'a, f32>,
    pub(super) columns: ArrayView2<'a, f32>,
    pub(super) row_labels: &'a [u32],
    pub(super) column_labels: &'a [u32],
    pub(super) tiles: DistanceTiles<'a>,
    /// Whether a pair counts once, row < column.
    upper: bool,
    /// Columns, those of an identity one after the other, ascending.
    members: Vec<usize>,
    /// Where the identity of each row is in `members`.
    groups: Vec<Range<usize>>,
}

impl<'a> Pairs<'a> {
    pub(super) fn all(
        embeddings: ArrayView2<'a, f32>,
        labels: &'a [u32],
        kind: DistanceKind,
    ) -> Result<Pairs<'a>, MetricsError> {
        MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
        let tiles = DistanceTiles::all_pairs(embeddings, kind)?;
        let sides = (embeddings, labels);
        Ok(Pairs::new(kind, sides, sides, tiles, true))
    }

    pub(super) fn probe_gallery(
        probe: (ArrayView2<'a, f32>, &'a [u32]),
        gallery: (ArrayView2<'a, f32>, &'a [u32]),
        kind: DistanceKind,
    ) -> Result<Pairs<'a>, MetricsError> {
        MetricsError::check_length("probe labels", probe.1.len(), probe.0.nrows())?;
        MetricsError::check_length("gallery labels", gallery.1.len(), gallery.0.nrows())?;
        let tiles = DistanceTiles::probe_gallery(probe.0, gallery.0, kind)?;
        Ok(Pairs::new(kind, probe, gallery, tiles, false))
    }

    fn new(
        kind: DistanceKind,
        (rows, row_labels): (ArrayView2<'a, f32>, &'a [u32]),
        (columns, column_labels): (ArrayView2<'a, f32>, &'a [u32]),
        tiles: DistanceTiles<'a>,
        upper: bool,
    ) -> Pairs<'a> {
        let mut members: Vec<usize> = (0..column_labels.len()).collect();
        members.sort_by_key(|&column| column_labels[column]);
        let mut identities: HashMap<u32, Range<usize>> = HashMap::new();
        for (at, &column) in members.iter().enumerate() {
            let group = identities.entry(column_labels[column]).or_insert(at..at);
            group.end = at + 1;
        }
        let groups = row_labels
            .iter()
            .map(|label| identities.get(label).cloned().unwrap_or_default())
            .collect();
        Pairs {
            kind,
            rows,
            columns,
            row_labels,
            column_labels,
            tiles,
            upper,
            members,
            groups,
        }
    }

    /// The columns that make genuine pairs with a row.
    pub(super) fn genuine_of(&self, row: usize) -> &[usize] {
        let group = self.groups.get(row).cloned().unwrap_or_default();
        let members = self.members.get(group).unwrap_or_default();
        let first = if self.upper {
            members.partition_point(|&column| column <= row)
        } else {
            0
        };
        &members[first..]
    }

    /// The number of pairs with some rows.
    pub(super) fn of_rows(&self, rows: Range<usize>) -> u64 {
        let columns = self.columns.nrows() as u64;
        if self.upper {
            rows.map(|row| columns - 1 - row as u64).sum()
        } else {
            rows.len() as u64 * columns
        }
    }

    /// The numbers of genuine and of impostor pairs.
    pub(super) fn totals(&self) -> [u64; 2] {
        let rows = 0..self.rows.nrows();
        let of_row = |row| self.genuine_of(row).len() as u64;
        let genuine: u64 = rows.clone().map(of_row).sum();
        [genuine, self.of_rows(rows) - genuine]
    }
}

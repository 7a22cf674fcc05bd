//! The nearest neighbors of every embedding, exact, without the matrix of distances.

mod nearest;
mod search;
mod search_rows;

use ndarray::ArrayView2;

use crate::MetricsError;
use crate::distance::DistanceKind;

pub(crate) use search::{All, Pairs, Search, Within};
pub(crate) use search_rows::SearchRows;

/// An embedding that is near to another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// Its row in the gallery, counted from 0.
    pub index: u32,
    /// Its distance.
    pub distance: f32,
}

/// The `k` nearest neighbors of each of a set of embeddings, nearest first.
///
/// The distances are computed tile after tile as matrix products in `f32`, several tiles at once with
/// rayon; what a product says may be among the nearest is computed again from the two rows in `f64`,
/// so that the list is exact. Of neighbors at equal distance the one with the lower index comes
/// first. The result is the same for any number of threads.
///
/// A set that is searched in itself takes half of the products, since a distance serves both rows.
///
/// Memory: 8 bytes a neighbor, `8 N k` in all, and 1 MiB for each tile at work. Trees (`petal-neighbors`
/// and others) are not used because in the 128 to 512 dimensions of face embeddings they visit nearly all rows.
///
/// ```
/// use facenet_metrics::{DistanceKind, Neighbors};
/// use ndarray::array;
///
/// let faces = array![[1.0, 0.0], [0.8, 0.6], [0.0, 1.0]];
/// let near = Neighbors::leave_one_out(faces.view(), DistanceKind::SquaredEuclidean, 1)?;
/// assert_eq!(near.of(0)[0].index, 1);
/// assert_eq!(near.of(2)[0].index, 1);
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbors {
    k: usize,
    /// Where the list of each query begins; one more at the end.
    starts: Vec<usize>,
    entries: Vec<Neighbor>,
}

impl Neighbors {
    /// The nearest others of each row of `embeddings`, `[N, dimensions]`: `k`, or all `N − 1` where
    /// there are fewer. A row is removed from its own list by its index, so that a duplicate stays.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Setting`] where `k` is 0 or there are more than `u32::MAX` rows,
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a
    /// distance.
    pub fn leave_one_out(
        embeddings: ArrayView2<'_, f32>,
        kind: DistanceKind,
        k: usize,
    ) -> Result<Neighbors, MetricsError> {
        check_k(k)?;
        let rows = SearchRows::new(embeddings, kind)?;
        Ok(Search::within(&rows).nearest(k, &All))
    }

    /// The nearest rows of `gallery`, `[G, dimensions]`, of each row of `probe`, `[P, dimensions]`:
    /// `k`, or all `G` where there are fewer.
    ///
    /// # Errors
    ///
    /// As [`leave_one_out`](Self::leave_one_out), and [`MetricsError::Length`] where the dimensions
    /// differ.
    pub fn probe_gallery(
        probe: ArrayView2<'_, f32>,
        gallery: ArrayView2<'_, f32>,
        kind: DistanceKind,
        k: usize,
    ) -> Result<Neighbors, MetricsError> {
        check_k(k)?;
        MetricsError::check_length("gallery dimensions", gallery.ncols(), probe.ncols())?;
        let (probe, gallery) = (
            SearchRows::new(probe, kind)?,
            SearchRows::new(gallery, kind)?,
        );
        Ok(Search::between(&probe, &gallery).nearest(k, &All))
    }

    fn new(k: usize, lists: impl Iterator<Item = Vec<Neighbor>>) -> Neighbors {
        let mut starts = vec![0];
        let mut entries = Vec::new();
        for list in lists {
            entries.extend(list);
            starts.push(entries.len());
        }
        Neighbors { k, starts, entries }
    }

    /// How many neighbors of each were asked for.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The number of queries.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no queries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The neighbors of a query, nearest first.
    ///
    /// # Panics
    ///
    /// Where `query` is not below [`len`](Self::len).
    pub fn of(&self, query: usize) -> &[Neighbor] {
        &self.entries[self.starts[query]..self.starts[query + 1]]
    }

    /// The list of each query, first to last.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[Neighbor]> {
        self.starts.windows(2).map(|at| &self.entries[at[0]..at[1]])
    }
}

pub(crate) fn check_k(k: usize) -> Result<(), MetricsError> {
    match k {
        0 => Err(MetricsError::Setting {
            setting: "k",
            found: "0".to_owned(),
            expected: "at least 1 neighbor",
        }),
        _ => Ok(()),
    }
}

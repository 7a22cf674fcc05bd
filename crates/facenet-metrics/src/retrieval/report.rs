use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::mate_ranks::MateRanks;
use super::scan::Scan;
use crate::distance::DistanceKind;
use crate::label::{Label, Numbered};
use crate::neighbors::{All, Neighbors, Search, SearchRows};
use crate::{MetricsError, neighbors::check_k};

/// The `k` of recall@k that metric learning reports quote.
pub const DEFAULT_RECALLS: [usize; 4] = [1, 2, 4, 8];

/// Neighbors that are listed for each query. One with more mates is looked at on its own, so that one
/// large identity does not lengthen the lists of all.
const LISTED: usize = 128;

/// How well nearest neighbors share an identity.
///
/// Each query ranks the gallery by distance, of equal distances the lower index first. Its mates are
/// the R images of its identity there:
///
/// ```text
/// precision@1  = 1 where the nearest image is a mate
/// R-precision  = mates among the R nearest / R
/// AP@R         = 1/R Σ_{i ≤ R, image i is a mate} mates among the i nearest / i
/// recall@k     = 1 where a mate is among the k nearest
/// RR           = 1 / rank of the nearest mate
/// ```
///
/// and the report has the means over the queries that have a mate. R-precision and MAP@R as Musgrave,
/// Belongie and Lim (2020, "A Metric Learning Reality Check") define them; recall@k as in metric learning
/// (Jegou et al., 2011), where it is not the share of the mates found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RetrievalReport {
    /// The number of queries in the means: those with a mate.
    pub queries: usize,
    /// The number of queries without one, which leave the means. With each query removed from its own
    /// gallery, these are the identities with one image.
    pub without_mate: usize,
    /// The number of identities among the queries.
    pub identities: usize,
    /// The share of the queries whose nearest image is a mate; `None` where no query has a mate.
    pub precision_at_1: Option<f64>,
    /// The mean R-precision; `None` where no query has a mate.
    pub r_precision: Option<f64>,
    /// The mean average precision at R; `None` where no query has a mate.
    pub map_at_r: Option<f64>,
    /// The mean reciprocal rank, over the whole gallery; `None` where no query has a mate.
    pub mrr: Option<f64>,
    /// RecallAtK at each `k` asked for, in that order.
    pub recall: Vec<RecallAtK>,
}

/// The recall at a length of the list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecallAtK {
    /// The length of the list.
    pub k: usize,
    /// The share of the queries with a mate among the `k` nearest; `None` where no query has a mate.
    pub recall: Option<f64>,
}

impl RetrievalReport {
    /// Each embedding as the query, all others as its gallery. The query is removed by its index, so
    /// that a duplicate of it stays, at whatever rank.
    ///
    /// Memory is bounded: some 1 KiB a query at most, besides the tiles at work, whatever the sizes of
    /// the identities.
    ///
    /// # Shapes
    ///
    /// `embeddings` is `[N, dimensions]`, and `labels` has `N` identities.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where there is not one label for each embedding,
    /// [`MetricsError::NotFinite`] and [`MetricsError::ZeroEmbedding`] for embeddings without a
    /// distance, [`MetricsError::Setting`] where a `k` of `recalls` is 0.
    ///
    /// ```
    /// use facenet_metrics::{DEFAULT_RECALLS, DistanceKind, RetrievalReport};
    /// use ndarray::array;
    ///
    /// let embeddings = array![[1.0, 0.0], [0.8, 0.6], [0.0, -1.0], [-0.6, -0.8], [0.6, 0.8]];
    /// let labels = [7, 7, 9, 9, 4];
    /// let report = RetrievalReport::new(
    ///     embeddings.view(), &labels, DistanceKind::SquaredEuclidean, &DEFAULT_RECALLS)?;
    /// assert_eq!((report.queries, report.without_mate), (4, 1));
    /// // The second photograph lies nearer to that of the person with one image.
    /// assert_eq!(report.precision_at_1, Some(0.75));
    /// assert_eq!(report.mrr, Some((3.0 + 0.5) / 4.0));
    /// # Ok::<(), facenet_metrics::MetricsError>(())
    /// ```
    pub fn new<L: Label>(
        embeddings: ArrayView2<'_, f32>,
        labels: &[L],
        kind: DistanceKind,
        recalls: &[usize],
    ) -> Result<RetrievalReport, MetricsError> {
        MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
        let rows = SearchRows::new(embeddings, kind)?;
        let numbered = Numbered::new(labels);
        let numbers: Vec<Option<u32>> = numbered.of.iter().copied().map(Some).collect();
        let queries = Queries {
            rows: &rows,
            numbers: &numbers,
            gallery: &rows,
            numbered: &numbered,
            members: numbered.members(),
            within: true,
        };
        queries.report(numbered.sizes.len(), recalls)
    }

    /// Each row of `probe` as the query, all of `gallery` as its gallery.
    ///
    /// # Shapes
    ///
    /// `probe` is `[P, dimensions]` with `P` labels, `gallery` is `[G, dimensions]` with `G` labels.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`MetricsError::Length`] where the dimensions differ.
    pub fn probe_gallery<L: Label>(
        probe: ArrayView2<'_, f32>,
        probe_labels: &[L],
        gallery: ArrayView2<'_, f32>,
        gallery_labels: &[L],
        kind: DistanceKind,
        recalls: &[usize],
    ) -> Result<RetrievalReport, MetricsError> {
        MetricsError::check_length("probe labels", probe_labels.len(), probe.nrows())?;
        MetricsError::check_length("gallery labels", gallery_labels.len(), gallery.nrows())?;
        MetricsError::check_length("gallery dimensions", gallery.ncols(), probe.ncols())?;
        let (rows, columns) = (
            SearchRows::new(probe, kind)?,
            SearchRows::new(gallery, kind)?,
        );
        let numbered = Numbered::new(gallery_labels);
        let numbers: Vec<Option<u32>> = probe_labels.iter().map(|&l| numbered.number(l)).collect();
        let queries = Queries {
            rows: &rows,
            numbers: &numbers,
            gallery: &columns,
            numbered: &numbered,
            members: numbered.members(),
            within: false,
        };
        queries.report(Numbered::new(probe_labels).sizes.len(), recalls)
    }

    /// RecallAtK at one of the `k` that were asked for.
    pub fn recall_at(&self, k: usize) -> Option<f64> {
        self.recall.iter().find(|recall| recall.k == k)?.recall
    }
}

/// Queries with what they are looked up in.
struct Queries<'q, 'a, L> {
    rows: &'q SearchRows<'a>,
    /// The number of each query's identity in the gallery.
    numbers: &'q [Option<u32>],
    gallery: &'q SearchRows<'a>,
    numbered: &'q Numbered<L>,
    members: Vec<Vec<u32>>,
    within: bool,
}

impl<L: Label> Queries<'_, '_, L> {
    /// How many mates a query has in its gallery.
    fn mates(&self, query: usize) -> usize {
        self.numbers[query].map_or(0, |number| {
            self.numbered.sizes[number as usize] - usize::from(self.within)
        })
    }

    fn report(
        &self,
        identities: usize,
        recalls: &[usize],
    ) -> Result<RetrievalReport, MetricsError> {
        recalls.iter().try_for_each(|&k| check_k(k))?;
        let places = self.places();
        let with_mate: Vec<&MateRanks> = places.iter().flatten().collect();
        let mean = |of: &dyn Fn(&MateRanks) -> f64| {
            let sum: f64 = with_mate.iter().map(|places| of(places)).sum();
            (!with_mate.is_empty()).then(|| sum / with_mate.len() as f64)
        };
        let within = |k: usize| mean(&|places| f64::from(places.first <= k));
        Ok(RetrievalReport {
            queries: with_mate.len(),
            without_mate: places.len() - with_mate.len(),
            identities,
            precision_at_1: within(1),
            r_precision: mean(&MateRanks::r_precision),
            map_at_r: mean(&MateRanks::average_precision),
            mrr: mean(&|places| 1.0 / places.first as f64),
            recall: recalls
                .iter()
                .map(|&k| RecallAtK {
                    k,
                    recall: within(k),
                })
                .collect(),
        })
    }

    /// Where each query finds its mates; `None` for one that has none.
    fn places(&self) -> Vec<Option<MateRanks>> {
        let count = self.rows.len();
        let mut places: Vec<Option<MateRanks>> = vec![None; count];
        let short = |query: &usize| self.mates(*query) <= LISTED;
        // Lists are shorter than the whole gallery, and half of the products where that is the set itself.
        if 2 * (0..count).filter(short).count() >= count {
            let longest = (0..count)
                .filter(short)
                .map(|query| self.mates(query))
                .max();
            // Some more than needed, so that the nearest mate is seldom beyond them.
            let k = longest.unwrap_or(0).max(16);
            let search = match self.within {
                true => Search::within(self.rows),
                false => Search::between(self.rows, self.gallery),
            };
            let neighbors: Neighbors = search.nearest(k, &All);
            places = (0..count)
                .into_par_iter()
                .map(|query| {
                    let own = self.numbers[query]?;
                    let mate = |index: u32| self.numbered.of[index as usize] == own;
                    let list = neighbors.of(query).iter();
                    MateRanks::of(self.mates(query), list.map(|near| mate(near.index)))
                })
                .collect();
        }
        let left: Vec<usize> = (0..count)
            .filter(|&query| places[query].is_none() && self.mates(query) > 0)
            .collect();
        let scan = Scan {
            rows: self.rows,
            gallery: self.gallery,
            within: self.within,
        };
        let found = scan.places(&left, |query| {
            self.numbers[query].map_or(&[], |number| &self.members[number as usize][..])
        });
        for (query, found) in left.into_iter().zip(found) {
            places[query] = Some(found);
        }
        places
    }
}

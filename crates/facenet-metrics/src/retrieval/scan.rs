use ndarray::Array2;
use rayon::prelude::*;

use super::mate_ranks::MateRanks;
use crate::neighbors::SearchRows;

/// Queries that are looked at together: 64 rows of 100,000 bounds are 26 MB.
const QUERIES: usize = 64;

/// Queries against the whole gallery, for what lists of neighbors do not tell: identities with more
/// images than are listed, and nearest mates that are far away.
pub(super) struct Scan<'s, 'a> {
    pub(super) rows: &'s SearchRows<'a>,
    pub(super) gallery: &'s SearchRows<'a>,
    pub(super) within: bool,
}

impl Scan<'_, '_> {
    /// Where each of `queries` finds its mates, of which it has at least one; `members` gives the rows of
    /// its identity, ascending, the query among them where it is searched for in its own set.
    pub(super) fn places<'m>(
        &self,
        queries: &[usize],
        members: impl Fn(usize) -> &'m [u32] + Sync,
    ) -> Vec<MateRanks> {
        queries
            .par_chunks(QUERIES)
            .flat_map_iter(|queries| {
                let mut bounds = self.bounds(queries);
                let found: Vec<MateRanks> = queries
                    .iter()
                    .zip(bounds.rows_mut())
                    .map(|(&query, mut line)| {
                        let bounds = line.as_slice_mut().unwrap_or_default();
                        self.place(query, members(query), bounds)
                    })
                    .collect();
                found
            })
            .collect()
    }

    /// A lower bound of the distance of each query to each of the gallery, in the product's domain.
    fn bounds(&self, queries: &[usize]) -> Array2<f32> {
        let mut bounds = Array2::zeros((queries.len(), self.gallery.len()));
        self.rows
            .products_of(queries, self.gallery, &mut bounds.view_mut());
        let of_gallery = self.gallery.bounds(0..self.gallery.len());
        for (&query, mut line) in queries.iter().zip(bounds.rows_mut()) {
            let own = self.rows.bounds(query..query + 1)[0];
            for (value, &of) in line.iter_mut().zip(of_gallery) {
                *value = own + of - 2.0 * *value;
            }
            if self.within {
                line[query] = f32::INFINITY;
            }
        }
        bounds
    }

    fn place(&self, query: usize, members: &[u32], bounds: &[f32]) -> MateRanks {
        let mates: Vec<usize> = members
            .iter()
            .map(|&mate| mate as usize)
            .filter(|&mate| !(self.within && mate == query))
            .collect();
        let slack = self.rows.slack(query, self.gallery);
        let exact = |index: usize| (self.rows.distance(query, self.gallery, index), index);
        let before = |a: &(f32, usize), b: &(f32, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));

        // The R nearest: none of them has a bound above the R-th bound by more than a bound can be wrong.
        let mut sorted = bounds.to_vec();
        let last = mates.len().min(sorted.len()).saturating_sub(1);
        let (_, &mut limit, _) = sorted.select_nth_unstable_by(last, f32::total_cmp);
        let mut nearest: Vec<(f32, usize)> = (0..bounds.len())
            .filter(|&index| bounds[index] <= limit + slack)
            .map(exact)
            .collect();
        nearest.sort_unstable_by(before);
        let is_mate = |index: &usize| mates.binary_search(index).is_ok();
        let hits: Vec<usize> = (1..=mates.len())
            .zip(&nearest)
            .filter(|(_, (_, index))| is_mate(index))
            .map(|(rank, _)| rank)
            .collect();

        let first = hits.first().copied().unwrap_or_else(|| {
            // The nearest mate, and those before it.
            let least = mates
                .iter()
                .map(|&mate| bounds[mate])
                .fold(f32::INFINITY, f32::min);
            let mate = mates
                .iter()
                .filter(|&&mate| bounds[mate] <= least + slack)
                .map(|&mate| exact(mate))
                .min_by(before)
                .unwrap_or((f32::INFINITY, bounds.len()));
            let end = self.rows.in_product(mate.0);
            let others = (0..bounds.len()).filter(|&index| {
                bounds[index] <= end
                    && (bounds[index] + slack < end || before(&exact(index), &mate).is_lt())
            });
            others.count() + 1
        });
        MateRanks {
            mates: mates.len(),
            hits,
            first,
        }
    }
}

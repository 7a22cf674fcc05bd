/// Where a query finds the images of its identity.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct MateRanks {
    /// How many of its identity the gallery has, R.
    pub(super) mates: usize,
    /// The ranks, from 1, of those among the first R; ascending.
    pub(super) hits: Vec<usize>,
    /// The rank of the nearest mate.
    pub(super) first: usize,
}

impl MateRanks {
    /// From the nearest of a query, whether each is a mate: `None` where there are not enough of them to
    /// tell.
    pub(super) fn of(
        mates: usize,
        nearest: impl ExactSizeIterator<Item = bool>,
    ) -> Option<MateRanks> {
        if nearest.len() < mates {
            return None;
        }
        let mut hits = Vec::new();
        let mut first = None;
        for (rank, mate) in (1..).zip(nearest) {
            if mate {
                first.get_or_insert(rank);
                if rank <= mates {
                    hits.push(rank);
                }
            }
        }
        Some(MateRanks {
            mates,
            hits,
            first: first?,
        })
    }

    /// The share of the first R that are mates.
    pub(super) fn r_precision(&self) -> f64 {
        self.hits.len() as f64 / self.mates as f64
    }

    /// `1/R Σ precision at i`, over the ranks `i ≤ R` that are mates.
    pub(super) fn average_precision(&self) -> f64 {
        let sum: f64 = (1..)
            .zip(&self.hits)
            .map(|(count, &rank)| f64::from(count) / rank as f64)
            .sum();
        sum / self.mates as f64
    }
}

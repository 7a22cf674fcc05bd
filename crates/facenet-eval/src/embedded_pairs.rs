use facenet_metrics::{DistanceKind, Scores, quantize};
use ndarray::{Array2, ArrayView2};

use crate::{EvalError, FoldedPairs, PairsProtocolConfig, PairsReport, Sweep, SweepTable};

/// Embeddings with the pairs to measure them on.
#[derive(Clone, Debug)]
pub struct EmbeddedPairs<'a> {
    pairs: &'a FoldedPairs,
    embeddings: Array2<f32>,
    range: f64,
    config: PairsProtocolConfig,
}

impl<'a> EmbeddedPairs<'a> {
    /// Embeddings `[images, dimensions]` whose squared distances go up to their
    /// [range](squared_distance_range).
    pub fn new(
        pairs: &'a FoldedPairs,
        embeddings: Array2<f32>,
        config: &PairsProtocolConfig,
    ) -> Self {
        let range = squared_distance_range(embeddings.view());
        Self {
            pairs,
            embeddings,
            range,
            config: config.clone(),
        }
    }

    /// Sets the range of the squared distances, which the grids of thresholds cover.
    pub fn with_range(mut self, range: f64) -> Self {
        self.range = range;
        self
    }

    /// The embeddings.
    pub fn embeddings(&self) -> ArrayView2<'_, f32> {
        self.embeddings.view()
    }

    /// The report by the protocol, and the distances of all pairs, before any mean is subtracted.
    ///
    /// # Errors
    ///
    /// A pair beyond the last row; and those of [`facenet_metrics::LfwProtocol::evaluate`].
    pub fn measure(&self) -> Result<(PairsReport, Scores), EvalError> {
        let embeddings = self.embeddings.view();
        let distances = self.pairs.distances(embeddings, self.config.distance)?;
        let report = match self.config.has_distances_per_fold() {
            true => {
                let protocol = self.config.init(self.pairs.folds(), self.range);
                self.pairs.evaluate(embeddings, &protocol)?
            }
            false => self.report(&distances, self.range)?,
        };
        Ok((report, Scores::new(&distances, self.pairs.list().same())?))
    }

    /// The report of the embeddings stored in `bits` bits a number.
    ///
    /// # Errors
    ///
    /// A number of bits that [`quantize`] does not take; and those of [`measure`](Self::measure).
    pub fn stored_in(&self, bits: u32) -> Result<PairsReport, EvalError> {
        let stored = quantize(self.embeddings.view(), bits)?;
        match self.config.distance {
            DistanceKind::SquaredEuclidean => {
                let distances = self.pairs.distances(stored.view(), self.config.distance)?;
                // Rounding may carry opposite embeddings past the range.
                let range = distances.iter().copied().fold(self.range, f64::max);
                self.report(&distances, range)
            }
            _ => {
                let protocol = self.config.init(self.pairs.folds(), self.range);
                self.pairs.evaluate(stored.view(), &protocol)
            }
        }
    }

    /// The reports of the embeddings stored in fewer and fewer bits, after `unchanged`.
    ///
    /// # Errors
    ///
    /// As [`stored_in`](Self::stored_in).
    pub fn sweep_bits(
        &self,
        bits: &[u32],
        unchanged: &PairsReport,
    ) -> Result<SweepTable, EvalError> {
        let mut table = SweepTable::new(&Sweep::Bits(bits.to_vec()), Some(unchanged));
        for &bits in bits {
            table.push(bits.into(), self.stored_in(bits)?);
        }
        Ok(table)
    }

    fn report(&self, distances: &[f64], range: f64) -> Result<PairsReport, EvalError> {
        // Differences, and with them squared distances, are the same without the mean.
        let config = self.config.clone().with_mean_subtracted(false);
        let protocol = config.init(self.pairs.folds(), range);
        let same = self.pairs.list().same();
        Ok(self
            .pairs
            .report(protocol.evaluate_distances(distances, same)?))
    }
}

/// The range of squared distances between rows as long as these: 4 for unit embeddings, 8 for two of
/// them side by side.
pub fn squared_distance_range(embeddings: ArrayView2<'_, f32>) -> f64 {
    let lengths = embeddings
        .rows()
        .into_iter()
        .map(|row| f64::from(row.dot(&row)));
    fitting_range(4.0 * lengths.fold(0.0, f64::max))
}

/// The range of distances up to `largest`: 4 for unit embeddings and 8 for two of them side by side,
/// which rounding may have made a little longer; else `largest` itself.
pub(crate) fn fitting_range(largest: f64) -> f64 {
    let fits = |range: &f64| largest <= range * (1.0 + 1e-4);
    [4.0, 8.0].into_iter().find(fits).unwrap_or(largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use facenet_data::FacePair;
    use ndarray::array;
    use std::path::Path;

    fn pairs() -> FoldedPairs {
        let pair = |first, second, same, fold| FacePair {
            first,
            second,
            same,
            fold,
        };
        let pairs = [
            pair(0, 1, true, 0),
            pair(0, 2, false, 0),
            pair(2, 3, true, 1),
            pair(1, 3, false, 1),
        ];
        FoldedPairs::new(4, &pairs, Path::new("pairs"), 0).unwrap()
    }

    /// Distances computed once give what the protocol makes of the embeddings.
    #[test]
    fn the_report_is_that_of_the_protocol_on_embeddings() {
        let pairs = pairs();
        let embeddings = array![[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [-0.6, 0.8]];
        for distance in [DistanceKind::SquaredEuclidean, DistanceKind::Angle] {
            for subtracted in [false, true] {
                let config = PairsProtocolConfig::new()
                    .with_distance(distance)
                    .with_mean_subtracted(subtracted);
                let embedded = EmbeddedPairs::new(&pairs, embeddings.clone(), &config);
                let (report, scores) = embedded.measure().unwrap();
                let protocol = config.init(pairs.folds(), 4.0);
                let expected = pairs.evaluate(embeddings.view(), &protocol).unwrap();
                assert_eq!(report, expected);
                assert_eq!((scores.genuine().len(), scores.impostor().len()), (2, 2));
                let table = embedded.sweep_bits(&[8, 2], &report).unwrap();
                let levels: Vec<_> = table.rows.iter().map(|row| row.level).collect();
                assert_eq!(levels, [None, Some(8.0), Some(2.0)]);
            }
        }
    }

    #[test]
    fn the_range_fits_the_longest_row() {
        let range = |rows: Array2<f32>| squared_distance_range(rows.view());
        assert_eq!(range(array![[1.0, 0.0], [0.6, 0.8]]), 4.0);
        assert_eq!(range(array![[1.0, 1.0], [0.6, 0.8]]), 8.0);
        assert_eq!(range(array![[3.0, 0.0]]), 36.0);
    }
}

use std::collections::HashMap;

use ndarray::{Array2, ArrayView2, Axis};

use crate::MetricsError;
use crate::distance::{DistanceKind, pair_distances};

/// A list of pairs of embeddings, by their rows, that has been looked through: every row is there, and
/// no pair names one row twice.
///
/// A pair that is listed again, either way round, stays and is [counted](Self::repeated), since
/// published lists are evaluated as they are; one that is listed as "same" and as "different" is an
/// error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairList {
    pairs: Vec<(usize, usize)>,
    same: Vec<bool>,
    repeated: usize,
}

impl PairList {
    /// `pairs` of `rows` embeddings, of one person where `same`.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where the lists differ in length, [`MetricsError::Pair`] for a row
    /// that is not there, a pair of a row with itself, and a pair that is both "same" and "different".
    pub fn new(
        rows: usize,
        pairs: Vec<(usize, usize)>,
        same: Vec<bool>,
    ) -> Result<PairList, MetricsError> {
        MetricsError::check_length("same", same.len(), pairs.len())?;
        let mut seen = HashMap::with_capacity(pairs.len());
        let mut repeated = 0;
        for (index, (&(a, b), &is_same)) in pairs.iter().zip(&same).enumerate() {
            let wrong = |problem, expected| {
                Err(MetricsError::Pair {
                    index,
                    problem,
                    expected,
                })
            };
            if a.max(b) >= rows {
                let problem = format!("row {} of {rows}", a.max(b));
                return wrong(problem, "rows of the embeddings, counted from 0");
            }
            if a == b {
                return wrong(format!("row {a} with itself"), "two different rows");
            }
            match seen.insert((a.min(b), a.max(b)), is_same) {
                None => {}
                Some(before) if before == is_same => repeated += 1,
                Some(_) => {
                    let problem = format!("rows {a} and {b}, as \"same\" and as \"different\"");
                    return wrong(problem, "one of the two");
                }
            }
        }
        Ok(PairList {
            pairs,
            same,
            repeated,
        })
    }

    /// `pairs` of embeddings with these identities.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn from_labels(
        labels: &[u32],
        pairs: Vec<(usize, usize)>,
    ) -> Result<PairList, MetricsError> {
        // A row that is not there has no label; `new` names it.
        let same = pairs
            .iter()
            .map(|&(a, b)| {
                labels
                    .get(a)
                    .is_some_and(|label| Some(label) == labels.get(b))
            })
            .collect();
        PairList::new(labels.len(), pairs, same)
    }

    /// The pairs, in the order of the list.
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// Whether each pair is of one person.
    pub fn same(&self) -> &[bool] {
        &self.same
    }

    /// The number of pairs that had been listed before.
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// The two sides of the pairs: row `i` of each is of pair `i`.
    ///
    /// # Shapes
    ///
    /// - `embeddings`: `[N, dimensions]`
    /// - output: twice `[pairs, dimensions]`
    ///
    /// # Errors
    ///
    /// [`MetricsError::Pair`] where there are fewer rows than the list names.
    pub fn sides(&self, embeddings: ArrayView2<'_, f32>) -> Result<[Array2<f32>; 2], MetricsError> {
        let rows = embeddings.nrows();
        if let Some(index) = self.pairs.iter().position(|&(a, b)| a.max(b) >= rows) {
            return Err(MetricsError::Pair {
                index,
                problem: format!("a row beyond the {rows} embeddings"),
                expected: "the embeddings that the list was made for",
            });
        }
        let side = |of: fn(&(usize, usize)) -> usize| {
            let rows: Vec<usize> = self.pairs.iter().map(of).collect();
            embeddings.select(Axis(0), &rows)
        };
        Ok([side(|pair| pair.0), side(|pair| pair.1)])
    }

    /// The distance of each pair.
    ///
    /// # Shapes
    ///
    /// - `embeddings`: `[N, dimensions]`
    ///
    /// # Errors
    ///
    /// As [`sides`](Self::sides) and [`pair_distances`]; rows are those of the pairs' sides.
    pub fn distances(
        &self,
        embeddings: ArrayView2<'_, f32>,
        kind: DistanceKind,
    ) -> Result<Vec<f64>, MetricsError> {
        let [left, right] = self.sides(embeddings)?;
        pair_distances(left.view(), right.view(), kind)
    }
}

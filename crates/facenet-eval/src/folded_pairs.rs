use std::collections::HashMap;
use std::path::Path;

use facenet_data::{FacePair, MissingImages, read_pairs};
use facenet_metrics::{DistanceKind, Folds, LfwProtocol, LfwReport, PairList};
use ndarray::ArrayView2;

use crate::{EvalError, PairsReport};

/// Pairs of rows of a matrix of embeddings, in folds.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldedPairs {
    pairs: PairList,
    folds: Folds,
    skipped: usize,
}

impl FoldedPairs {
    /// Pairs of `rows` embeddings in the order of their folds; `list` and `skipped` are for messages and
    /// reports.
    ///
    /// # Errors
    ///
    /// [`EvalError::Pairs`] for a pair of an image with itself, a pair that is listed as genuine and as
    /// impostor, and a row that is not there; [`EvalError::Folds`] where fewer than two folds have pairs.
    pub fn new(
        rows: usize,
        pairs: &[FacePair],
        list: &Path,
        skipped: usize,
    ) -> Result<Self, EvalError> {
        let count = pairs.iter().map(|pair| pair.fold + 1).max().unwrap_or(0);
        let mut sizes = vec![0; count];
        for pair in pairs {
            sizes[pair.fold] += 1;
        }
        // A fold that lost all its pairs to missing images is no fold.
        sizes.retain(|&size| size > 0);
        let folds = Folds::from_sizes(&sizes).map_err(|error| EvalError::Folds {
            path: list.to_owned(),
            reason: error.to_string(),
            skipped,
        })?;
        let rows_of_pairs = pairs.iter().map(|pair| (pair.first, pair.second)).collect();
        let same = pairs.iter().map(|pair| pair.same).collect();
        let pairs = PairList::new(rows, rows_of_pairs, same).map_err(|error| EvalError::Pairs {
            path: list.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            pairs,
            folds,
            skipped,
        })
    }

    /// The pairs of a list in LFW's form among images of these names, the rows of a matrix of
    /// embeddings: `Ada_Lovelace/Ada_Lovelace_0001.jpg` (in any folder, with any ending) is image 1
    /// of `Ada_Lovelace`.
    ///
    /// # Errors
    ///
    /// Those of [`read_pairs`]; [`EvalError::SameName`] where two names are of one image;
    /// [`EvalError::NoEmbedding`] where no row has the name of an image and missing ones are
    /// refused; [`EvalError::Folds`] where fewer than two folds have pairs.
    pub fn from_names(
        list: &Path,
        names: &[String],
        missing: MissingImages,
    ) -> Result<Self, EvalError> {
        let mut rows: HashMap<&str, usize> = HashMap::with_capacity(names.len());
        for (row, name) in names.iter().enumerate() {
            if let Some(before) = rows.insert(stem(name), row) {
                return Err(EvalError::SameName {
                    first: before,
                    second: row,
                    name: name.clone(),
                });
            }
        }
        let mut pairs = Vec::new();
        let mut skipped = 0;
        for pair in read_pairs(list)? {
            let row = |image: &facenet_data::NamedImage| {
                rows.get(format!("{}_{:04}", image.name, image.number).as_str())
                    .copied()
            };
            match (row(&pair.first), row(&pair.second)) {
                (Some(first), Some(second)) => pairs.push(FacePair {
                    first,
                    second,
                    same: pair.same,
                    fold: pair.fold,
                }),
                (first, _) if missing == MissingImages::Refuse => {
                    let image = if first.is_none() {
                        &pair.first
                    } else {
                        &pair.second
                    };
                    return Err(EvalError::NoEmbedding {
                        path: list.to_owned(),
                        line: pair.line,
                        image: format!("{}_{:04}", image.name, image.number),
                    });
                }
                _ => skipped += 1,
            }
        }
        Self::new(names.len(), &pairs, list, skipped)
    }

    /// The pairs, in the order of the list.
    pub fn list(&self) -> &PairList {
        &self.pairs
    }

    /// The number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.pairs().len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The folds.
    pub fn folds(&self) -> &Folds {
        &self.folds
    }

    /// The number of pairs that were left out because an image is missing.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// LFW's protocol over the folds of this list, to be [evaluated](Self::evaluate) as it is or
    /// after changes.
    pub fn protocol(&self) -> LfwProtocol {
        LfwProtocol::new(self.folds.clone())
    }

    /// Evaluates embeddings by `protocol`.
    ///
    /// # Shapes
    ///
    /// - `embeddings`: `[images, dimensions]`
    ///
    /// # Errors
    ///
    /// A pair beyond the last row; and those of [`LfwProtocol::evaluate`].
    pub fn evaluate(
        &self,
        embeddings: ArrayView2<'_, f32>,
        protocol: &LfwProtocol,
    ) -> Result<PairsReport, EvalError> {
        self.check_rows(embeddings)?;
        let [first, second] = self.pairs.sides(embeddings)?;
        let lfw = protocol.evaluate(first.view(), second.view(), self.pairs.same())?;
        Ok(self.report(lfw))
    }

    /// The distance of each pair, in the order of the list.
    ///
    /// # Shapes
    ///
    /// - `embeddings`: `[images, dimensions]`
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate).
    pub fn distances(
        &self,
        embeddings: ArrayView2<'_, f32>,
        kind: DistanceKind,
    ) -> Result<Vec<f64>, EvalError> {
        self.check_rows(embeddings)?;
        Ok(self.pairs.distances(embeddings, kind)?)
    }

    /// Puts what was left out and what is listed again beside a report.
    pub(crate) fn report(&self, lfw: LfwReport) -> PairsReport {
        PairsReport::new(lfw, self.len(), self.skipped, self.pairs.repeated())
    }

    fn check_rows(&self, embeddings: ArrayView2<'_, f32>) -> Result<(), EvalError> {
        let last = self.pairs.pairs().iter().map(|&(a, b)| a.max(b)).max();
        match last.filter(|&last| last >= embeddings.nrows()) {
            None => Ok(()),
            Some(last) => Err(EvalError::Embeddings {
                found: embeddings.nrows(),
                expected: format!("one for each image of the pairs, {} or more", last + 1),
            }),
        }
    }
}

/// The file name without folders and ending.
fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let endings = [".jpg", ".jpeg", ".png", ".pgm", ".ppm", ".webp", ".bmp"];
    let ending = |ending: &&str| {
        let cut = file.len().checked_sub(ending.len())?;
        // The name of a person may end in a dot and anything.
        let (stem, found) = file.split_at_checked(cut)?;
        found.eq_ignore_ascii_case(ending).then_some(stem)
    };
    endings.iter().find_map(ending).unwrap_or(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn list(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    const PAIRS: &str = "2 1\nAda 1 2\nAda 1 Bo 1\nBo 1 2\nAda 2 Bo 2\n";

    #[test]
    fn rows_are_found_by_their_names() {
        let file = list(PAIRS);
        let rows = names(&[
            "b/Bo_0002.JPG",
            "Ada_0001",
            "a\\Ada_0002.png",
            "Bo/Bo_0001.jpg",
        ]);
        let pairs = FoldedPairs::from_names(file.path(), &rows, MissingImages::Refuse).unwrap();
        assert_eq!(pairs.list().pairs(), [(1, 2), (1, 3), (3, 0), (2, 0)]);
        assert_eq!(pairs.list().same(), [true, false, true, false]);

        let embeddings = array![[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        let report = pairs
            .evaluate(embeddings.view(), &pairs.protocol())
            .unwrap();
        assert_eq!((report.pairs, report.folds, report.skipped), (4, 2, 0));
        assert_eq!(report.lfw.accuracy.mean, 1.0);
        let thresholds = &report.lfw.accuracy.thresholds;
        assert_eq!(report.mean_threshold, (thresholds[0] + thresholds[1]) / 2.0);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["accuracy"]["per_fold"], serde_json::json!([1.0, 1.0]));
        let kind = DistanceKind::SquaredEuclidean;
        let distances = pairs.distances(embeddings.view(), kind);
        assert_eq!(distances.unwrap(), [0.0, 2.0, 0.0, 2.0]);
        let few = embeddings.slice(ndarray::s![..3, ..]);
        let error = pairs.evaluate(few, &pairs.protocol()).unwrap_err();
        assert!(
            error.to_string().contains("3 embeddings, expected"),
            "{error}"
        );
    }

    #[test]
    fn a_missing_row_is_named_or_skipped_and_counted() {
        let file = list(PAIRS);
        let rows = names(&["Ada_0001.jpg", "Ada_0002.jpg", "Bo_0001.jpg"]);
        let error = FoldedPairs::from_names(file.path(), &rows, MissingImages::Refuse).unwrap_err();
        assert!(error.to_string().contains(":4: "), "{error}");
        assert!(error.to_string().contains("Bo_0002"), "{error}");
        let error = FoldedPairs::from_names(file.path(), &rows, MissingImages::Skip).unwrap_err();
        assert!(
            error.to_string().contains("2 pairs were skipped"),
            "{error}"
        );
        let file = list("2 1\nAda 1 2\nAda 1 Bo 1\nAda 2 1\nAda 2 Bo 2\n");
        let pairs = FoldedPairs::from_names(file.path(), &rows, MissingImages::Skip).unwrap();
        assert_eq!((pairs.len(), pairs.skipped()), (3, 1));
    }

    #[test]
    fn pairs_that_are_none_are_refused_and_repeated_ones_counted() {
        let file = list(PAIRS);
        let pair = |first, second, same, fold| FacePair {
            first,
            second,
            same,
            fold,
        };
        let new = |pairs: &[FacePair]| FoldedPairs::new(3, pairs, file.path(), 0);
        for second in [1, 3] {
            let error = new(&[pair(0, 1, true, 0), pair(1, second, false, 1)]).unwrap_err();
            assert!(matches!(error, EvalError::Pairs { .. }), "{error}");
        }
        let error = new(&[pair(0, 1, true, 0), pair(1, 0, false, 1)]).unwrap_err();
        assert!(matches!(error, EvalError::Pairs { .. }), "{error}");
        let again = new(&[pair(0, 1, true, 0), pair(1, 0, true, 1)]).unwrap();
        assert_eq!(again.list().repeated(), 1);
    }

    #[test]
    fn two_rows_of_one_name_are_refused() {
        let file = list(PAIRS);
        let rows = names(&["a/Ada_0001.jpg", "b/Ada_0001.png"]);
        let error = FoldedPairs::from_names(file.path(), &rows, MissingImages::Skip).unwrap_err();
        assert!(
            matches!(
                error,
                EvalError::SameName {
                    first: 0,
                    second: 1,
                    ..
                }
            ),
            "{error}"
        );
    }
}

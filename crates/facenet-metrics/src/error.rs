#[cfg(feature = "plot")]
use std::path::PathBuf;

/// What can be wrong with embeddings, labels, pair lists and settings given to this crate.
///
/// Each message is one line: it names what was given and says what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetricsError {
    /// Two lists that belong together differ in length.
    #[error("{what}: {found} given; expected {expected}")]
    Length {
        /// The list.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length it should have.
        expected: usize,
    },

    /// A number that must be finite is NaN or infinite (or too large to be squared).
    #[error("{what} {index}: not a finite number; expected finite numbers")]
    NotFinite {
        /// What the number belongs to, "distance" or "embedding".
        what: &'static str,
        /// The position of the number, or the row of the embedding, counted from 0.
        index: usize,
    },

    /// An embedding has length 0, so that it has no angle to another.
    #[error("embedding {index}: length 0; expected a direction, which the angle needs")]
    ZeroEmbedding {
        /// The row, counted from 0.
        index: usize,
    },

    /// A distance lies outside the range that the threshold grid covers.
    #[error(
        "pair {index}: distance {distance} lies outside 0..{range}; expected unit embeddings, \
         or the range set to fit (8 for two unit embeddings concatenated)"
    )]
    OutOfRange {
        /// The pair, counted from 0.
        index: usize,
        /// Its distance.
        distance: f64,
        /// The end of the range.
        range: f64,
    },

    /// An entry of a list of pairs is no pair.
    #[error("pair {index}: {problem}; expected {expected}")]
    Pair {
        /// The position in the list, counted from 0.
        index: usize,
        /// What is wrong with it.
        problem: String,
        /// What was expected.
        expected: &'static str,
    },

    /// The folds do not fit the pairs.
    #[error("folds: {found}; expected {expected}")]
    Folds {
        /// What was given.
        found: String,
        /// What was expected.
        expected: String,
    },

    /// A setting has a value that cannot work.
    #[error("{setting}: {found}; expected {expected}")]
    Setting {
        /// The name of the setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it should be.
        expected: &'static str,
    },

    /// Something that the answer depends on is not there.
    #[error("no {what}; expected {expected}")]
    Missing {
        /// What is not there.
        what: &'static str,
        /// What was expected.
        expected: &'static str,
    },

    /// The name of a figure does not say which format it is to have.
    #[cfg(feature = "plot")]
    #[error("{}: unknown figure format; expected a name that ends in .png or .svg", path.display())]
    FigureFormat {
        /// The file.
        path: PathBuf,
    },

    /// A figure could not be drawn or encoded.
    #[cfg(feature = "plot")]
    #[error("{}: the figure cannot be drawn: {problem}; expected a drawable figure", path.display())]
    Figure {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        problem: String,
    },

    /// A figure could not be written.
    #[cfg(feature = "plot")]
    #[error("{}: cannot be written: {source}; expected a writable folder", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// The images of a template cancel each other out, so that their mean has no direction.
    #[error("template {template}: the mean of its images has length 0; expected a direction")]
    ZeroTemplate {
        /// The template.
        template: String,
    },
}

impl MetricsError {
    /// An error unless `found` is `expected`.
    pub(crate) fn check_length(
        what: &'static str,
        found: usize,
        expected: usize,
    ) -> Result<(), MetricsError> {
        if found == expected {
            Ok(())
        } else {
            Err(MetricsError::Length {
                what,
                found,
                expected,
            })
        }
    }
}

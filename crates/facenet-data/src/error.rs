use std::io;
use std::path::PathBuf;

use crate::shown::shown;

/// What can be wrong with faces on disk, with lists of them, and with the settings that read them.
///
/// Each message is one line: it names the file (and the line in it) and says what was expected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// A file or a folder could not be opened, listed or read.
    #[error("{}: cannot be read: {source}; expected {expected}", shown(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What should have been there.
        expected: &'static str,
        /// What the operating system said.
        source: io::Error,
    },

    /// A file could not be decoded as an image.
    #[error("{origin}: {problem}; expected {expected}")]
    Image {
        /// The file, or the description of where the bytes came from.
        origin: String,
        /// What is wrong with the bytes.
        problem: String,
        /// What they should have been.
        expected: String,
    },

    /// An image cannot be read, and all are to be there.
    #[error("{source}{}", and_more(*more))]
    Unreadable {
        /// How many others cannot be read either.
        more: usize,
        /// What is wrong with the first.
        source: Box<DataError>,
    },
    /// Faces are to be turned by their landmarks, and the data has none.
    #[error(
        "{}: no landmarks; expected a table with the landmarks of each face",
        shown(path)
    )]
    NoLandmarks {
        /// The table, folder or pack.
        path: PathBuf,
    },
    /// A folder holds no identity with enough images.
    #[error("{}: {found}; expected {expected}", shown(path))]
    NoIdentities {
        /// The folder.
        path: PathBuf,
        /// What was found in it.
        found: String,
        /// What should have been there.
        expected: String,
    },

    /// A line of a list could not be understood.
    #[error("{}:{line}: {found}; expected {expected}", shown(path))]
    Line {
        /// The list.
        path: PathBuf,
        /// The line in it, counted from 1.
        line: usize,
        /// What the line says.
        found: String,
        /// What it should say.
        expected: String,
    },

    /// An entry of a list names an image that is not there.
    #[error(
        "{}:{line}: {entry} names image {}, which is missing; expected it as .jpg, .jpeg or .png",
        shown(path),
        shown(image)
    )]
    MissingImage {
        /// The list.
        path: PathBuf,
        /// The line in it, counted from 1.
        line: usize,
        /// The entry, as the list writes it.
        entry: String,
        /// The image that was looked for, without its extension.
        image: PathBuf,
    },

    /// A pack of images, `.bin` or `.rec`, is not what it should be.
    #[error("{}: byte {offset}: {found}; expected {expected}", shown(path))]
    Pack {
        /// The pack.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },

    /// An index is outside the data set.
    #[error("index {index} is outside the data set; expected 0..{len}")]
    IndexOutOfRange {
        /// The index.
        index: usize,
        /// The number of images (or identities) it should be below.
        len: usize,
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

    /// Code that read or transformed an image panicked in a worker.
    #[error("{origin}: a worker panicked: {message}; expected an image or an error")]
    Panic {
        /// The image that was being read.
        origin: String,
        /// The message of the panic.
        message: String,
    },
}

impl DataError {
    /// An error of the operating system on `path`.
    pub(crate) fn io(
        path: impl Into<PathBuf>,
        expected: &'static str,
        source: io::Error,
    ) -> DataError {
        DataError::Io {
            path: path.into(),
            expected,
            source,
        }
    }

    /// The same of an image that `origin` names, where a setting does not fit it.
    pub(crate) fn of_image(self, origin: impl FnOnce() -> String) -> DataError {
        match self {
            DataError::Setting {
                setting,
                found,
                expected,
            } => DataError::Image {
                origin: origin(),
                problem: format!("{setting}: {found}"),
                expected: expected.to_owned(),
            },
            other => other,
        }
    }
}

fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    }
}

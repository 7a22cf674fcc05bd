use std::fs;
use std::path::{Path, PathBuf};

use crate::DataError;

/// The lines of a text file that are not blank, split at white space, with their numbers.
///
/// A byte order mark and either kind of line end are accepted.
#[derive(Debug)]
pub(crate) struct Lines {
    path: PathBuf,
    text: String,
}

impl Lines {
    pub(crate) fn read(path: &Path, expected: &'static str) -> Result<Self, DataError> {
        let bytes = fs::read(path).map_err(|source| DataError::io(path, expected, source))?;
        let path = path.to_path_buf();
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                return Err(DataError::Line {
                    path,
                    line: 1 + valid.iter().filter(|&&byte| byte == b'\n').count(),
                    found: "bytes that are not UTF-8".to_owned(),
                    expected: expected.to_owned(),
                });
            }
        };
        Ok(Self { path, text })
    }

    /// Number and fields of each line that is not blank.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (usize, Vec<&str>)> {
        let text = self.text.strip_prefix('\u{feff}').unwrap_or(&self.text);
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .zip(1..)
            .filter(|(fields, _)| !fields.is_empty())
            .map(|(fields, line)| (line, fields))
    }

    pub(crate) fn error(
        &self,
        line: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> DataError {
        DataError::Line {
            path: self.path.clone(),
            line,
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// A name that is used as a folder, hence may not lead out of the images.
    pub(crate) fn name<'a>(&self, line: usize, name: &'a str) -> Result<&'a str, DataError> {
        if name.contains(['/', '\\', ':', '\0']) || name == "." || name == ".." {
            let expected = "a name without / \\ : that is not . or ..";
            return Err(self.error(line, format!("name {name:?}"), expected));
        }
        Ok(name)
    }

    /// A number of at least `least`.
    pub(crate) fn number(&self, line: usize, text: &str, least: u32) -> Result<u32, DataError> {
        match text.parse() {
            Ok(number) if number >= least => Ok(number),
            _ => Err(self.error(
                line,
                format!("{text:?}"),
                format!("a whole number of at least {least}"),
            )),
        }
    }
}

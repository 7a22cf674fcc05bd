use std::fs;
use std::path::Path;

use crate::DataError;

/// The bytes of a list.
pub(crate) fn read(path: &Path, expected: &'static str) -> Result<Vec<u8>, DataError> {
    fs::read(path).map_err(|source| DataError::io(path, expected, source))
}

/// The lines of a text that are not blank, with their numbers.
///
/// A byte order mark and either kind of line end are accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines<'a> {
    path: &'a Path,
    text: &'a str,
}

impl<'a> Lines<'a> {
    /// The lines of `bytes`, which are those of the file `path`.
    pub(crate) fn new(
        bytes: &'a [u8],
        path: &'a Path,
        expected: &'static str,
    ) -> Result<Self, DataError> {
        match str::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                Ok(Self { path, text })
            }
            Err(error) => {
                let valid = &bytes[..error.valid_up_to()];
                Err(DataError::Line {
                    path: path.to_path_buf(),
                    line: 1 + valid.iter().filter(|&&byte| byte == b'\n').count(),
                    found: "bytes that are not UTF-8".to_owned(),
                    expected: expected.to_owned(),
                })
            }
        }
    }

    /// Number and text of each line that is not blank, without the white space around it.
    pub(crate) fn trimmed(&self) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
        (1..)
            .zip(self.text.lines().map(str::trim))
            .filter(|(_, line)| !line.is_empty())
    }

    /// Number and fields of each line that is not blank, split at white space.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (usize, Vec<&'a str>)> + use<'a> {
        self.trimmed()
            .map(|(line, text)| (line, text.split_whitespace().collect()))
    }

    /// Number and fields of each line that is not blank, split at commas.
    ///
    /// For lists whose fields hold no comma; quotes mean nothing.
    pub(crate) fn comma_fields(&self) -> impl Iterator<Item = (usize, Vec<&'a str>)> + use<'a> {
        self.trimmed()
            .map(|(line, text)| (line, text.split(',').map(str::trim).collect()))
    }

    pub(crate) fn error(
        &self,
        line: usize,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> DataError {
        DataError::Line {
            path: self.path.to_path_buf(),
            line,
            found: found.into(),
            expected: expected.into(),
        }
    }

    /// A name that is used as a folder, hence may not lead out of the images.
    pub(crate) fn name<'n>(&self, line: usize, name: &'n str) -> Result<&'n str, DataError> {
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

    /// Whether a pair is genuine: 1 or 0, or true or false in any case.
    pub(crate) fn same(&self, line: usize, text: &str) -> Result<bool, DataError> {
        match text {
            "1" => Ok(true),
            "0" => Ok(false),
            _ if text.eq_ignore_ascii_case("true") => Ok(true),
            _ if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.error(line, format!("{text:?}"), "0, 1, true or false")),
        }
    }
}

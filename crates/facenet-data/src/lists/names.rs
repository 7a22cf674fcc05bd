use std::collections::HashSet;
use std::path::Path;

use crate::DataError;
use crate::lists::lines::{Lines, read};

const EXPECTED: &str = "one name a line";

/// Reads one name a line, in order, such as those of the rows of an embeddings file.
///
/// White space around a name is no part of it; blank lines may come at the end alone, because
/// elsewhere they would be rows without a name. There may be no name at all.
///
/// # Errors
/// [`DataError::Io`] where the file cannot be read, [`DataError::Line`] where a line between names is
/// blank, a name comes twice, or the bytes are no text.
pub fn read_names(path: impl AsRef<Path>) -> Result<Vec<String>, DataError> {
    let path = path.as_ref();
    parse(&read(path, EXPECTED)?, path)
}

/// Reads names as [`read_names`] does from the bytes of a list; `origin` names it in messages.
///
/// # Errors
/// [`DataError::Line`] as [`read_names`].
pub fn parse_names(bytes: &[u8], origin: &str) -> Result<Vec<String>, DataError> {
    parse(bytes, Path::new(origin))
}

fn parse(bytes: &[u8], path: &Path) -> Result<Vec<String>, DataError> {
    let lines = Lines::new(bytes, path, EXPECTED)?;
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    for (line, name) in lines.trimmed() {
        let row = names.len() + 1;
        if line != row {
            return Err(lines.error(row, "a blank line", EXPECTED));
        }
        if !seen.insert(name) {
            return Err(lines.error(line, format!("{name:?} again"), "each name once"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

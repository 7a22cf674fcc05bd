use std::path::Path;

use crate::DataError;
use crate::lists::lines::{Lines, read};

const EXPECTED: &str = "pairs as `name i j` or `name1 i name2 j`";

/// The image of a person in the lists of LFW: `name/name_0001.jpg` is number 1 of `name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamedImage {
    /// The person.
    pub name: String,
    /// The number of the image, counted from 1.
    pub number: u32,
}

/// A line of `pairs.txt`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamedPair {
    /// The first image.
    pub first: NamedImage,
    /// The second image.
    pub second: NamedImage,
    /// Whether the pair is listed as genuine, both images showing the same person.
    pub same: bool,
    /// The fold, counted from 0.
    pub fold: usize,
    /// The line in the file, counted from 1.
    pub line: usize,
}

/// Reads pairs in the form of LFW's `pairs.txt`, `pairsDevTrain.txt` and `pairsDevTest.txt`
/// (<http://vis-www.cs.umass.edu/lfw/README.txt>).
///
/// `name i j` is a genuine pair, `name1 i name2 j` an impostor pair. Any white space separates
/// fields; blank lines, a byte order mark and either kind of line end are accepted. A first line
/// `folds n` says that each fold has n genuine and n impostor pairs, a first line `n` that there is
/// one such fold, and the counts must be right. Without it, a fold begins where a genuine pair
/// follows an impostor pair. Folds keep the order of the file.
///
/// # Errors
/// [`DataError::Io`] where the file cannot be read, [`DataError::Line`] where a line is no pair, the
/// counts differ from the first line, or there is no pair.
pub fn read_pairs(path: impl AsRef<Path>) -> Result<Vec<NamedPair>, DataError> {
    let path = path.as_ref();
    parse(&read(path, EXPECTED)?, path)
}

/// Reads pairs as [`read_pairs`] does from the bytes of a list; `origin` names it in messages.
///
/// # Errors
/// [`DataError::Line`] as [`read_pairs`].
pub fn parse_pairs(bytes: &[u8], origin: &str) -> Result<Vec<NamedPair>, DataError> {
    parse(bytes, Path::new(origin))
}

fn parse(bytes: &[u8], path: &Path) -> Result<Vec<NamedPair>, DataError> {
    let lines = Lines::new(bytes, path, EXPECTED)?;
    let mut header = None;
    let mut pairs: Vec<NamedPair> = Vec::new();
    let mut first_line = true;
    for (line, fields) in lines.fields() {
        let image = |name, number| -> Result<NamedImage, DataError> {
            Ok(NamedImage {
                name: lines.name(line, name)?.to_owned(),
                number: lines.number(line, number, 1)?,
            })
        };
        let (first, second, same) = match fields[..] {
            [size] if first_line => {
                header = Some((line, 1, lines.number(line, size, 1)? as usize));
                first_line = false;
                continue;
            }
            [folds, size] if first_line => {
                let folds = lines.number(line, folds, 1)? as usize;
                header = Some((line, folds, lines.number(line, size, 1)? as usize));
                first_line = false;
                continue;
            }
            [name, i, j] => (image(name, i)?, image(name, j)?, true),
            [name1, i, name2, j] => (image(name1, i)?, image(name2, j)?, false),
            _ => {
                let found = format!("{} field(s)", fields.len());
                return Err(lines.error(line, found, EXPECTED));
            }
        };
        first_line = false;
        let fold = match (header, pairs.last()) {
            (Some((_, _, size)), _) => pairs.len() / size.saturating_mul(2),
            (None, None) => 0,
            (None, Some(last)) => last.fold + usize::from(same && !last.same),
        };
        pairs.push(NamedPair {
            first,
            second,
            same,
            fold,
            line,
        });
    }
    let Some(last) = pairs.last() else {
        return Err(lines.error(1, "no pair", EXPECTED));
    };
    if let Some((line, folds, size)) = header {
        let wrong = |found| {
            let expected =
                format!("{folds} fold(s) of {size} genuine and {size} impostor pairs, as it says");
            lines.error(line, found, expected)
        };
        // Each fold by itself, because a sum could hide that one has no impostor pair.
        let mut counts = vec![(0, 0); last.fold + 1];
        for pair in &pairs {
            let (genuine, impostor) = &mut counts[pair.fold];
            *if pair.same { genuine } else { impostor } += 1;
        }
        if counts.len() != folds {
            return Err(wrong(format!(
                "{} fold(s), {} pairs in all",
                counts.len(),
                pairs.len()
            )));
        }
        for (fold, (genuine, impostor)) in counts.into_iter().enumerate() {
            if (genuine, impostor) != (size, size) {
                return Err(wrong(format!(
                    "{genuine} genuine and {impostor} impostor pairs in fold {}",
                    fold + 1
                )));
            }
        }
    }
    Ok(pairs)
}

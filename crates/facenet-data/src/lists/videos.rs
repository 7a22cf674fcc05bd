use std::path::Path;

use crate::DataError;
use crate::lists::lines::{Lines, read};

const EXPECTED: &str = "`split, pair, first, second, same`";

/// A line of the `splits.txt` of YouTube Faces: two videos that are to be compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VideoPair {
    /// The split, counted from 0.
    pub fold: usize,
    /// The first video, `Sadie_Frost/1`: its folder below that of all frames.
    pub first: String,
    /// The second video.
    pub second: String,
    /// Whether both show the same person.
    pub same: bool,
    /// The line in the file, counted from 1.
    pub line: usize,
}

/// Reads the pairs of YouTube Faces, `split, pair, first, second, same` a line.
///
/// Wolf, Hassner and Maoz, *Face recognition in unconstrained videos with matched background
/// similarity*, 2011; the list has ten splits of 500 pairs. A first line that names the columns may
/// be there. Splits and the pairs of each are numbered from 1 in the order of the lines and all
/// splits are of one size, so that a line that is missing, doubled or moved is found.
///
/// # Errors
/// [`DataError::Io`] where the file cannot be read; [`DataError::Line`] where a line is no such pair,
/// a number is not the next, `same` contradicts the names of the people, a split has another size
/// than the first, or there is no pair.
pub fn read_video_pairs(path: impl AsRef<Path>) -> Result<Vec<VideoPair>, DataError> {
    let path = path.as_ref();
    parse(&read(path, EXPECTED)?, path)
}

/// Reads pairs of videos as [`read_video_pairs`] does from the bytes of a list; `origin` names it in
/// messages.
///
/// # Errors
/// [`DataError::Line`] as [`read_video_pairs`].
pub fn parse_video_pairs(bytes: &[u8], origin: &str) -> Result<Vec<VideoPair>, DataError> {
    parse(bytes, Path::new(origin))
}

fn parse(bytes: &[u8], path: &Path) -> Result<Vec<VideoPair>, DataError> {
    let lines = Lines::new(bytes, path, EXPECTED)?;
    let mut pairs: Vec<VideoPair> = Vec::new();
    // The split that is being read, its number of pairs so far, and that of the first one.
    let (mut split, mut pair, mut size) = (0, 0, None);
    let mut first_line = true;
    let mut last_line = 1;
    for (line, fields) in lines.comma_fields() {
        let [split_field, pair_field, first, second, same] = fields[..] else {
            return Err(lines.error(line, format!("{} field(s)", fields.len()), EXPECTED));
        };
        let header = first_line && split_field.starts_with(|letter: char| letter.is_alphabetic());
        first_line = false;
        if header {
            continue;
        }
        let numbers = (
            lines.number(line, split_field, 1)?,
            lines.number(line, pair_field, 1)?,
        );
        if numbers == (split + 1, 1) && (split == 0 || *size.get_or_insert(pair) == pair) {
            (split, pair) = (split + 1, 0);
        } else if numbers != (split, pair + 1) || size.is_some_and(|size| pair == size) {
            let found = format!("split {}, pair {}", numbers.0, numbers.1);
            let next = match size {
                Some(size) if pair == size => format!("split {}, pair 1", split + 1),
                None if pair > 0 => format!(
                    "split {split}, pair {}, or split {}, pair 1",
                    pair + 1,
                    split + 1
                ),
                _ if split == 0 => "split 1, pair 1".to_owned(),
                _ => format!("split {split}, pair {}", pair + 1),
            };
            return Err(lines.error(line, found, next));
        }
        pair += 1;
        let same = lines.same(line, same)?;
        let (person, other) = (person(&lines, line, first)?, person(&lines, line, second)?);
        if same != (person == other) {
            let found = format!("{first:?} and {second:?} with same {}", u8::from(same));
            let expected = "same 1 for two videos of one person, else 0";
            return Err(lines.error(line, found, expected));
        }
        pairs.push(VideoPair {
            fold: split as usize - 1,
            first: first.to_owned(),
            second: second.to_owned(),
            same,
            line,
        });
        last_line = line;
    }
    if pairs.is_empty() {
        return Err(lines.error(1, "no pair", EXPECTED));
    }
    match size {
        Some(size) if size != pair => {
            let found = format!("the end of the file after {pair} pair(s) of split {split}");
            Err(lines.error(last_line, found, format!("{size}, as in the first split")))
        }
        _ => Ok(pairs),
    }
}

/// The person of a video, `Sadie_Frost` of `Sadie_Frost/1`.
fn person<'v>(lines: &Lines, line: usize, video: &'v str) -> Result<&'v str, DataError> {
    let Some((person, number)) = video.split_once('/') else {
        return Err(lines.error(line, format!("video {video:?}"), "a video as `name/number`"));
    };
    lines.number(line, number, 0)?;
    if person.is_empty() {
        return Err(lines.error(line, format!("video {video:?}"), "a video as `name/number`"));
    }
    lines.name(line, person)
}

use std::path::Path;

use crate::DataError;
use crate::lists::lines::{Lines, read};

const EXPECTED: &str =
    "the number of sets, then for each set the number of people and `name images`";

/// A person of LFW's `people.txt`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Person {
    /// The name, as a folder has it.
    pub name: String,
    /// The number of images.
    pub images: u32,
}

/// Reads people in the form of LFW's `people.txt`, one list for each set, or of `peopleDevTrain.txt`
/// and `peopleDevTest.txt`, one set alone.
///
/// # Errors
/// [`DataError::Io`] where the file cannot be read, [`DataError::Line`] where a line is not as
/// described or a set is shorter or longer than its first line says.
pub fn read_people(path: impl AsRef<Path>) -> Result<Vec<Vec<Person>>, DataError> {
    let path = path.as_ref();
    parse(&read(path, EXPECTED)?, path)
}

/// Reads people as [`read_people`] does from the bytes of a list; `origin` names it in messages.
///
/// # Errors
/// [`DataError::Line`] as [`read_people`].
pub fn parse_people(bytes: &[u8], origin: &str) -> Result<Vec<Vec<Person>>, DataError> {
    parse(bytes, Path::new(origin))
}

fn parse(bytes: &[u8], path: &Path) -> Result<Vec<Vec<Person>>, DataError> {
    let lines = Lines::new(bytes, path, EXPECTED)?;
    let mut rest = lines.fields().peekable();
    let count = |next: Option<(usize, Vec<&str>)>, last: usize, what: &str| match next {
        None => Err(lines.error(last, "the end of the file", what)),
        Some((line, fields)) => match fields[..] {
            [number] => Ok((line, lines.number(line, number, 1)? as usize)),
            _ => Err(lines.error(line, format!("{} field(s)", fields.len()), what)),
        },
    };
    let (mut last, first) = count(rest.next(), 1, "the number of sets or of people")?;
    // The lists of View 1 have a single set and begin with its size.
    let single = rest.peek().is_some_and(|(_, fields)| fields.len() != 1);
    let mut sets = Vec::new();
    for set in 0..if single { 1 } else { first } {
        let size = if single {
            first
        } else {
            let (line, size) = count(rest.next(), last, "the number of people in a set")?;
            last = line;
            size
        };
        let mut people = Vec::new();
        while people.len() < size {
            let what = || format!("`name images`, {size} of them in set {}", set + 1);
            let Some((line, fields)) = rest.next() else {
                return Err(lines.error(last, "the end of the file", what()));
            };
            let [name, images] = fields[..] else {
                return Err(lines.error(line, format!("{} field(s)", fields.len()), what()));
            };
            people.push(Person {
                name: lines.name(line, name)?.to_owned(),
                images: lines.number(line, images, 1)?,
            });
            last = line;
        }
        sets.push(people);
    }
    match rest.next() {
        None => Ok(sets),
        Some((line, _)) => Err(lines.error(line, "a line after the last set", EXPECTED)),
    }
}

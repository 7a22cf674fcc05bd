use std::path::Path;

use crate::DataError;
use crate::lists::lines::{Lines, read};

const EXPECTED: &str = "`distance,same`";

/// The distances of pairs, and which of the pairs are genuine, in the order of the pairs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PairDistances {
    /// The distance of each pair, finite and not negative.
    pub distances: Vec<f64>,
    /// Whether each pair is genuine.
    pub same: Vec<bool>,
}

/// Reads distances that another program has computed: `distance,same` a line, in the order of the
/// pairs.
///
/// `same` is 0, 1, true or false. A first line `distance,same` may be there; blank lines, a byte
/// order mark and either kind of line end are accepted.
///
/// # Errors
/// [`DataError::Io`] where the file cannot be read; [`DataError::Line`] where a line has another
/// number of fields, a distance is no number, not finite or negative, or there is no pair.
pub fn read_distances(path: impl AsRef<Path>) -> Result<PairDistances, DataError> {
    let path = path.as_ref();
    parse(&read(path, EXPECTED)?, path)
}

/// Reads distances as [`read_distances`] does from the bytes of a list; `origin` names it in
/// messages.
///
/// # Errors
/// [`DataError::Line`] as [`read_distances`].
pub fn parse_distances(bytes: &[u8], origin: &str) -> Result<PairDistances, DataError> {
    parse(bytes, Path::new(origin))
}

fn parse(bytes: &[u8], path: &Path) -> Result<PairDistances, DataError> {
    let lines = Lines::new(bytes, path, EXPECTED)?;
    let mut pairs = PairDistances::default();
    let mut first_line = true;
    for (line, fields) in lines.comma_fields() {
        let [distance, same] = fields[..] else {
            return Err(lines.error(line, format!("{} field(s)", fields.len()), EXPECTED));
        };
        let header = first_line
            && distance.eq_ignore_ascii_case("distance")
            && same.eq_ignore_ascii_case("same");
        first_line = false;
        if header {
            continue;
        }
        match distance.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => pairs.distances.push(number),
            _ => {
                let found = format!("the distance {distance:?}");
                return Err(lines.error(line, found, "a finite number of at least 0"));
            }
        }
        pairs.same.push(lines.same(line, same)?);
    }
    if pairs.same.is_empty() {
        return Err(lines.error(1, "no pair", EXPECTED));
    }
    Ok(pairs)
}

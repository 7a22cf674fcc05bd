use std::collections::BTreeMap;
use std::path::Path;

use crate::DataError;

/// Where a detector found a face, in pixels of the image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceBox {
    /// Left edge.
    pub x1: f32,
    /// Upper edge.
    pub y1: f32,
    /// Right edge.
    pub x2: f32,
    /// Lower edge.
    pub y2: f32,
    /// How sure the detector is, 0 to 1, where it says so.
    pub prob: Option<f32>,
    /// Left eye, right eye, nose, left and right corner of the mouth as (x, y), where they are
    /// given; left and right as seen in the image.
    pub landmarks: Option<[[f32; 2]; 5]>,
}

/// Reads face boxes from comma-separated values, one image a line, keyed by the column `file`.
///
/// Columns are found by the names of the first line: `file`, `x1`, `y1`, `x2`, `y2` must be there;
/// `prob` and `lex`, `ley`, `rex`, `rey`, `nx`, `ny`, `mlx`, `mly`, `mrx`, `mry` may be, the
/// landmarks all or none. Other columns are passed over.
///
/// # Errors
/// [`DataError::Io`] where the file cannot be read; [`DataError::Line`] where a column is missing, a
/// value is no finite number, a box is empty, or a file is named twice.
pub fn read_boxes(path: impl AsRef<Path>) -> Result<BTreeMap<String, FaceBox>, DataError> {
    const BOX: [&str; 4] = ["x1", "y1", "x2", "y2"];
    const LANDMARKS: [&str; 10] = [
        "lex", "ley", "rex", "rey", "nx", "ny", "mlx", "mly", "mrx", "mry",
    ];
    let path = path.as_ref();
    let error = |line: usize, found: String, expected: &str| DataError::Line {
        path: path.to_path_buf(),
        line,
        found,
        expected: expected.to_owned(),
    };
    let bytes = std::fs::read(path)
        .map_err(|source| DataError::io(path, "face boxes as comma-separated values", source))?;
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(bytes.as_slice());
    let broken = |problem: csv::Error| {
        let line = problem
            .position()
            .map_or(1, |position| line_at(&bytes, position.byte()));
        let (found, expected) = match problem.kind() {
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => (
                format!("{len} field(s)"),
                format!("{expected_len}, as in the first line"),
            ),
            csv::ErrorKind::Utf8 { .. } => {
                ("bytes that are not UTF-8".to_owned(), "UTF-8".to_owned())
            }
            other => (format!("{other:?}"), "comma-separated values".to_owned()),
        };
        error(line, found, &expected)
    };

    let header = reader.headers().map_err(broken)?.clone();
    let column = |name: &str| header.iter().position(|column| column == name);
    let needed = |name: &str| {
        column(name).ok_or_else(|| {
            let expected = "the columns file, x1, y1, x2, y2";
            error(1, format!("no column {name:?}"), expected)
        })
    };
    let file = needed("file")?;
    let mut edges = [0; 4];
    for (edge, name) in edges.iter_mut().zip(BOX) {
        *edge = needed(name)?;
    }
    let prob = column("prob");
    let mut points = [0; 10];
    let mut points_there = 0;
    for (point, name) in points.iter_mut().zip(LANDMARKS) {
        if let Some(column) = column(name) {
            *point = column;
            points_there += 1;
        }
    }
    if points_there != 0 && points_there != points.len() {
        let expected = "all ten columns lex, ley, rex, rey, nx, ny, mlx, mly, mrx, mry or none";
        return Err(error(1, format!("{points_there} of landmarks"), expected));
    }

    let mut boxes = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(broken)?;
        let line = || {
            record
                .position()
                .map_or(1, |position| line_at(&bytes, position.byte()))
        };
        let value = |column: usize| -> Result<f32, DataError> {
            let text = record.get(column).unwrap_or_default();
            match text.parse() {
                Ok(number) if f32::is_finite(number) => Ok(number),
                _ => {
                    let name = header.get(column).unwrap_or_default();
                    let found = format!("{name} is {text:?}");
                    Err(error(line(), found, "a finite number"))
                }
            }
        };
        let [x1, y1, x2, y2] = [
            value(edges[0])?,
            value(edges[1])?,
            value(edges[2])?,
            value(edges[3])?,
        ];
        if x1 >= x2 || y1 >= y2 {
            let found = format!("a box from ({x1}, {y1}) to ({x2}, {y2})");
            return Err(error(line(), found, "x1 < x2 and y1 < y2"));
        }
        let landmarks = if points_there == 0 {
            None
        } else {
            let mut landmarks = [[0.0; 2]; 5];
            for (coordinate, &column) in landmarks.as_flattened_mut().iter_mut().zip(&points) {
                *coordinate = value(column)?;
            }
            Some(landmarks)
        };
        let face = FaceBox {
            x1,
            y1,
            x2,
            y2,
            prob: prob.map(value).transpose()?,
            landmarks,
        };
        let name = record.get(file).unwrap_or_default();
        if name.is_empty() {
            return Err(error(line(), "no file name".to_owned(), "a file name"));
        }
        if boxes.insert(name.to_owned(), face).is_some() {
            return Err(error(line(), format!("{name:?} again"), "each file once"));
        }
    }
    Ok(boxes)
}

/// The line of the record that is read from `byte` on, counted from 1.
///
/// The reader stops between the two bytes of a line end and passes over blank lines, so its own
/// count is that of a line before.
fn line_at(bytes: &[u8], byte: u64) -> usize {
    let (read, rest) = bytes.split_at(bytes.len().min(byte as usize));
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    1 + read
        .iter()
        .chain(blank)
        .filter(|&&byte| byte == b'\n')
        .count()
}

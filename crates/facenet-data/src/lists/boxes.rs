use std::collections::BTreeMap;
use std::path::Path;

use crate::DataError;
use crate::lists::lines::read;
use crate::lists::table::{Row, Table};

const EXPECTED: &str = "face boxes as comma-separated values";

/// The columns of the landmarks.
pub(crate) const LANDMARKS: [&str; 10] = [
    "lex", "ley", "rex", "rey", "nx", "ny", "mlx", "mly", "mrx", "mry",
];

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
    /// How sure the detector is, where it says so: a probability with MTCNN, any finite number here.
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
    let path = path.as_ref();
    parse(&read(path, EXPECTED)?, path)
}

/// Reads face boxes as [`read_boxes`] does from the bytes of a list; `origin` names it in messages.
///
/// # Errors
/// [`DataError::Line`] as [`read_boxes`].
pub fn parse_boxes(bytes: &[u8], origin: &str) -> Result<BTreeMap<String, FaceBox>, DataError> {
    parse(bytes, Path::new(origin))
}

fn parse(bytes: &[u8], path: &Path) -> Result<BTreeMap<String, FaceBox>, DataError> {
    let mut table = Table::new(bytes, path)?;
    let needed = |name: &str| {
        table.column(name).ok_or_else(|| {
            let expected = "the columns file, x1, y1, x2, y2";
            table.error(1, format!("no column {name:?}"), expected)
        })
    };
    let file = needed("file")?;
    let edges = [needed("x1")?, needed("y1")?, needed("x2")?, needed("y2")?];
    let prob = table.column("prob");
    let points = table.all_or_none(LANDMARKS, "landmarks")?;

    let mut boxes = BTreeMap::new();
    while let Some(row) = table.next_row()? {
        let mut face = face_box(&row, edges, points)?;
        face.prob = prob.map(|column| row.number(column)).transpose()?;
        let name = row.field(file);
        if name.is_empty() {
            return Err(row.error("no file name", "a file name"));
        }
        if boxes.insert(name.to_owned(), face).is_some() {
            return Err(row.error(format!("{name:?} again"), "each file once"));
        }
    }
    Ok(boxes)
}

/// The box in four columns of a line (left, upper, right and lower edge) and the landmarks in ten.
pub(crate) fn face_box(
    row: &Row<'_>,
    edges: [usize; 4],
    points: Option<[usize; 10]>,
) -> Result<FaceBox, DataError> {
    let [x1, y1, x2, y2] = row.numbers(edges)?;
    if x1 >= x2 || y1 >= y2 {
        let [left, top, right, bottom] = edges.map(|column| row.header(column));
        let found = format!("a box from ({x1}, {y1}) to ({x2}, {y2})");
        return Err(row.error(found, &format!("{left} < {right} and {top} < {bottom}")));
    }
    let landmarks = match points {
        None => None,
        Some(points) => {
            let mut landmarks = [[0.0; 2]; 5];
            landmarks
                .as_flattened_mut()
                .copy_from_slice(&row.numbers(points)?);
            Some(landmarks)
        }
    };
    Ok(FaceBox {
        x1,
        y1,
        x2,
        y2,
        prob: None,
        landmarks,
    })
}

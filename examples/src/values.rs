use std::path::PathBuf;

use facenet_core::metrics::DistanceKind;

/// A size on the command line, `140x116`: height and width.
///
/// # Errors
///
/// Anything else, with what was expected.
pub fn size(text: &str) -> Result<[usize; 2], String> {
    let sides = text.split_once('x').and_then(|(height, width)| {
        Some([height.trim().parse().ok()?, width.trim().parse().ok()?])
    });
    sides.ok_or_else(|| "expected height x width, as 140x116".to_owned())
}

/// A region on the command line, `41,41,209,209`: left, top, right, bottom.
///
/// # Errors
///
/// Anything else, with what was expected.
pub fn region(text: &str) -> Result<[u32; 4], String> {
    let edges: Option<Vec<u32>> = text
        .split(',')
        .map(|edge| edge.trim().parse().ok())
        .collect();
    match edges.as_deref() {
        Some(&[left, top, right, bottom]) if left < right && top < bottom => {
            Ok([left, top, right, bottom])
        }
        _ => Err("expected left,top,right,bottom in pixels, as 41,41,209,209".to_owned()),
    }
}

/// A rate on the command line, `1e-3`.
///
/// # Errors
///
/// Anything else, with what was expected.
pub fn rate(text: &str) -> Result<f64, String> {
    match text.trim().parse() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("expected a rate between 0 and 1, as 1e-3".to_owned()),
    }
}

/// A distance on the command line: `squared` or `angle`.
///
/// # Errors
///
/// Anything else, with what was expected.
pub fn distance(text: &str) -> Result<DistanceKind, String> {
    match text {
        "squared" => Ok(DistanceKind::SquaredEuclidean),
        "angle" => Ok(DistanceKind::Angle),
        _ => Err("expected squared or angle".to_owned()),
    }
}

/// A range on the command line, `0.6..0.9`.
///
/// # Errors
///
/// Anything else, with what was expected.
pub(crate) fn range(text: &str) -> Result<(f32, f32), String> {
    let ends = text
        .split_once("..")
        .and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    ends.ok_or_else(|| "expected two numbers, as 0.6..0.9".to_owned())
}

/// A squared Euclidean distance of two unit vectors on the command line, `1.24`.
///
/// # Errors
///
/// Anything else, with what was expected.
pub fn squared_distance(text: &str) -> Result<f32, String> {
    let value = text.trim().parse().ok();
    let value = value.filter(|value| (0.0..=4.0).contains(value));
    value.ok_or_else(|| "expected a squared distance, 0 to 4".to_owned())
}

/// A file with a name to show it under, `before=reports/1.json`.
///
/// # Errors
///
/// Anything else, with what was expected.
pub fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("expected NAME=FILE.json".to_owned()),
    }
}

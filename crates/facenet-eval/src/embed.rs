use std::borrow::Cow;
use std::ops::Range;

use facenet_models::Embedder;
use image::RgbImage;
use ndarray::{Array2, Axis, concatenate};

use crate::EvalError;

/// Embeds `count` faces, `batch` of them in memory at a time; `faces` gives those of a range, and
/// `progress` is told the number done and `count`.
///
/// # Shapes
///
/// - output: `[count, dimensions]`
///
/// # Errors
///
/// As [`Embedder::embed`], and those of `faces`.
///
/// # Panics
///
/// If `batch` is 0.
pub fn embed_in_batches<'a>(
    embedder: &Embedder,
    count: usize,
    batch: usize,
    faces: impl Fn(Range<usize>) -> Result<Cow<'a, [RgbImage]>, EvalError>,
    progress: &dyn Fn(usize, usize),
) -> Result<Array2<f32>, EvalError> {
    assert!(batch > 0, "expected at least one face in a batch");
    progress(0, count);
    let mut parts = Vec::with_capacity(count.div_ceil(batch));
    for first in (0..count).step_by(batch) {
        let range = first..(first + batch).min(count);
        parts.push(embedder.embed(&faces(range.clone())?)?);
        progress(range.end, count);
    }
    if parts.is_empty() {
        return Ok(embedder.embed(&[])?);
    }
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    // All parts are of one network, and so as wide as each other.
    concatenate(Axis(0), &views).map_err(|_| EvalError::Embeddings {
        found: count,
        expected: "embeddings of one width".to_owned(),
    })
}

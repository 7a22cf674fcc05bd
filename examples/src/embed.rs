use std::borrow::Cow;
use std::ops::Range;

use facenet_core::prelude::*;
use image::RgbImage;
use ndarray::{Array2, Axis, concatenate};

use crate::{Failure, bar};

/// Embeds `count` faces with a progress bar, `batch` of them in memory at a time; `faces` gives those of a range.
///
/// # Errors
///
/// As [`Embedder::embed`], and those of `faces`.
pub fn embed_all<'a>(
    embedder: &Embedder,
    count: usize,
    batch: usize,
    faces: impl Fn(Range<usize>) -> Result<Cow<'a, [RgbImage]>, Failure>,
) -> Result<Array2<f32>, Failure> {
    let bar = bar("embedding", count);
    let mut parts = Vec::with_capacity(count.div_ceil(batch));
    for first in (0..count).step_by(batch) {
        let range = first..(first + batch).min(count);
        parts.push(embedder.embed(&faces(range.clone())?)?);
        bar.set_position(range.end as u64);
    }
    bar.finish_and_clear();
    let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
    Ok(concatenate(Axis(0), &views)?)
}

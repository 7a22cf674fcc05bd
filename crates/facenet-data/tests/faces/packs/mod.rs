//! Packs of images: evaluation packs, records, tables of faces.

mod evaluation;
mod listed;
mod pickled;
pub(crate) mod recorded;
mod records;
mod seeds;

/// A gray image with one row.
pub(crate) fn gray(pixels: &[u8]) -> Vec<u8> {
    let mut bytes = format!("P5\n{} 1\n255\n", pixels.len()).into_bytes();
    bytes.extend(pixels);
    bytes
}

use ndarray::{Array2, ArrayView2};

use crate::MetricsError;

/// Embeddings as they come back from storage in whole numbers of `bits` bits.
///
/// The paper (§5.3) stores an embedding of 128 dimensions in 128 bytes, "without loss of accuracy".
/// Each number is rounded to one of `2^bits − 1` steps that lie evenly between −m and m, with zero among
/// them, where m is the largest magnitude in `embeddings`: one scale for the whole set, so that distances keep
/// their proportions.
///
/// # Shapes
///
/// - `embeddings`: `[N, dimensions]`, and so is the result
///
/// # Errors
///
/// [`MetricsError::Setting`] unless `bits` is 2 to 16, [`MetricsError::NotFinite`] for NaN or infinity.
pub fn quantize(embeddings: ArrayView2<'_, f32>, bits: u32) -> Result<Array2<f32>, MetricsError> {
    if !(2..=16).contains(&bits) {
        return Err(MetricsError::Setting {
            setting: "bits of a quantized number",
            found: bits.to_string(),
            expected: "2 to 16",
        });
    }
    let rows = embeddings.rows().into_iter();
    if let Some(index) = rows
        .into_iter()
        .position(|row| row.iter().any(|x| !x.is_finite()))
    {
        return Err(MetricsError::NotFinite {
            what: "embedding",
            index,
        });
    }
    let largest = embeddings.iter().fold(0.0f32, |most, x| most.max(x.abs()));
    if largest == 0.0 {
        return Ok(embeddings.to_owned());
    }
    let steps = ((1u32 << (bits - 1)) - 1) as f32;
    Ok(embeddings.mapv(|x| (x / largest * steps).round() / steps * largest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use std::collections::BTreeSet;

    #[test]
    fn values_are_rounded_to_the_nearest_step() {
        let rounded = quantize(array![[0.3, -1.0], [0.0, 0.8]].view(), 2).unwrap();
        assert_eq!(rounded, array![[0.0, -1.0], [0.0, 1.0]]);
        let fine: Vec<f32> = (-500..=500).map(|i| i as f32 / 250.0).collect();
        let fine = Array2::from_shape_vec((1, fine.len()), fine).unwrap();
        let bytes = quantize(fine.view(), 8).unwrap();
        let values: BTreeSet<_> = bytes.iter().map(|x| x.to_bits()).collect();
        // Minus zero is a zero of its own among the bits.
        assert!((255..=256).contains(&values.len()), "{}", values.len());
        for (x, rounded) in fine.iter().zip(&bytes) {
            assert!((x - rounded).abs() <= 2.0 / 127.0 / 2.0 * 1.001);
        }
    }

    #[test]
    fn nothing_and_zeros_stay_what_they_are() {
        assert_eq!(
            quantize(Array2::zeros((0, 4)).view(), 8).unwrap().dim(),
            (0, 4)
        );
        assert_eq!(
            quantize(Array2::zeros((2, 2)).view(), 8).unwrap(),
            Array2::<f32>::zeros((2, 2))
        );
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let x = array![[1.0, 2.0], [f32::NAN, 0.0]];
        let error = quantize(x.view(), 8).unwrap_err().to_string();
        assert!(error.starts_with("embedding 1"), "{error}");
        for bits in [0, 1, 17, u32::MAX] {
            assert!(quantize(array![[1.0]].view(), bits).is_err());
        }
    }
}

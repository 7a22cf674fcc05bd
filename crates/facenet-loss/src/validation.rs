//! Looking for bad numbers before they reach a loss.

use burn::tensor::Tensor;

use crate::LossError;

/// Looks for NaN and infinities in embeddings, `[batch, dim]`; waits for the device.
///
/// The loss itself does not wait for that: it becomes NaN.
///
/// # Errors
/// [`LossError::NonFinite`] with the rows that hold them.
///
/// # Panics
/// Where the device failed, as Burn's `into_data` does.
pub fn check_finite(embeddings: &Tensor<2>) -> Result<(), LossError> {
    let [batch, dim] = embeddings.dims();
    let values = embeddings.to_data();
    let values: Vec<f64> = values.iter::<f64>().collect();
    let bad: Vec<usize> = values
        .chunks(dim.max(1))
        .enumerate()
        .filter(|(_, row)| row.iter().any(|value| !value.is_finite()))
        .map(|(row, _)| row)
        .collect();
    match bad.first() {
        None => Ok(()),
        Some(&first) => Err(LossError::NonFinite {
            rows: bad.len(),
            batch,
            first,
        }),
    }
}

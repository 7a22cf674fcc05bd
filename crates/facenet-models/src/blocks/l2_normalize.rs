use burn::tensor::{DType, Tensor};

/// Scales each row to unit Euclidean length: the last step of every FaceNet (Schroff et al. 2015,
/// §3: "we constrain the embedding to live on the d-dimensional hypersphere, ‖f(x)‖₂ = 1").
///
/// ```text
/// y = x / sqrt(max(‖x‖², 1e-12))
/// ```
///
/// A row of zeros stays zero and its gradient is finite.
///
/// # Shapes
///
/// - input and output: `[batch, dimensions]`
pub fn l2_normalize(x: Tensor<2>) -> Tensor<2> {
    // The squares of 16-bit floats do not fit into 16 bits.
    if x.dtype() == DType::F16 {
        return l2_normalize(x.cast(DType::F32)).cast(DType::F16);
    }
    let squared_norm = x.clone().powi_scalar(2).sum_dim(1);
    x / squared_norm.clamp_min(1e-12).sqrt()
}

use image::{RgbImage, imageops::FilterType};
use ndarray::Array2;

/// Pixels as an embedding, the baseline that a network has to beat: the face resized to
/// `height × width`, each image minus its mean, scaled to unit length.
///
/// # Shapes
///
/// - output: `[faces, height × width × 3]`
pub fn pixel_embeddings(faces: &[RgbImage], [height, width]: [usize; 2]) -> Array2<f32> {
    let mut embeddings = Array2::zeros((faces.len(), height * width * 3));
    for (face, mut row) in faces.iter().zip(embeddings.rows_mut()) {
        let small =
            image::imageops::resize(face, width as u32, height as u32, FilterType::Triangle);
        for (value, &pixel) in row.iter_mut().zip(small.as_raw()) {
            *value = f32::from(pixel);
        }
        let mean = row.mean().unwrap_or(0.0);
        row -= mean;
        let length = row.dot(&row).sqrt();
        if length > 0.0 {
            row /= length;
        } else if let Some(first) = row.first_mut() {
            // A face of one color has no direction of its own; any fixed unit vector will do.
            *first = 1.0;
        }
    }
    embeddings
}

use burn::tensor::Device;
use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::RgbImage;
use ndarray::Array2;

use crate::{FaceNet, FaceNetConfig, ModelError, pixels_to_tensor};

/// Turns face images of any size into embeddings: resizes, batches, runs the network.
///
/// The images are face crops already; finding the face is not its task. Order is kept, nothing is
/// padded.
#[derive(Clone, Debug)]
pub struct Embedder {
    network: FaceNet,
    config: FaceNetConfig,
    device: Device,
    batch: usize,
}

impl Embedder {
    /// An embedder that runs `network` on `device`. The network is taken to inference mode: batch
    /// normalisation uses its running statistics.
    pub fn new(network: FaceNet, config: FaceNetConfig, device: &Device) -> Self {
        use burn::module::Module;
        let device = device.clone().without_autodiff();
        Self {
            network: network.valid().to_device(&device),
            config,
            device,
            batch: 32,
        }
    }

    /// Sets how many faces go through the network at once. Default: 32.
    pub fn with_batch(mut self, batch: usize) -> Self {
        self.batch = batch.max(1);
        self
    }

    /// The network, in inference mode.
    pub fn network(&self) -> &FaceNet {
        &self.network
    }

    /// What the network is.
    pub fn config(&self) -> &FaceNetConfig {
        &self.config
    }

    /// Embeds `faces`.
    ///
    /// # Shapes
    ///
    /// - output: `[faces.len(), embedding_dim]`, rows of unit length, in the order of `faces`
    ///
    /// # Errors
    ///
    /// [`ModelError::Resize`] for an image without pixels.
    pub fn embed(&self, faces: &[RgbImage]) -> Result<Array2<f32>, ModelError> {
        let dim = self.config.embedding_dim;
        let mut values: Vec<f32> = Vec::with_capacity(faces.len() * dim);
        for (number, chunk) in faces.chunks(self.batch).enumerate() {
            let mut pixels = Vec::new();
            for (offset, face) in chunk.iter().enumerate() {
                let index = number * self.batch + offset;
                pixels.extend(resize(face, self.config.input_size, index)?);
            }
            let images = pixels_to_tensor(pixels, &self.config, &self.device);
            let data = self.network.forward(images).into_data().convert::<f32>();
            values.extend(data.iter::<f32>());
        }
        Array2::from_shape_vec((faces.len(), dim), values).map_err(|e| {
            ModelError::Configuration(format!("embedding_dim does not fit the network: {e}"))
        })
    }
}

/// Bilinear with a support that grows when shrinking, so that fine detail is averaged, not dropped.
fn resize(
    face: &RgbImage,
    [height, width]: [usize; 2],
    index: usize,
) -> Result<Vec<u8>, ModelError> {
    if face.dimensions() == (width as u32, height as u32) {
        return Ok(face.as_raw().clone());
    }
    let failed = |reason: String| ModelError::Resize {
        index,
        height,
        width,
        reason,
    };
    let source = ImageRef::new(face.width(), face.height(), face.as_raw(), PixelType::U8x3)
        .map_err(|e| failed(e.to_string()))?;
    let mut target = Image::new(width as u32, height as u32, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|e| failed(e.to_string()))?;
    Ok(target.into_vec())
}

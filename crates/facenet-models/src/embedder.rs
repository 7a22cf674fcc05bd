use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{DType, Device, Tensor},
};
use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::RgbImage;
use ndarray::Array2;

use crate::{
    Checkpoint, FaceNet, FaceNetConfig, Flip, ModelError, blocks::l2_normalize, pixels_to_tensor,
};

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
    flip: Flip,
    half: bool,
}

impl Embedder {
    /// An embedder that runs `network` on `device`. The network is taken to inference mode: batch
    /// normalization uses its running statistics, and is [folded](FaceNet::fold) into the layers.
    pub fn new(network: FaceNet, config: FaceNetConfig, device: &Device) -> Self {
        let device = device.clone().without_autodiff();
        Self {
            network: network.valid().to_device(&device).fold(),
            config,
            device,
            batch: 32,
            flip: Flip::None,
            half: false,
        }
    }

    /// An embedder for the network of a checkpoint.
    pub fn from_checkpoint(checkpoint: Checkpoint, device: &Device) -> Self {
        Self::new(checkpoint.network, checkpoint.config, device)
    }

    /// Sets how many faces go through the network at once. Default: 32.
    pub fn with_batch(mut self, batch: usize) -> Self {
        self.batch = batch.max(1);
        self
    }

    /// Sets what becomes of the mirror image of each face. Default: [`Flip::None`].
    pub fn with_flip(mut self, flip: Flip) -> Self {
        self.flip = flip;
        self
    }

    /// Computes in 16-bit floats (IEEE 754 binary16): half the memory, and faster where the device
    /// has arithmetic for them. Embeddings then differ in the third digit, and are 32-bit floats
    /// again when they come out. On Flex it is slower than single precision, which has kernels of
    /// its own.
    ///
    /// # Errors
    ///
    /// [`ModelError::NoHalfPrecision`] where the device cannot.
    pub fn in_half_precision(mut self) -> Result<Self, ModelError> {
        if !self.device.supports_dtype(DType::F16) {
            return Err(ModelError::NoHalfPrecision);
        }
        self.network = self.network.map(&mut ToHalf);
        self.half = true;
        Ok(self)
    }

    /// The network, in inference mode and folded.
    pub fn network(&self) -> &FaceNet {
        &self.network
    }

    /// What the network is.
    pub fn config(&self) -> &FaceNetConfig {
        &self.config
    }

    /// What becomes of the mirror image of each face.
    pub fn flip(&self) -> Flip {
        self.flip
    }

    /// Embeds `faces`.
    ///
    /// # Shapes
    ///
    /// - output: `[faces.len(), embedding_dim]`, rows of unit length, in the order of `faces`; with
    ///   [`Flip::Concat`] twice as many columns, the mirror image's after the face's
    ///
    /// # Errors
    ///
    /// [`ModelError::Resize`] for an image without pixels.
    pub fn embed(&self, faces: &[RgbImage]) -> Result<Array2<f32>, ModelError> {
        let dim = self.flip.dim(self.config.embedding_dim);
        let mut values: Vec<f32> = Vec::with_capacity(faces.len() * dim);
        for (number, chunk) in faces.chunks(self.batch).enumerate() {
            let mut pixels = Vec::new();
            for (offset, face) in chunk.iter().enumerate() {
                let index = number * self.batch + offset;
                pixels.extend(resize(face, self.config.input_size, index)?);
            }
            let images = pixels_to_tensor(pixels, &self.config, &self.device);
            let embeddings = match self.flip {
                Flip::None => self.forward(images),
                Flip::Sum => {
                    let face = self.forward(images.clone());
                    l2_normalize(face + self.forward(images.flip([3])))
                }
                Flip::Concat => {
                    let face = self.forward(images.clone());
                    Tensor::cat(vec![face, self.forward(images.flip([3]))], 1)
                }
            };
            let data = embeddings.into_data().convert::<f32>();
            values.extend(data.iter::<f32>());
        }
        Array2::from_shape_vec((faces.len(), dim), values).map_err(|e| {
            ModelError::Configuration(format!("embedding_dim does not fit the network: {e}"))
        })
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        match self.half {
            true => {
                let embeddings = self.network.forward(images.cast(DType::F16));
                l2_normalize(embeddings.cast(DType::F32))
            }
            false => self.network.forward(images),
        }
    }
}

/// Rounds all parameters to 16-bit floats.
struct ToHalf;

impl ModuleMapper for ToHalf {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|tensor| tensor.cast(DType::F16))
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
    if face.width() == 0 || face.height() == 0 {
        return Err(failed("it has no pixels".to_owned()));
    }
    let source = ImageRef::new(face.width(), face.height(), face.as_raw(), PixelType::U8x3)
        .map_err(|e| failed(e.to_string()))?;
    let mut target = Image::new(width as u32, height as u32, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
    Resizer::new()
        .resize(&source, &mut target, &options)
        .map_err(|e| failed(e.to_string()))?;
    Ok(target.into_vec())
}

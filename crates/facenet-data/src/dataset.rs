use std::path::Path;

use image::RgbImage;

use crate::DataError;

/// Labeled face images, addressed by index.
///
/// Opening a data set reads names, never pixels: [`FaceDataset::image`] decodes on demand, from any
/// thread.
///
/// ```
/// use facenet_data::{DataError, FaceDataset};
/// use image::RgbImage;
///
/// /// One gray square for each identity.
/// struct Squares {
///     labels: Vec<u32>,
///     identities: Vec<String>,
/// }
///
/// impl FaceDataset for Squares {
///     fn len(&self) -> usize {
///         self.labels.len()
///     }
///     fn labels(&self) -> &[u32] {
///         &self.labels
///     }
///     fn identities(&self) -> &[String] {
///         &self.identities
///     }
///     fn describe(&self, index: usize) -> String {
///         format!("square {index}")
///     }
///     fn image(&self, index: usize) -> Result<RgbImage, DataError> {
///         let label = *self
///             .labels
///             .get(index)
///             .ok_or(DataError::IndexOutOfRange { index, len: self.len() })?;
///         Ok(RgbImage::from_pixel(4, 4, image::Rgb([label as u8; 3])))
///     }
/// }
///
/// let squares = Squares { labels: vec![0, 1], identities: vec!["a".into(), "b".into()] };
/// assert_eq!(squares.image(1)?.get_pixel(0, 0).0, [1, 1, 1]);
/// assert!(squares.image(2).is_err());
/// # Ok::<(), DataError>(())
/// ```
pub trait FaceDataset: Send + Sync {
    /// Number of images.
    fn len(&self) -> usize;

    /// Whether there is no image.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Identity number of each image, `0..identities().len()`.
    fn labels(&self) -> &[u32];

    /// Name of each identity.
    fn identities(&self) -> &[String];

    /// Where image `index` comes from, for messages: a path, or "synthetic identity 3, photograph 7".
    fn describe(&self, index: usize) -> String;

    /// The decoded face, upright RGB, any size.
    ///
    /// # Errors
    /// The image is missing or cannot be decoded, or `index` is not below [`FaceDataset::len`].
    fn image(&self, index: usize) -> Result<RgbImage, DataError>;

    /// The file that image `index` is read from, where it is one of its own; a cache knows by it
    /// whether the image is still the same. Default: none.
    fn file(&self, index: usize) -> Option<&Path> {
        let _ = index;
        None
    }
}

/// The methods of a view that has the images of its field `data`, in their order.
macro_rules! images_of_data {
    () => {
        fn len(&self) -> usize {
            self.data.len()
        }
        fn labels(&self) -> &[u32] {
            self.data.labels()
        }
        fn identities(&self) -> &[String] {
            self.data.identities()
        }
        fn describe(&self, index: usize) -> String {
            self.data.describe(index)
        }
    };
}
pub(crate) use images_of_data;

/// A pointer to a data set is a data set, so that views can share one.
macro_rules! through_pointer {
    ($($pointer:ty),*) => {$(
        impl<D: FaceDataset + ?Sized> FaceDataset for $pointer {
            fn len(&self) -> usize {
                (**self).len()
            }
            fn labels(&self) -> &[u32] {
                (**self).labels()
            }
            fn identities(&self) -> &[String] {
                (**self).identities()
            }
            fn describe(&self, index: usize) -> String {
                (**self).describe(index)
            }
            fn image(&self, index: usize) -> Result<RgbImage, DataError> {
                (**self).image(index)
            }
            fn file(&self, index: usize) -> Option<&Path> {
                (**self).file(index)
            }
        }
    )*};
}

through_pointer!(&D, Box<D>, std::sync::Arc<D>);

use ndarray::{Array2, ArrayView2};

use crate::MetricsError;
use crate::distance::{DistanceKind, squared_norms};
use crate::label::{Label, Numbered};

/// Several images made one embedding, as IJB-B and IJB-C evaluate (Whitelam et al., 2017): a template is
/// the mean over its media of the mean over the images (the frames of a video) of each medium, scaled to
/// unit length.
///
/// ```text
/// t = 1/M Σ_m ( 1/N_m Σ_i x_{m,i} )        embedding = t / ‖t‖
/// ```
///
/// A medium counts once, however many frames it has.
///
/// ```
/// use facenet_metrics::Templates;
/// use ndarray::array;
///
/// // Template 5 has a video of two frames (medium 1) and a photograph (medium 2).
/// let images = array![[1.0f32, 0.0], [1.0, 0.0], [0.0, 1.0]];
/// let templates = Templates::new(images.view(), &[5, 5, 5], &[1, 1, 2])?;
/// assert_eq!((templates.ids(), templates.media()), (&[5][..], &[2][..]));
/// assert!((templates.embeddings()[[0, 1]] - 0.5f32.sqrt()).abs() < 1e-6);
/// # Ok::<(), facenet_metrics::MetricsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Templates<T> {
    ids: Vec<T>,
    media: Vec<usize>,
    images: Vec<usize>,
    embeddings: Array2<f32>,
}

impl<T: Label> Templates<T> {
    /// From images, the template of each and the medium of each. A medium belongs to its template: the
    /// same number in another template is another medium.
    ///
    /// # Shapes
    ///
    /// `embeddings` is `[images, dimensions]`; both lists have one entry an image.
    ///
    /// # Errors
    ///
    /// [`MetricsError::Length`] where a list does not fit, [`MetricsError::NotFinite`] for an embedding
    /// that is not finite, [`MetricsError::ZeroTemplate`] where images cancel each other out.
    pub fn new<M: Label>(
        embeddings: ArrayView2<'_, f32>,
        templates: &[T],
        media: &[M],
    ) -> Result<Templates<T>, MetricsError> {
        MetricsError::check_length("templates", templates.len(), embeddings.nrows())?;
        MetricsError::check_length("media", media.len(), embeddings.nrows())?;
        squared_norms(embeddings, DistanceKind::SquaredEuclidean)?;
        let numbered = Numbered::new(templates);
        let mut made = Templates {
            ids: Vec::new(),
            media: Vec::new(),
            images: numbered.sizes.clone(),
            embeddings: Array2::zeros((numbered.sizes.len(), embeddings.ncols())),
        };
        for (number, members) in numbered.members().into_iter().enumerate() {
            let rows = members.iter().map(|&row| row as usize);
            let id = rows.clone().next().map(|row| templates[row]);
            made.ids.extend(id);
            let of_rows: Vec<M> = rows.clone().map(|row| media[row]).collect();
            let of_media = Numbered::new(&of_rows);
            made.media.push(of_media.sizes.len());
            // A sum points where the mean does, and only the direction is kept.
            let mut sum = vec![0.0f64; embeddings.ncols()];
            for (row, &medium) in rows.zip(&of_media.of) {
                let images = of_media.sizes[medium as usize] as f64;
                for (sum, &x) in sum.iter_mut().zip(embeddings.row(row)) {
                    *sum += f64::from(x) / images;
                }
            }
            let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
            if length < f64::from(f32::MIN_POSITIVE) {
                return Err(MetricsError::ZeroTemplate {
                    template: id.map_or(String::new(), |id| format!("{id:?}")),
                });
            }
            for (value, sum) in made.embeddings.row_mut(number).iter_mut().zip(sum) {
                *value = (sum / length) as f32;
            }
        }
        Ok(made)
    }

    /// A template for each identity, of which each image is a medium of its own.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn of_identities(
        embeddings: ArrayView2<'_, f32>,
        labels: &[T],
    ) -> Result<Templates<T>, MetricsError> {
        MetricsError::check_length("labels", labels.len(), embeddings.nrows())?;
        let media: Vec<usize> = (0..labels.len()).collect();
        Templates::new(embeddings, labels, &media)
    }

    /// The templates, in the order of their first image.
    pub fn ids(&self) -> &[T] {
        &self.ids
    }

    /// The number of media of each.
    pub fn media(&self) -> &[usize] {
        &self.media
    }

    /// The number of images of each.
    pub fn images(&self) -> &[usize] {
        &self.images
    }

    /// Their embeddings, `[templates, dimensions]`, of unit length.
    pub fn embeddings(&self) -> ArrayView2<'_, f32> {
        self.embeddings.view()
    }

    /// Embeddings and ids.
    pub fn into_parts(self) -> (Array2<f32>, Vec<T>) {
        (self.embeddings, self.ids)
    }
}

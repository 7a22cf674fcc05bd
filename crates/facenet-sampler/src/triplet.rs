use serde::{Deserialize, Serialize};

/// A triplet of images by their indices, in a batch or in a data set: anchor and positive show one identity, the negative
/// another ([FaceNet](https://arxiv.org/abs/1503.03832), §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Triplet {
    /// The anchor.
    pub anchor: usize,
    /// Another image of the anchor's identity.
    pub positive: usize,
    /// An image of another identity.
    pub negative: usize,
}

impl Triplet {
    /// Anchor, positive, negative.
    pub fn indices(self) -> [usize; 3] {
        [self.anchor, self.positive, self.negative]
    }

    /// The same triplet where row `i` of the subset is image `images[i]` of the data set.
    ///
    /// # Panics
    /// Where `images` lacks a row.
    pub fn of_images(self, images: &[usize]) -> Self {
        let [anchor, positive, negative] = self.indices().map(|row| images[row]);
        Self {
            anchor,
            positive,
            negative,
        }
    }
}

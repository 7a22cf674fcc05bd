use image::{DynamicImage, RgbImage};
use image_hasher::{HashAlg, Hasher, HasherConfig};
use sha2::{Digest, Sha256};

use crate::{DataError, resize};

/// Bits of a perceptual hash.
pub(crate) const BITS: u32 = 256;
/// Pixels each way that the hash is made from: its own filter is slow on large images.
const SIDE: u32 = 64;

/// 256 bits that hardly change when an image is resized, compressed or made brighter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PerceptualHash(pub(crate) [u64; 4]);

impl PerceptualHash {
    /// The number of bits in which the two differ.
    pub(crate) fn distance(self, other: PerceptualHash) -> u32 {
        let bits = self.0.iter().zip(other.0);
        bits.map(|(a, b)| (a ^ b).count_ones()).sum()
    }
}

/// Hashes images; one for all threads.
pub(crate) struct ImageHasher(Hasher<[u8; 32]>);

impl ImageHasher {
    pub(crate) fn new() -> Self {
        // Whether each pixel of 16 × 16 is brighter than its right neighbor.
        let config = HasherConfig::with_bytes_type::<[u8; 32]>()
            .hash_size(16, 16)
            .hash_alg(HashAlg::Gradient);
        Self(config.to_hasher())
    }

    pub(crate) fn hash(&self, image: &RgbImage) -> Result<PerceptualHash, DataError> {
        let small = DynamicImage::from(resize(image, SIDE, SIDE)?).to_luma8();
        let hash = self.0.hash_image(&small);
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(hash.as_bytes().chunks_exact(8)) {
            let mut eight = [0; 8];
            eight.copy_from_slice(bytes);
            *word = u64::from_le_bytes(eight);
        }
        Ok(PerceptualHash(words))
    }
}

/// The same for images of the same size and the same pixels, and for no others.
pub(crate) fn content(image: &RgbImage) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(image.width().to_le_bytes());
    hash.update(image.height().to_le_bytes());
    hash.update(image.as_raw());
    hash.finalize().into()
}

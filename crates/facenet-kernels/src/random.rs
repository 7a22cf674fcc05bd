//! Random numbers that a key names: the same on every platform, wherever one begins to draw.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The stream of random numbers of four words, usually a seed, what the numbers are for, and two counters such as
/// epoch and image.
///
/// The words are the key of [ChaCha](https://cr.yp.to/chacha/chacha-20080128.pdf) with 8 rounds, so that streams of
/// neighboring counters have nothing in common, and none has to be replayed to reach another.
///
/// ```
/// use facenet_kernels::random::keyed_stream;
/// use rand_chacha::rand_core::Rng;
///
/// let draw = |epoch| keyed_stream([7, 1, epoch, 0]).next_u64();
/// assert_eq!(draw(3), draw(3));
/// assert_ne!(draw(3), draw(4));
/// ```
pub fn keyed_stream(key: [u64; 4]) -> ChaCha8Rng {
    let mut bytes = [0; 32];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(key) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(bytes)
}

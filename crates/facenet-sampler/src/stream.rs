use facenet_kernels::random::keyed_stream;
use rand_chacha::ChaCha8Rng;

/// What a stream of random numbers is for, so that no two uses share one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// The order of the identities in an epoch.
    Identities,
    /// The order of the images of one identity.
    Images,
    /// The negatives of a batch.
    Negatives,
    /// Where the weighted identities of an epoch are met.
    Line,
    /// The order of the groups of neighbors in an epoch.
    Groups,
    /// The order of the mined triplets in an epoch.
    Triplets,
}

/// The stream of `(seed, purpose, a, b)`, the same on every platform.
///
/// The four numbers are the key of ChaCha, so that streams of neighboring epochs have nothing in
/// common, and none has to be replayed to reach another.
pub(crate) fn stream(seed: u64, purpose: Purpose, a: u64, b: u64) -> ChaCha8Rng {
    let purpose = match purpose {
        Purpose::Identities => 1u64,
        Purpose::Images => 2,
        Purpose::Negatives => 3,
        Purpose::Line => 4,
        Purpose::Groups => 5,
        Purpose::Triplets => 6,
    };
    keyed_stream([seed, purpose, a, b])
}

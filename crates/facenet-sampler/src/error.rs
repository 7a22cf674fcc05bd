/// Settings or labels from which no batch can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SamplerError {
    /// K is zero.
    #[error("K, the images of each identity in a batch, is 0; expected at least 1")]
    NoImagesPerIdentity,

    /// P is zero or one: a batch without a second identity has no negative.
    #[error("P, the identities in a batch, is {p}; expected at least 2")]
    TooFewIdentitiesPerBatch {
        /// The value of P.
        p: usize,
    },

    /// P × K is more than can be indexed.
    #[error("a batch of P = {p} identities with K = {k} images each; expected P x K below 2^32")]
    BatchTooLarge {
        /// The value of P.
        p: usize,
        /// The value of K.
        k: usize,
    },

    /// The number of this replica is not below the number of replicas.
    #[error("replica {rank} of {world}; expected a number below that of the replicas")]
    Replica {
        /// The number of this replica.
        rank: usize,
        /// The number of replicas.
        world: usize,
    },

    /// There is no label at all.
    #[error("no labels; expected images of at least two identities")]
    NoIdentities,

    /// All labels are the same.
    #[error("one identity among {images} labels; expected at least two")]
    OneIdentity {
        /// The number of labels.
        images: usize,
    },

    /// Fewer identities than a batch needs are left for each replica.
    #[error(
        "{usable} of {identities} identities can be used (K = {k}, short identities: {short:?}), \
         {share} for each of {world} replica(s); expected at least P = {p}"
    )]
    TooFewIdentities {
        /// The identities that the labels name.
        identities: usize,
        /// Those with enough images.
        usable: usize,
        /// The smallest number a replica gets.
        share: usize,
        /// The value of P.
        p: usize,
        /// The value of K.
        k: usize,
        /// What happens to identities with fewer than K images.
        short: crate::ShortIdentity,
        /// The number of replicas.
        world: usize,
    },

    /// More labels than can be indexed.
    #[error("{images} labels; expected fewer than 2^32")]
    TooManyImages {
        /// The number of labels.
        images: usize,
    },
}

/// Settings or labels from which no batch can be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
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

    /// A batch is larger than can be indexed.
    #[error(
        "a batch of P = {p} identities with K = {k} images each and {negatives} negatives; expected \
         fewer than 2^32 images"
    )]
    BatchTooLarge {
        /// The value of P.
        p: usize,
        /// The value of K.
        k: usize,
        /// The random negatives.
        negatives: usize,
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

    /// A batch of the largest identities leaves fewer images than negatives are asked for.
    #[error(
        "{negatives} negatives in a batch; expected at most {left}, the images beside those of the \
         P = {p} largest identities"
    )]
    TooManyNegatives {
        /// The random negatives.
        negatives: usize,
        /// The images that are left.
        left: usize,
        /// The value of P.
        p: usize,
    },

    /// No selection of identities has this name.
    #[error("no selection of identities is called '{given}'; expected one of: {expected}")]
    UnknownSelection {
        /// The text.
        given: String,
        /// What there is.
        expected: &'static str,
    },

    /// The power of the number of images is out of range.
    #[error("by-count:{alpha}; expected a power from -8 to 8")]
    CountPower {
        /// The power.
        alpha: f64,
    },

    /// A group of neighbors needs two.
    #[error("hard:{group}; expected groups of at least 2 identities")]
    NeighborGroup {
        /// The identities in a group.
        group: usize,
    },

    /// Neighbors are those of other identities.
    #[error(
        "neighbors of {neighbors} identities; expected those of the {identities} in the labels"
    )]
    OtherIdentities {
        /// The identities with neighbors.
        neighbors: usize,
        /// The identities that the labels name.
        identities: usize,
    },

    /// A triplet names an image that is not there.
    #[error("a triplet names image {image}; expected those of a data set with {images} images")]
    OtherImages {
        /// The number of the image.
        image: usize,
        /// The images of the data set.
        images: usize,
    },

    /// A list of neighbors names something that is not there.
    #[error("the neighbors of {of} name {neighbor}; expected numbers below {len}")]
    NeighborOutOfRange {
        /// Whose neighbors they are.
        of: usize,
        /// The number.
        neighbor: u32,
        /// How many there are.
        len: usize,
    },

    /// Numbers that are no whole number of rows, or too many rows.
    #[error("{values} numbers; expected rows of {dims}, fewer than 2^32 of them")]
    Rows {
        /// How many numbers there are.
        values: usize,
        /// The length of a row.
        dims: usize,
    },

    /// Rows without labels, or labels without rows.
    #[error("{rows} embeddings and {labels} labels; expected a label for each embedding")]
    RowLabels {
        /// The embeddings.
        rows: usize,
        /// The labels.
        labels: usize,
    },

    /// An embedding or a center is not a number.
    #[error("row {row} has a number that is not finite; expected finite embeddings")]
    NotFinite {
        /// The row.
        row: usize,
    },

    /// No rule of offline mining has this name.
    #[error("no offline mining is called '{given}'; expected one of: {expected}")]
    UnknownOfflineMining {
        /// The text.
        given: String,
        /// What there is.
        expected: &'static str,
    },

    /// The margin of offline mining is not above 0.
    #[error("semi-hard:{margin}; expected a margin above 0")]
    OfflineMargin {
        /// The margin.
        margin: f32,
    },

    /// A batch of no triplets.
    #[error("0 triplets in a batch; expected at least 1")]
    NoTripletsPerBatch,

    /// Fewer triplets than replicas; none at all, mostly.
    #[error("{triplets} mined triplets; expected at least one for each of {world} replica(s)")]
    TooFewTriplets {
        /// The triplets.
        triplets: usize,
        /// The number of replicas.
        world: usize,
    },

    /// More triplets than can be indexed.
    #[error("{triplets} mined triplets; expected fewer than 2^32")]
    TooManyTriplets {
        /// The triplets.
        triplets: usize,
    },
}

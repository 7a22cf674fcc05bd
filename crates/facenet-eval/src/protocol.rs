use facenet_metrics::{DistanceKind, Folds, LfwProtocol};

/// How pairs are evaluated, whichever they are: the folds and the range of the distances come with the
/// pairs and the embeddings.
///
/// ```
/// use facenet_eval::PairsProtocolConfig;
///
/// let config = PairsProtocolConfig::new().with_fars([1e-2, 1e-3]);
/// assert_eq!(config.fars.len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct PairsProtocolConfig {
    /// The distance of two embeddings. Default: [`DistanceKind::SquaredEuclidean`].
    pub distance: DistanceKind,
    /// Whether the mean embedding of the other folds is subtracted first, which changes angles alone.
    /// Default: no.
    pub mean_subtracted: bool,
    /// The false accept rates that VAL is reported at. Default: 1e-3.
    pub fars: Vec<f64>,
}

impl Default for PairsProtocolConfig {
    fn default() -> Self {
        Self {
            distance: DistanceKind::SquaredEuclidean,
            mean_subtracted: false,
            fars: vec![1e-3],
        }
    }
}

impl PairsProtocolConfig {
    /// LFW's protocol as published: squared Euclidean distance, VAL at FAR 1e-3
    /// ([FaceNet](https://arxiv.org/abs/1503.03832), §4, §5.6).
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the distance of two embeddings.
    pub fn with_distance(mut self, distance: DistanceKind) -> Self {
        self.distance = distance;
        self
    }

    /// Sets whether the mean embedding of the other folds is subtracted first.
    pub fn with_mean_subtracted(mut self, mean_subtracted: bool) -> Self {
        self.mean_subtracted = mean_subtracted;
        self
    }

    /// Sets the false accept rates that VAL is reported at.
    pub fn with_fars(mut self, fars: impl Into<Vec<f64>>) -> Self {
        self.fars = fars.into();
        self
    }

    /// The protocol over `folds`, for squared distances up to `range`; angles have a range of their own.
    pub fn init(&self, folds: &Folds, range: f64) -> LfwProtocol {
        let protocol = LfwProtocol::new(folds.clone())
            .with_distance(self.distance)
            .with_mean_subtracted(self.mean_subtracted)
            .with_fars(self.fars.clone());
        match self.distance {
            DistanceKind::SquaredEuclidean => protocol.with_range(range),
            _ => protocol,
        }
    }

    /// Whether the distances of a pair depend on the fold it is in.
    pub(crate) fn has_distances_per_fold(&self) -> bool {
        self.mean_subtracted && self.distance == DistanceKind::Angle
    }
}

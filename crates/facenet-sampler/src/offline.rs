use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::nearest::{Rows, in_threads, squared_distance};
use crate::{SamplerError, Triplet};

/// Which triplets are mined offline, from the embeddings of a subset that are recomputed every n steps
/// (FaceNet §3.2: "using the most recent network checkpoint and computing the argmin and argmax on a
/// subset of the data").
///
/// | value | text | triplets |
/// |---|---|---|
/// | `Hard` | `hard` | for each anchor its farthest positive and its nearest negative |
/// | `SemiHard { margin }` | `semi-hard`, `semi-hard:0.2` | for each positive pair the nearest negative that is farther than the positive, by less than the margin |
///
/// Distances are squared Euclidean. The hardest negatives can make a network collapse early in its
/// training (§3.2), and mislabeled faces come first among them; `SemiHard` has neither trouble.
///
/// ```
/// use facenet_sampler::OfflineMining;
///
/// let embeddings = [0.0, 0.5, 0.4, 2.0]; // one dimension
/// let triplets = OfflineMining::Hard.mine(&embeddings, 1, &[7, 7, 8, 8])?;
/// assert_eq!(triplets.len(), 4);
/// assert_eq!(triplets[0].indices(), [0, 1, 2]);
/// assert_eq!(triplets[3].indices(), [3, 2, 1]);
/// # Ok::<(), facenet_sampler::SamplerError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum OfflineMining {
    /// For each anchor its farthest positive and its nearest negative.
    Hard,
    /// For each anchor and positive the nearest negative with d_ap < d_an < d_ap + margin.
    SemiHard {
        /// The margin, above 0, in squared distance. Default in text: 0.2, FaceNet's α.
        margin: f32,
    },
}

/// What is offered, for messages.
const NAMES: &str = "hard, semi-hard, semi-hard:0.2";

impl OfflineMining {
    /// Mines the triplets of a subset, ordered by anchor, then by positive; of equally far images the
    /// first. What has no positive or no negative is in no triplet.
    ///
    /// It takes all distances within the subset, on all cores, and gives the same triplets on any
    /// number of them.
    ///
    /// # Shapes
    /// - `embeddings`: `[images, dims]`, row after row; `labels`: one for each image
    ///
    /// # Errors
    /// [`SamplerError`] where the numbers make no rows of `dims`, are not finite, or are not as many rows
    /// as labels, or where the margin is not above 0.
    pub fn mine(
        &self,
        embeddings: &[f32],
        dims: usize,
        labels: &[u32],
    ) -> Result<Vec<Triplet>, SamplerError> {
        self.validate()?;
        let rows = Rows::labeled(embeddings, dims, labels)?;
        let parts = in_threads(rows.len(), |range| {
            let mut triplets = Vec::new();
            let (mut positives, mut negatives) = (Vec::new(), Vec::new());
            for anchor in range {
                positives.clear();
                negatives.clear();
                for row in (0..rows.len()).filter(|&row| row != anchor) {
                    let side = match labels[row] == labels[anchor] {
                        true => &mut positives,
                        false => &mut negatives,
                    };
                    side.push((squared_distance(rows.of(anchor), rows.of(row)), row));
                }
                self.of_anchor(anchor, &positives, &mut negatives, &mut triplets);
            }
            triplets
        });
        Ok(parts.into_iter().flatten().collect())
    }

    fn of_anchor(
        &self,
        anchor: usize,
        positives: &[(f32, usize)],
        negatives: &mut [(f32, usize)],
        triplets: &mut Vec<Triplet>,
    ) {
        let mut push = |positive, negative| {
            triplets.push(Triplet {
                anchor,
                positive,
                negative,
            });
        };
        match *self {
            Self::Hard => {
                // `max_by` takes the last of equal ones, `min_by` the first.
                let farthest = positives.iter().rev().max_by(|a, b| a.0.total_cmp(&b.0));
                let nearest = negatives.iter().min_by(|a, b| a.0.total_cmp(&b.0));
                if let (Some(positive), Some(negative)) = (farthest, nearest) {
                    push(positive.1, negative.1);
                }
            }
            Self::SemiHard { margin } => {
                if positives.is_empty() {
                    return;
                }
                negatives.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
                for &(distance, positive) in positives {
                    let farther = negatives.partition_point(|negative| negative.0 <= distance);
                    match negatives.get(farther) {
                        Some(negative) if negative.0 < distance + margin => {
                            push(positive, negative.1);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn validate(&self) -> Result<(), SamplerError> {
        match *self {
            Self::SemiHard { margin } if margin.is_nan() || margin <= 0.0 => {
                Err(SamplerError::OfflineMargin { margin })
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for OfflineMining {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hard => f.write_str("hard"),
            Self::SemiHard { margin } => write!(f, "semi-hard:{margin}"),
        }
    }
}

impl FromStr for OfflineMining {
    type Err = SamplerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || SamplerError::UnknownOfflineMining {
            given: text.to_owned(),
            expected: NAMES,
        };
        let mining = match text.split_once(':') {
            None if text == "hard" => Self::Hard,
            None if text == "semi-hard" => Self::SemiHard { margin: 0.2 },
            Some(("semi-hard", margin)) => Self::SemiHard {
                margin: margin.parse().map_err(|_| unknown())?,
            },
            _ => return Err(unknown()),
        };
        mining.validate()?;
        Ok(mining)
    }
}

impl From<OfflineMining> for String {
    fn from(mining: OfflineMining) -> Self {
        mining.to_string()
    }
}

impl TryFrom<String> for OfflineMining {
    type Error = SamplerError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

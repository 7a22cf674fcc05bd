use std::fmt;
use std::str::FromStr;

use crate::ModelError;

/// What becomes of the mirror image of a face, which many evaluations embed as well.
///
/// A mirror image costs a second pass through the network, and steadies the embedding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Flip {
    /// The face alone, as FaceNet embeds it.
    #[default]
    None,
    /// Both embeddings added and brought to unit length, as insightface evaluates.
    Sum,
    /// Both embeddings side by side, as davidsandberg/facenet evaluates
    /// (`--use_flipped_images`): twice the dimensions, and a squared length of 2.
    Concat,
}

impl Flip {
    /// All of them, in the order of their cost.
    pub const ALL: [Flip; 3] = [Flip::None, Flip::Sum, Flip::Concat];

    /// The name: `none`, `sum` or `concat`.
    pub fn name(self) -> &'static str {
        match self {
            Flip::None => "none",
            Flip::Sum => "sum",
            Flip::Concat => "concat",
        }
    }

    /// The largest squared Euclidean distance of two embeddings: 4, or 8 where two of unit length
    /// stand side by side.
    pub fn largest_squared_distance(self) -> f64 {
        match self {
            Flip::None | Flip::Sum => 4.0,
            Flip::Concat => 8.0,
        }
    }

    /// How many numbers an embedding has, for a network that gives `dim`.
    pub fn dim(self, dim: usize) -> usize {
        match self {
            Flip::None | Flip::Sum => dim,
            Flip::Concat => 2 * dim,
        }
    }
}

impl fmt::Display for Flip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Flip {
    type Err = ModelError;

    fn from_str(name: &str) -> Result<Self, ModelError> {
        Flip::ALL
            .into_iter()
            .find(|flip| flip.name() == name)
            .ok_or_else(|| {
                ModelError::Configuration(format!(
                    "flip '{name}': expected one of none, sum, concat"
                ))
            })
    }
}

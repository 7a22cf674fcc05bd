use serde::{Deserialize, Serialize};

use crate::verification::{DistanceValue, Scores};

/// A falling probability, linear between knots and constant beyond them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Isotonic {
    /// (distance, probability), the distances rising and the probabilities not.
    knots: Vec<[f64; 2]>,
}

/// Neighboring distances that share one probability.
struct Block {
    first: f64,
    last: f64,
    genuine: f64,
    impostor: f64,
}

impl Block {
    fn probability(&self) -> f64 {
        self.genuine / (self.genuine + self.impostor)
    }
}

impl Isotonic {
    /// `None` where one probability is best for all distances.
    pub(super) fn fit<T: DistanceValue>(scores: &Scores<T>) -> Option<Isotonic> {
        let (genuine, impostor) = scores.both()?;
        let mut blocks: Vec<Block> = Vec::new();
        let (mut ta, mut fa) = (0, 0);
        for step in scores.steps() {
            let mut block = Block {
                first: step.distance,
                last: step.distance,
                genuine: (step.true_accepts - ta) as f64 / genuine,
                impostor: (step.false_accepts - fa) as f64 / impostor,
            };
            (ta, fa) = (step.true_accepts, step.false_accepts);
            // A block that is not below the one before it is pooled with it.
            while let Some(before) =
                blocks.pop_if(|before| before.probability() <= block.probability())
            {
                block.first = before.first;
                block.genuine += before.genuine;
                block.impostor += before.impostor;
            }
            blocks.push(block);
        }
        if blocks.len() < 2 {
            return None;
        }
        let mut knots = Vec::with_capacity(2 * blocks.len());
        for block in &blocks {
            knots.push([block.first, block.probability()]);
            if block.last > block.first {
                knots.push([block.last, block.probability()]);
            }
        }
        Some(Isotonic { knots })
    }

    pub(super) fn probability(&self, distance: f64) -> f64 {
        let after = self.knots.partition_point(|knot| knot[0] <= distance);
        let before = after.checked_sub(1).and_then(|at| self.knots.get(at));
        match (before, self.knots.get(after)) {
            (Some(&[d0, p0]), Some(&[d1, p1])) => {
                let share = (distance - d0) / (d1 - d0);
                p0 + share * (p1 - p0)
            }
            (Some(&[_, p]), None) | (None, Some(&[_, p])) => p,
            (None, None) => f64::NAN,
        }
    }

    pub(super) fn is_sound(&self) -> bool {
        self.knots.len() > 1
            && self
                .knots
                .iter()
                .all(|&[d, p]| d.is_finite() && (0.0..=1.0).contains(&p))
            && self
                .knots
                .iter()
                .zip(self.knots.iter().skip(1))
                .all(|(a, b)| a[0] < b[0] && a[1] >= b[1])
    }
}

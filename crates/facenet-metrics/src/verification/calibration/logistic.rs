use serde::{Deserialize, Serialize};

use super::softplus;
use crate::verification::{DistanceValue, Scores};

/// Newton's steps after which a fit is left as it is; a handful are taken.
const STEPS: usize = 100;

/// What the loss of millions of pairs, at most ln 2 to begin with, is rounded by.
const ROUNDING: f64 = 1e-12;

/// The logit of the probability is a straight line in the distance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Logistic {
    intercept: f64,
    slope: f64,
}

/// The loss at a line, its gradient and its Hessian.
#[derive(Default)]
struct Derivatives {
    loss: f64,
    gradient: [f64; 2],
    /// The three entries of the symmetric matrix: (0, 0), (0, 1), (1, 1).
    hessian: [f64; 3],
}

impl Logistic {
    /// `None` where all distances are equal, or the probability would not fall with the distance.
    pub(super) fn fit<T: DistanceValue>(scores: &Scores<T>) -> Option<Logistic> {
        let (genuine, impostor) = scores.both()?;
        let lists = [scores.genuine(), scores.impostor()];
        let mean_of = |list: &[T], count: f64| list.iter().map(|&d| d.into()).sum::<f64>() / count;
        let means = [mean_of(lists[0], genuine), mean_of(lists[1], impostor)];
        // In units of their own spread about their own middle, distances of any size are fitted alike.
        let middle = (means[0] + means[1]) / 2.0;
        let smallest = lists
            .iter()
            .filter_map(|list| list.first())
            .map(|&d| d.into());
        let largest = lists
            .iter()
            .filter_map(|list| list.last())
            .map(|&d| d.into());
        let spread = largest.fold(f64::MIN, f64::max) - smallest.fold(f64::MAX, f64::min);
        if !(spread.is_normal() && means[0] < means[1]) {
            return None;
        }
        let kinds = [
            (lists[0], (genuine + 1.0) / (genuine + 2.0), 0.5 / genuine),
            (lists[1], 1.0 / (impostor + 2.0), 0.5 / impostor),
        ];
        let at = |[intercept, slope]: [f64; 2]| {
            let mut sum = Derivatives::default();
            for (list, target, weight) in kinds {
                for &distance in list {
                    let x = (distance.into() - middle) / spread;
                    let logit = intercept + slope * x;
                    let (p, q) = (1.0 / (1.0 + (-logit).exp()), 1.0 / (1.0 + logit.exp()));
                    // −t ln p − (1 − t) ln (1 − p)
                    sum.loss += weight * (softplus(logit) - target * logit);
                    let (slant, bend) = (weight * (p - target), weight * p * q);
                    sum.gradient[0] += slant;
                    sum.gradient[1] += slant * x;
                    sum.hessian[0] += bend;
                    sum.hessian[1] += bend * x;
                    sum.hessian[2] += bend * x * x;
                }
            }
            sum
        };
        let mut line = [0.0, 0.0];
        let mut here = at(line);
        for _ in 0..STEPS {
            let [a, b, c] = here.hessian;
            let determinant = a * c - b * b;
            let [u, v] = here.gradient;
            // Equal distances have been turned away; this is rounding, at a curve that is a step.
            if determinant <= 0.0 {
                break;
            }
            let step = [(b * v - c * u) / determinant, (b * u - a * v) / determinant];
            let descent = step[0] * u + step[1] * v;
            // Twice the decrease that a parabola promises: what is left is a 1e-11th of a unit.
            if descent > -1e-22 {
                break;
            }
            let mut share = 1.0;
            let moved = loop {
                let next = [line[0] + share * step[0], line[1] + share * step[1]];
                let there = at(next);
                if there.loss <= here.loss + 1e-4 * share * descent + ROUNDING {
                    break Some((next, there));
                }
                share /= 2.0;
                if share < 1e-10 {
                    break None;
                }
            };
            match moved {
                Some(moved) => (line, here) = moved,
                None => break,
            }
        }
        let slope = line[1] / spread;
        Some(Logistic {
            intercept: line[0] - slope * middle,
            slope,
        })
        .filter(Logistic::is_sound)
    }

    pub(super) fn logit(&self, distance: f64) -> f64 {
        self.intercept + self.slope * distance
    }

    pub(super) fn is_sound(&self) -> bool {
        self.intercept.is_finite() && self.slope.is_finite() && self.slope < 0.0
    }
}

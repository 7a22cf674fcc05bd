//! Mining of one anchor: from the row of its distances to the row of its weights.

use super::counting::{self, Extreme};
use super::identities::Identities;
use super::pairs;
use super::thresholds::{self, Tally, Threshold};
use crate::fused::ops::TripletSettings;
use crate::mining::{Choice, Eligible, Positives, Weighting, draw};
use crate::{Distance, Margin};

/// Counts of an anchor: positives, negatives, and selected, active and violating triplets.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Mined {
    pub(super) positives: u64,
    pub(super) negatives: u64,
    pub(super) selected: u64,
    pub(super) active: u64,
    pub(super) violating: u64,
    /// Sums of d_ap and of d_an.
    pub(super) d_ap: f64,
    pub(super) d_an: f64,
    /// Summed cost of the selected triplets.
    pub(super) cost: f64,
    /// Whether all distances are finite.
    pub(super) finite: bool,
    /// The two weights of the anchor's last triplet: all that a rule with one positive has.
    pub(super) pulls: [Pull; 2],
}

/// A weight of a row.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Pull {
    pub(super) candidate: usize,
    pub(super) weight: f32,
}

/// Mines anchors one after the other, with memory that is used again.
pub(super) struct Miner<'a> {
    settings: &'a TripletSettings,
    identities: &'a Identities,
    /// For distance-weighted mining.
    weighting: Option<&'a Weighting>,
    /// Distances of the anchor's negatives; infinite where there is none.
    negatives: Vec<f32>,
    positives: Vec<Positive>,
    /// For thresholds: how many are above each negative, and how many positives are not nearer.
    above: Vec<u32>,
    not_nearer: Vec<u32>,
    ordered: Vec<Threshold>,
    tally: Tally,
    /// dL/dd for each negative, but for the sign.
    pushes: Vec<f32>,
    /// Running sums of the weights of distance-weighted mining.
    shares: Vec<u32>,
}

/// A positive of an anchor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Positive {
    pub(super) index: usize,
    pub(super) distance: f32,
    /// Rank among the positives of its anchor, by index.
    pub(super) rank: u32,
}

impl<'a> Miner<'a> {
    pub(super) fn new(
        settings: &'a TripletSettings,
        identities: &'a Identities,
        weighting: Option<&'a Weighting>,
    ) -> Self {
        Self {
            settings,
            identities,
            weighting,
            negatives: Vec::new(),
            positives: Vec::new(),
            above: Vec::new(),
            not_nearer: Vec::new(),
            ordered: Vec::new(),
            tally: Tally::default(),
            pushes: Vec::new(),
            shares: Vec::new(),
        }
    }

    /// Takes the distances of an anchor from `row` and leaves dL/d(d²) there, where d² is the squared euclidean distance
    /// of which the distance is a function, and L the sum of all costs.
    pub(super) fn mine(&mut self, anchor: usize, row: &mut [f32]) -> Mined {
        let identity = self.identities.of_anchor(anchor);
        let candidates = &self.identities.candidates;
        let sums = counting::separate(row, candidates, identity, &mut self.negatives);
        self.positives.clear();
        let positives = self.identities.positives(anchor).zip(0..);
        self.positives
            .extend(positives.map(|(index, rank)| Positive {
                index: index as usize,
                distance: row[index as usize],
                rank,
            }));
        let mut mined = Mined {
            positives: self.positives.len() as u64,
            negatives: self.identities.negatives(anchor) as u64,
            d_ap: self.positives.iter().map(|p| f64::from(p.distance)).sum(),
            d_an: sums.negatives,
            finite: sums.finite,
            ..Mined::default()
        };
        row.fill(0.0);
        // Where a distance is not finite the loss is NaN, whatever is selected.
        if mined.positives == 0 || mined.negatives == 0 || !mined.finite {
            return mined;
        }
        self.keep_positives();
        match (self.settings.plan.choice, self.settings.margin) {
            (Choice::All, Margin::Hinge(_)) => self.hinge_all(row, &mut mined),
            (Choice::All, _) => self.soft_all(row, &mut mined),
            _ => self.one_each(anchor, row, &mut mined),
        }
        mined
    }

    fn threshold(&self, positive: &Positive) -> f32 {
        positive.distance + self.settings.margin.alpha() as f32
    }

    /// Leaves the positives that the rule looks at.
    fn keep_positives(&mut self) {
        let farthest = |positives: &[Positive], below: f32| {
            let of = positives.iter().filter(|p| p.distance < below);
            // The first of equals stays.
            of.copied()
                .reduce(|best, p| match p.distance > best.distance {
                    true => p,
                    false => best,
                })
        };
        let one =
            match self.settings.plan.positives {
                Positives::All => return,
                Positives::Nearest => self.positives.iter().copied().reduce(|best, p| {
                    match p.distance < best.distance {
                        true => p,
                        false => best,
                    }
                }),
                Positives::Farthest => farthest(&self.positives, f32::INFINITY),
                Positives::FarthestNearer => {
                    let negative = match self.settings.plan.choice {
                        Choice::Farthest => counting::farthest(&self.negatives),
                        _ => counting::nearest(&self.negatives),
                    };
                    farthest(&self.positives, negative.distance)
                }
            };
        self.positives.clear();
        // As a rule's only positive it has rank 0.
        self.positives
            .extend(one.map(|p| Positive { rank: 0, ..p }));
    }

    /// All eligible negatives under a hinge: the sums over a positive's triplets depend on a negative only by how many
    /// thresholds d_ap + α are above it. Exact for batch-all too, where what is not below a threshold costs nothing.
    fn hinge_all(&mut self, row: &mut [f32], mined: &mut Mined) {
        thresholds::order(&self.positives, self.settings.margin, &mut self.ordered);
        counting::above(&self.ordered, &self.negatives, &mut self.above);
        let too_far = match self.settings.plan.eligible {
            Eligible::Band => {
                counting::at_least(&self.ordered, &self.negatives, &mut self.not_nearer);
                Some(self.not_nearer.as_slice())
            }
            _ => None,
        };
        let sums = thresholds::sum(
            &self.ordered,
            &self.negatives,
            &self.above,
            too_far,
            row,
            &mut self.tally,
        );
        if self.settings.distance != Distance::SquaredEuclidean {
            for (weight, &distance) in row.iter_mut().zip(&self.negatives) {
                *weight *= self.scale(distance);
            }
        }
        for (threshold, pull) in self.tally.pulls(&self.ordered) {
            let distance = threshold.distance;
            row[threshold.index] = pull as f32 * self.scale(distance);
        }
        mined.cost = sums.cost;
        mined.active = sums.taken;
        mined.violating = sums.violating;
        mined.selected = match self.settings.plan.eligible {
            Eligible::Every => mined.positives * mined.negatives,
            _ => sums.taken,
        };
    }

    /// All eligible negatives under a soft margin, where each triplet has a cost of its own.
    fn soft_all(&mut self, row: &mut [f32], mined: &mut Mined) {
        self.pushes.clear();
        self.pushes.resize(self.negatives.len(), 0.0);
        for positive in &self.positives {
            let limit = self.threshold(positive);
            let sums = pairs::soft(
                self.settings.plan.eligible,
                positive.distance,
                limit,
                &self.negatives,
                &mut self.pushes,
            );
            mined.cost += sums.cost;
            mined.selected += sums.selected;
            mined.active += sums.active;
            mined.violating += sums.violating;
            row[positive.index] = sums.slope as f32 * self.scale(positive.distance);
        }
        for ((weight, push), &distance) in row.iter_mut().zip(&self.pushes).zip(&self.negatives) {
            if *push != 0.0 {
                *weight = -push * self.scale(distance);
            }
        }
    }

    /// At most one negative for each positive.
    fn one_each(&mut self, anchor: usize, row: &mut [f32], mined: &mut Mined) {
        let plan = self.settings.plan;
        let nearest = counting::nearest(&self.negatives);
        let farthest = match plan.choice {
            Choice::Farthest | Choice::NearestElseFarthest => counting::farthest(&self.negatives),
            _ => nearest,
        };
        if let Some(weighting) = self.weighting {
            pairs::shares(weighting, &self.negatives, &mut self.shares);
        }
        thresholds::order(&self.positives, self.settings.margin, &mut self.ordered);
        counting::above(&self.ordered, &self.negatives, &mut self.above);
        mined.violating = self.above.iter().map(|&above| u64::from(above)).sum();
        for positive in &self.positives {
            let limit = self.threshold(positive);
            let next = || {
                let distance = counting::next_above(&self.negatives, positive.distance);
                counting::first_at(&self.negatives, distance)
            };
            // At an infinite distance where none is eligible.
            let nearest_eligible = || match plan.eligible {
                Eligible::Every => nearest,
                Eligible::Violating => nearest.below(limit),
                Eligible::Farther => next(),
                Eligible::Band => next().below(limit),
            };
            let draw = |seed| draw(seed, anchor as u32, positive.rank);
            let chosen = match plan.choice {
                Choice::Nearest => nearest_eligible(),
                Choice::Farthest => farthest,
                Choice::NearestElseFarthest => match nearest_eligible() {
                    none if none.distance == f32::INFINITY => farthest,
                    some => some,
                },
                Choice::Random(seed) => {
                    let (above, below) = match plan.eligible {
                        Eligible::Band => (positive.distance, limit),
                        Eligible::Farther => (positive.distance, f32::INFINITY),
                        Eligible::Violating => (f32::NEG_INFINITY, limit),
                        Eligible::Every => (f32::NEG_INFINITY, f32::INFINITY),
                    };
                    counting::drawn(&self.negatives, above, below, draw(seed))
                }
                Choice::Weighted(seed) => pairs::drawn(&self.shares, &self.negatives, draw(seed)),
                Choice::All => Extreme::NONE,
            };
            if chosen.distance == f32::INFINITY {
                continue;
            }
            let (cost, slope) = self.settings.margin.cost_and_slope(limit - chosen.distance);
            mined.selected += 1;
            mined.active += u64::from(cost > 0.0);
            mined.cost += f64::from(cost);
            let pull = Pull {
                candidate: positive.index,
                weight: slope * self.scale(positive.distance),
            };
            let push = Pull {
                candidate: chosen.index,
                weight: -slope * self.scale(chosen.distance),
            };
            mined.pulls = [pull, push];
            for Pull { candidate, weight } in mined.pulls {
                row[candidate] += weight;
            }
        }
    }

    /// The derivative of the distance for the squared one.
    fn scale(&self, distance: f32) -> f32 {
        match self.settings.distance {
            Distance::SquaredEuclidean => 1.0,
            Distance::Euclidean if distance == 0.0 => 0.0,
            Distance::Euclidean => 0.5 / distance,
            Distance::Cosine => 0.5,
        }
    }
}

impl Margin {
    /// Cost of a triplet and its derivative, for x = d_ap − d_an + α.
    fn cost_and_slope(&self, x: f32) -> (f32, f32) {
        match self {
            Self::Hinge(_) if x > 0.0 => (x, 1.0),
            Self::Hinge(_) => (0.0, 0.0),
            Self::Soft | Self::SoftPlus(_) => super::soft::softplus_and_sigmoid(x),
        }
    }
}

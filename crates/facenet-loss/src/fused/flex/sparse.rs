//! Rules with one triplet for each anchor: two weights in a row, and no matrix of them.

use rayon::prelude::*;

use super::distances::Panels;
use super::miner::Mined;
use super::{Problem, Solution, TASK};

pub(super) fn solve(problem: &Problem<'_>) -> Solution {
    let Problem { x, y, settings, .. } = *problem;
    let (anchors, candidates) = (x.len(), y.len());
    let panels = Panels::new(y);
    let mut mined = vec![Mined::default(); anchors];
    mined.par_chunks_mut(TASK).enumerate().for_each_init(
        || (problem.miner(), vec![0.0; TASK * candidates]),
        |(miner, distances), (task, mined)| {
            let start = task * TASK;
            let rows = x.range(start..start + mined.len());
            panels.distances(settings.distance, rows, distances);
            let rows = distances.chunks_exact_mut(candidates).zip(mined);
            for (anchor, (row, mined)) in rows.enumerate() {
                *mined = miner.mine(start + anchor, row);
            }
        },
    );
    let mut x_gradient = Vec::new();
    let mut y_gradient = Vec::new();
    if settings.gradient {
        x_gradient.resize(x.values.len(), 0.0);
        if !settings.same {
            y_gradient.resize(y.values.len(), 0.0);
        }
        for (anchor, mined) in mined.iter().enumerate() {
            for pull in mined.pulls.iter().filter(|pull| pull.weight != 0.0) {
                let (x_row, y_row) = (x.row(anchor), y.row(pull.candidate));
                add_difference(&mut x_gradient, anchor, pull.weight, x_row, y_row);
                let candidates = match settings.same {
                    true => &mut x_gradient,
                    false => &mut y_gradient,
                };
                add_difference(candidates, pull.candidate, pull.weight, y_row, x_row);
            }
        }
    }
    Solution {
        mined,
        x_gradient,
        y_gradient,
    }
}

/// Adds w (x − y) to a row.
fn add_difference(gradient: &mut [f32], row: usize, weight: f32, x: &[f32], y: &[f32]) {
    let out = &mut gradient[row * x.len()..][..x.len()];
    for (out, (x, y)) in out.iter_mut().zip(x.iter().zip(y)) {
        *out += weight * (x - y);
    }
}

use std::collections::BTreeSet;
use std::ops::Range;

use rayon::prelude::*;

use super::bins::{Bins, END, distance, key};
use super::pass::{KeepGenuine, PassResult, Plan};
use super::report::Bounds;
use crate::verification::far::{ValAtFar, allowed};
use crate::verification::{RocCurve, RocPoint};

/// Genuine pairs, impostor pairs: positions in the arrays of two.
const GENUINE: usize = 0;
const IMPOSTOR: usize = 1;

/// How far apart the points of a ROC are: in VAL, or as a multiple of FAR.
const VAL_STEP: f64 = 0.002;
const FAR_STEP: f64 = 1.02;

/// What is known of the distances so far: how many lie in each of some ranges, and for some ranges which.
pub(super) struct Histogram {
    totals: [u64; 2],
    /// Ranges with pairs, ascending.
    cells: Vec<Cell>,
    /// The distances that are kept, ascending.
    kept: [Vec<f32>; 2],
    /// The bins that each generation of cells came from.
    generations: Vec<Bins>,
}

#[derive(Clone, Debug)]
struct Cell {
    keys: Range<i32>,
    counts: [u64; 2],
    /// Pairs in all cells before.
    before: [u64; 2],
    /// Whether all distances are kept.
    kept: [bool; 2],
    generation: usize,
    bin: u16,
}

impl Cell {
    fn is_single(&self) -> bool {
        self.keys.end - self.keys.start == 1
    }

    /// Pairs up to the end of the cell.
    fn after(&self) -> [u64; 2] {
        [GENUINE, IMPOSTOR].map(|kind| self.before[kind] + self.counts[kind])
    }

    /// Whether each distance of a kind is known.
    fn knows(&self, kind: usize) -> bool {
        self.counts[kind] == 0 || self.kept[kind] || self.is_single()
    }
}

/// The cell that would have to be known better.
#[derive(Debug)]
struct Unknown(usize);

/// The smallest of the first of two ascending lists.
fn nearest(lists: [&[f32]; 2]) -> Option<&f32> {
    let first = lists.into_iter().filter_map(<[f32]>::first);
    first.min_by(|a, b| a.total_cmp(b))
}

/// What the report needs.
pub(super) struct Answers {
    pub(super) auc: Bounds,
    pub(super) eer: f64,
    pub(super) val: Vec<ValAtFar>,
}

/// What the next pass looks into.
pub(super) struct Next {
    pub(super) plan: Plan,
    /// The cell that is cut; else some are kept.
    cut: Option<usize>,
}

/// What of an ascending list has some keys.
fn within<'a>(list: &'a [f32], keys: &Range<i32>) -> &'a [f32] {
    let start = list.partition_point(|&d| key(d) < keys.start);
    let end = list.partition_point(|&d| key(d) < keys.end);
    &list[start..end.max(start)]
}

impl Histogram {
    /// Takes in the first pass.
    pub(super) fn new(totals: [u64; 2], plan: &Plan, found: PassResult) -> Histogram {
        let root = Cell {
            keys: 0..END,
            counts: totals,
            before: [0, 0],
            kept: [plan.genuine == KeepGenuine::All, false],
            generation: 0,
            bin: 0,
        };
        let mut histogram = Histogram {
            totals,
            cells: vec![root],
            kept: [Vec::new(), Vec::new()],
            generations: Vec::new(),
        };
        histogram.cut(0, plan.bins, &found.counts);
        histogram.keep(0, plan, found);
        histogram
    }

    /// Takes in a further pass.
    pub(super) fn learn(&mut self, next: &Next, found: PassResult) {
        match next.cut {
            Some(cell) => self.cut(cell, next.plan.bins, &found.counts),
            None => {
                let same = |bins: &Bins| *bins == next.plan.bins;
                if let Some(generation) = self.generations.iter().position(same) {
                    self.keep(generation, &next.plan, found);
                }
            }
        }
    }

    /// Puts the bins of a histogram in place of a cell.
    fn cut(&mut self, index: usize, bins: Bins, counts: &[Vec<u64>; 2]) {
        let Some(whole) = self.cells.get(index).cloned() else {
            return;
        };
        let generation = self.generations.len();
        self.generations.push(bins);
        let mut before = whole.before;
        let mut parts = Vec::new();
        for bin in 0..=bins.last() {
            let keys = bins.keys(bin);
            if keys.is_empty() || keys.start < whole.keys.start || keys.end > whole.keys.end {
                continue;
            }
            let count = |kind: usize| counts[kind].get(usize::from(bin)).copied().unwrap_or(0);
            let counts = [count(GENUINE), count(IMPOSTOR)];
            if counts != [0, 0] {
                parts.push(Cell {
                    keys,
                    counts,
                    before,
                    kept: whole.kept,
                    generation,
                    bin,
                });
            }
            for (before, count) in before.iter_mut().zip(counts) {
                *before += count;
            }
        }
        self.cells.splice(index..=index, parts);
    }

    /// Notes the distances that a pass kept.
    fn keep(&mut self, generation: usize, plan: &Plan, found: PassResult) {
        for (kind, more) in found.kept.into_iter().enumerate() {
            let Some(mut more) = more else { continue };
            more.par_sort_unstable_by(f32::total_cmp);
            let mut fresh = Vec::new();
            for cell in &mut self.cells {
                let inside = |&(first, last): &(u16, u16)| (first..=last).contains(&cell.bin);
                let looked_at = kind == IMPOSTOR || plan.genuine == KeepGenuine::InBins;
                if looked_at
                    && !cell.kept[kind]
                    && cell.generation == generation
                    && plan.keep.iter().any(inside)
                {
                    cell.kept[kind] = true;
                    fresh.push(cell.keys.clone());
                }
            }
            let kept = &mut self.kept[kind];
            if kept.is_empty() {
                *kept = more;
            } else {
                // What was kept before is not kept twice.
                for keys in fresh {
                    kept.extend_from_slice(within(&more, &keys));
                }
                kept.par_sort_unstable_by(f32::total_cmp);
            }
        }
    }

    /// The distances of a kind in a cell, where they are kept.
    fn kept_in(&self, kind: usize, keys: &Range<i32>) -> &[f32] {
        within(&self.kept[kind], keys)
    }

    /// The distance of a kind that `rank` others are not above.
    fn value(&self, kind: usize, rank: u64) -> Result<f32, Unknown> {
        let holds = |cell: &Cell| cell.before[kind] + cell.counts[kind] <= rank;
        let index = self.cells.partition_point(holds);
        let Some(cell) = self.cells.get(index) else {
            return Err(Unknown(index));
        };
        if cell.is_single() {
            return Ok(distance(cell.keys.start));
        }
        if !cell.kept[kind] {
            return Err(Unknown(index));
        }
        let at = (rank - cell.before[kind]) as usize;
        let values = self.kept_in(kind, &cell.keys);
        values.get(at).copied().ok_or(Unknown(index))
    }

    /// The number of pairs of a kind with a distance below one.
    fn below(&self, kind: usize, limit: f32) -> Result<u64, Unknown> {
        let limit = key(limit);
        let index = self.cells.partition_point(|cell| cell.keys.end <= limit);
        let Some(cell) = self.cells.get(index) else {
            return Ok(self.totals[kind]);
        };
        if limit <= cell.keys.start || cell.counts[kind] == 0 {
            return Ok(cell.before[kind]);
        }
        if !cell.kept[kind] {
            return Err(Unknown(index));
        }
        let inside = self.kept_in(kind, &(cell.keys.start..limit));
        Ok(cell.before[kind] + inside.len() as u64)
    }

    fn val(&self, far_target: f64) -> Result<ValAtFar, Unknown> {
        let [genuine, impostor] = self.totals;
        let rank = allowed(far_target, impostor);
        let (true_accepts, false_accepts) = if rank == impostor {
            (genuine, impostor)
        } else {
            // The first impostor distance too many, and with it all that are equal, must stay out.
            let limit = self.value(IMPOSTOR, rank)?;
            (self.below(GENUINE, limit)?, self.below(IMPOSTOR, limit)?)
        };
        let last = |kind: usize, count: u64| match count.checked_sub(1) {
            Some(rank) => self.value(kind, rank).map(Some),
            None => Ok(None),
        };
        let largest = match (last(GENUINE, true_accepts)?, last(IMPOSTOR, false_accepts)?) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        Ok(ValAtFar {
            far_target,
            val: true_accepts as f64 / genuine as f64,
            far: false_accepts as f64 / impostor as f64,
            true_accepts,
            false_accepts,
            threshold: largest.map(|distance| distance.next_up().into()),
            below_resolution: rank == 0,
        })
    }

    /// FAR, and by how much FAR + VAL is above 1.
    fn rates(&self, [true_accepts, false_accepts]: [u64; 2]) -> (f64, f64) {
        let far = false_accepts as f64 / self.totals[IMPOSTOR] as f64;
        (
            far,
            far + true_accepts as f64 / self.totals[GENUINE] as f64 - 1.0,
        )
    }

    /// The equal error rate, in the arithmetic of [`Scores::eer`](crate::Scores::eer).
    fn eer(&self) -> Result<f64, Unknown> {
        let index = self
            .cells
            .partition_point(|cell| self.rates(cell.after()).1 < 0.0);
        let Some(cell) = self.cells.get(index) else {
            return Ok(1.0);
        };
        if !(cell.knows(GENUINE) && cell.knows(IMPOSTOR)) {
            return Err(Unknown(index));
        }
        let lists = [GENUINE, IMPOSTOR].map(|kind| self.kept_in(kind, &cell.keys));
        let (mut far, mut excess) = self.rates(cell.before);
        let mut accepts = cell.before;
        loop {
            let rest = [GENUINE, IMPOSTOR].map(|kind| {
                let done = (accepts[kind] - cell.before[kind]) as usize;
                lists[kind].get(done..).unwrap_or_default()
            });
            accepts = match nearest(rest) {
                Some(&next) if !cell.is_single() => [GENUINE, IMPOSTOR].map(|kind| {
                    cell.before[kind] + lists[kind].partition_point(|&d| d <= next) as u64
                }),
                _ => cell.after(),
            };
            let (next_far, next_excess) = self.rates(accepts);
            if next_excess >= 0.0 {
                return Ok(far - excess / (next_excess - excess) * (next_far - far));
            }
            if accepts == cell.after() {
                // Not reached: the end of the cell is beyond the crossing.
                return Ok(next_far);
            }
            (far, excess) = (next_far, next_excess);
        }
    }

    fn auc(&self) -> Bounds {
        let [genuine, impostor] = self.totals.map(u128::from);
        // Twice the pairs of a genuine and an impostor pair in the right order; half a pair where equal.
        let (mut certain, mut possible) = (0u128, 0u128);
        for cell in &self.cells {
            let [g, i] = cell.counts.map(u128::from);
            certain += 2 * g * (impostor - u128::from(cell.before[IMPOSTOR]) - i);
            if g == 0 || i == 0 {
                continue;
            }
            if cell.is_single() {
                certain += g * i;
            } else if cell.kept == [true, true] {
                let list = self.kept_in(IMPOSTOR, &cell.keys);
                let (mut below, mut up_to) = (0, 0);
                for &d in self.kept_in(GENUINE, &cell.keys) {
                    below += list[below..].iter().take_while(|&&other| other < d).count();
                    up_to = up_to.max(below);
                    up_to += list[up_to..]
                        .iter()
                        .take_while(|&&other| other <= d)
                        .count();
                    certain += (2 * list.len() - below - up_to) as u128;
                }
            } else {
                possible += 2 * g * i;
            }
        }
        let share = |doubled: u128| doubled as f64 / (2.0 * genuine as f64 * impostor as f64);
        Bounds {
            low: share(certain),
            high: share(certain + possible),
        }
    }

    /// The ROC, at distances that are a little of FAR or of VAL apart.
    pub(super) fn roc(&self) -> RocCurve {
        let [genuine, impostor] = self.totals;
        let mut points = vec![RocPoint {
            threshold: None,
            far: 0.0,
            val: 0.0,
        }];
        for cell in &self.cells {
            let end = cell.after();
            if !cell.is_single() && cell.knows(GENUINE) && cell.knows(IMPOSTOR) {
                let lists = [GENUINE, IMPOSTOR].map(|kind| self.kept_in(kind, &cell.keys));
                let mut rest = lists;
                while let Some(&next) = nearest(rest) {
                    rest = rest.map(|list| {
                        let equal = list.iter().take_while(|&&d| d <= next).count();
                        &list[equal..]
                    });
                    let left = rest.map(|list| list.len() as u64);
                    let accepts = [end[GENUINE] - left[GENUINE], end[IMPOSTOR] - left[IMPOSTOR]];
                    self.add_point(&mut points, next, accepts);
                }
            } else {
                // All keys of the cell are accepted, but no more; no distance is the largest number.
                let last = (cell.keys.end - 1).min(key(f32::MAX) - 1);
                self.add_point(&mut points, distance(last), end);
            }
        }
        RocCurve {
            genuine: genuine as usize,
            impostor: impostor as usize,
            points,
        }
    }

    /// Adds a point that is far enough from the one before, or the last; `largest` is the largest distance that it
    /// accepts.
    fn add_point(&self, points: &mut Vec<RocPoint>, largest: f32, accepts: [u64; 2]) {
        let rate = |kind: usize| accepts[kind] as f64 / self.totals[kind] as f64;
        let (val, far) = (rate(GENUINE), rate(IMPOSTOR));
        let apart = points.last().is_none_or(|last| {
            val - last.val >= VAL_STEP || far >= last.far * FAR_STEP && far > last.far
        });
        if apart || accepts == self.totals {
            points.push(RocPoint {
                threshold: Some(f64::from(largest.next_up())),
                far,
                val,
            });
        }
    }

    /// The answers, or the plan of a pass that is needed for them, which may keep `room` distances of each
    /// kind more.
    pub(super) fn answers(&self, fars: &[f64], room: usize) -> Result<Answers, Next> {
        let mut unknown = BTreeSet::new();
        let mut note = |Unknown(index): Unknown| {
            unknown.insert(index);
        };
        let val: Vec<ValAtFar> = fars
            .iter()
            .filter_map(|&far| self.val(far).map_err(&mut note).ok())
            .collect();
        let eer = self.eer().map_err(&mut note);
        match eer {
            Ok(eer) if unknown.is_empty() => Ok(Answers {
                auc: self.auc(),
                eer,
                val,
            }),
            _ => Err(self.next(&unknown, room)),
        }
    }

    fn next(&self, unknown: &BTreeSet<usize>, room: usize) -> Next {
        let cell = |index: usize| self.cells.get(index);
        let first = unknown.first().copied().unwrap_or_default();
        let generation = cell(first).map_or(0, |cell| cell.generation);
        let bins = self.generations.get(generation).copied();
        let mut room = [GENUINE, IMPOSTOR]
            .map(|kind| (room as u64).saturating_sub(self.kept[kind].len() as u64));
        // Keeps all that there is room for, with what lies just before: the largest distance that is
        // accepted may be there.
        let mut keep = BTreeSet::new();
        let mut try_to_keep = |index: usize| {
            let Some(cell) = cell(index).filter(|cell| cell.generation == generation) else {
                return false;
            };
            let need = [GENUINE, IMPOSTOR].map(|kind| match cell.kept[kind] {
                true => 0,
                false => cell.counts[kind],
            });
            let fits = need.iter().zip(&room).all(|(need, room)| need <= room);
            if fits && keep.insert(cell.bin) {
                for (room, need) in room.iter_mut().zip(need) {
                    *room -= need;
                }
            }
            fits
        };
        let mut some = false;
        for &index in unknown {
            some |= try_to_keep(index);
        }
        if some {
            for &index in unknown {
                for kind in [GENUINE, IMPOSTOR] {
                    let mut earlier = (0..index).rev();
                    let has = |&at: &usize| cell(at).is_some_and(|cell| cell.counts[kind] > 0);
                    if let Some(before) = earlier.find(has)
                        && cell(before).is_some_and(|cell| !cell.knows(kind))
                    {
                        try_to_keep(before);
                    }
                }
            }
        }
        let genuine = if self.cells.iter().all(|cell| cell.kept[GENUINE]) {
            KeepGenuine::None
        } else {
            KeepGenuine::InBins
        };
        let keys = cell(first).map_or(0..END, |cell| cell.keys.clone());
        let (bins, cut) = match bins {
            Some(bins) if some => (bins, None),
            _ => (Bins::within(&keys), Some(first)),
        };
        Next {
            plan: Plan {
                bins,
                count: cut.is_some(),
                keep: keep.into_iter().map(|bin| (bin, bin)).collect(),
                genuine,
                limit: usize::MAX,
            },
            cut,
        }
    }
}

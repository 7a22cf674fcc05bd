use super::bins::{Bins, END, key};
use super::pass::{KeepGenuine, Plan};
use super::sample::Sample;
use crate::verification::far::allowed;

/// Standard errors on either side of an estimate. One estimate in two millions is farther off, and then
/// costs a second pass.
const ERRORS: f64 = 5.0;
/// Ranks more on either side, for estimates from a few pairs.
const RANKS: f64 = 16.0;
/// The share of impostor pairs below the first bin, and above the last.
const TAIL: f64 = 2e-6;

/// The pass that keeps all distances.
pub(super) fn plan_to_keep_all(room: usize) -> Plan {
    let bins = Bins::covering(key(0.0), key(4.0));
    Plan {
        bins,
        count: true,
        keep: vec![(0, bins.last())],
        genuine: KeepGenuine::InBins,
        limit: room,
    }
}

/// The first pass: bins where the distances are, and an interval around each number that is asked for.
///
/// `room` is the number of distances that may be kept of each kind.
pub(super) fn first_plan(sample: &Sample, fars: &[f64], totals: [u64; 2], room: usize) -> Plan {
    let [genuine, impostor] = totals;
    let keep_genuine = if genuine <= room as u64 {
        KeepGenuine::All
    } else {
        KeepGenuine::InBins
    };
    let plan = |bins: Bins, keep| Plan {
        bins,
        count: true,
        keep,
        genuine: keep_genuine,
        limit: room,
    };
    if sample.impostor.is_empty() {
        return plan(Bins::covering(key(0.25), key(4.0)), Vec::new());
    }
    let mut brackets: Vec<Bracket> = fars
        .iter()
        .map(|&far| at_share(sample, allowed(far, impostor) as f64 / impostor as f64))
        .chain(equal_error(sample))
        .collect();
    // The narrow ones first: a wide one that has no room costs a second pass anyway.
    brackets.sort_by(|a, b| a.share.total_cmp(&b.share));
    let mut used = 0.0;
    brackets.retain(|bracket| {
        used += bracket.share * impostor as f64;
        used < 0.8 * room as f64
    });
    let last = sample.impostor.len() - 1;
    let tail = ((TAIL * last as f64) as usize)
        .max(RANKS as usize / 2)
        .min(last / 4);
    let low = at(&sample.impostor, tail);
    let mut high = at(&sample.impostor, last - tail);
    if let Some(&farthest) = sample.genuine.last() {
        // Beyond it no bin has pairs of both kinds.
        high = high.min(key(farthest));
    }
    for bracket in &brackets {
        if bracket.high < END {
            high = high.max(bracket.high);
        }
    }
    let bins = Bins::covering(low, high);
    let intervals = brackets
        .iter()
        .map(|bracket| (bins.of(bracket.low), bins.of(bracket.high)))
        .collect();
    plan(bins, merged(bins, intervals))
}

/// Distances between which a number is expected.
#[derive(Clone, Copy, Debug)]
struct Bracket {
    low: i32,
    high: i32,
    /// The share of impostor pairs between them.
    share: f64,
}

/// The key of the `rank`-th of a list.
fn at(list: &[f32], rank: usize) -> i32 {
    list.get(rank).map_or(END, |&distance| key(distance))
}

/// Around the distance below which the share of impostor pairs lies.
fn at_share(sample: &Sample, share: f64) -> Bracket {
    let count = sample.impostor.len() as f64;
    let middle = sample
        .impostor
        .get(((share * count) as usize).min(sample.impostor.len() - 1));
    let error = middle.map_or(0.0, |&distance| sample.error_at(distance));
    bracket(sample, share, ERRORS * error + RANKS / count)
}

fn bracket(sample: &Sample, share: f64, margin: f64) -> Bracket {
    let count = sample.impostor.len() as f64;
    let (low, high) = ((share - margin) * count, (share + margin) * count);
    Bracket {
        low: if low < 1.0 {
            0
        } else {
            at(&sample.impostor, low as usize)
        },
        high: at(&sample.impostor, high.ceil() as usize),
        share: (share + margin).min(1.0) - (share - margin).max(0.0),
    }
}

/// Around the distance where FAR = 1 − VAL.
fn equal_error(sample: &Sample) -> Option<Bracket> {
    let (impostor, genuine) = (&sample.impostor, &sample.genuine);
    let rates = |distance: f32| {
        let share =
            |list: &[f32]| list.partition_point(|&d| d <= distance) as f64 / list.len() as f64;
        (share(impostor), share(genuine))
    };
    // FAR + VAL grows with the distance: look for where it passes a sum.
    let where_sum = |sum: f64| {
        let passes = |&distance: &f32| {
            let (far, val) = rates(distance);
            far + val < sum
        };
        let among = |list: &[f32]| list.get(list.partition_point(passes)).copied();
        match (among(impostor), among(genuine)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    };
    let middle = where_sum(1.0)?;
    let (far, _) = rates(middle);
    let drawn = if sample.all_genuine {
        0.0
    } else {
        (far * (1.0 - far) / genuine.len() as f64).sqrt()
    };
    let margin = ERRORS * (sample.error_at(middle) + drawn) + RANKS / impostor.len() as f64;
    let low = where_sum(1.0 - margin).unwrap_or(0.0);
    let high = where_sum(1.0 + margin);
    let high_share = high.map_or(1.0, |distance| rates(distance).0);
    // The step before may be farther away than the margin, where distances are few.
    let low_rank = impostor.partition_point(|&d| d < low);
    Some(Bracket {
        low: low_rank
            .checked_sub(RANKS as usize)
            .map_or(0, |rank| at(impostor, rank)),
        high: high.map_or(END, key),
        share: high_share - low_rank.saturating_sub(RANKS as usize) as f64 / impostor.len() as f64,
    })
}

/// Intervals that do not touch, none where counts say all.
fn merged(bins: Bins, mut intervals: Vec<(u16, u16)>) -> Vec<(u16, u16)> {
    intervals.sort_unstable();
    let mut merged: Vec<(u16, u16)> = Vec::new();
    for (first, last) in intervals {
        match merged.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    if bins.are_exact() {
        // Only the outer bins have more than one key.
        let outer = [0, bins.last()];
        return outer
            .into_iter()
            .filter(|bin| {
                merged
                    .iter()
                    .any(|(first, last)| (first..=last).contains(&bin))
            })
            .map(|bin| (bin, bin))
            .collect();
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_merged() {
        let bins = Bins::covering(key(0.5), key(3.0));
        assert_eq!(
            merged(bins, vec![(7, 9), (0, 3), (2, 5), (10, 12), (20, 20)]),
            [(0, 5), (7, 12), (20, 20)]
        );
        let exact = Bins::covering(key(2.0), key(2.0));
        assert!(merged(exact, vec![(1, 1)]).is_empty());
        assert_eq!(
            merged(exact, vec![(1, exact.last())]),
            [(exact.last(), exact.last())]
        );
    }
}

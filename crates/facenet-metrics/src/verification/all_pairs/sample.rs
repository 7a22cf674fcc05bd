use ndarray::Axis;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::pairs::Pairs;
use crate::MetricsError;
use crate::distance::{DistanceTiles, pair_distances};

/// Rows and columns of a block.
const BLOCK: usize = 256;
/// Genuine pairs to look at, all of them where there are no more.
const GENUINE: u64 = 1 << 20;
/// Genuine pairs whose rows are copied together.
const COPIED: usize = 4096;

/// Distances of some impostor and some genuine pairs. They show about where to look, and nothing else
/// depends on them.
pub(super) struct Sample {
    /// Of impostor pairs, block after block: random rows with random columns.
    blocks: Vec<Vec<f32>>,
    /// The same, ascending.
    pub(super) impostor: Vec<f32>,
    /// Of genuine pairs, ascending.
    pub(super) genuine: Vec<f32>,
    /// Whether these are all.
    pub(super) all_genuine: bool,
}

impl Sample {
    /// Of about `size` impostor pairs.
    ///
    /// Every row is taken once before any is taken again: some faces are near to many others, and the
    /// share of such rows is then that of the whole set.
    pub(super) fn new(
        pairs: &Pairs<'_>,
        genuine: u64,
        size: usize,
    ) -> Result<Sample, MetricsError> {
        let mut random = ChaCha8Rng::seed_from_u64(0);
        let (rows, columns) = (pairs.rows.nrows(), pairs.columns.nrows());
        let per_block = rows.min(BLOCK) * columns.min(BLOCK);
        let count = size.div_ceil(per_block.max(1));
        let chosen_rows = turns(rows, count, &mut random);
        let chosen_columns = turns(columns, count, &mut random);
        let blocks = chosen_rows
            .par_iter()
            .zip(&chosen_columns)
            .map(|(rows, columns)| block(pairs, rows, columns))
            .collect::<Result<Vec<_>, _>>()?;
        let mut impostor = blocks.concat();
        impostor.par_sort_unstable_by(f32::total_cmp);
        let (genuine, all_genuine) = genuine_sample(pairs, genuine, &mut random)?;
        Ok(Sample {
            blocks,
            impostor,
            genuine,
            all_genuine,
        })
    }

    /// The standard error of the share of impostor pairs with a distance of at most `distance`: as it
    /// shows between the blocks, but not less than for independent pairs.
    pub(super) fn error_at(&self, distance: f32) -> f64 {
        let total = self.impostor.len() as f64;
        let share = self.impostor.partition_point(|&d| d <= distance) as f64 / total;
        let independent = share * (1.0 - share) / total;
        let squares: f64 = self
            .blocks
            .par_iter()
            .map(|block| {
                let below = block.iter().filter(|&&d| d <= distance).count() as f64;
                (below - share * block.len() as f64).powi(2)
            })
            .sum();
        independent.max(squares / (total * total)).sqrt()
    }
}

/// `count` lists of different indices below `end`, which take turns.
fn turns(end: usize, count: usize, random: &mut ChaCha8Rng) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..end).collect();
    let size = end.min(BLOCK);
    let mut next = end;
    (0..count)
        .map(|_| {
            if next + size > end {
                order.shuffle(random);
                next = 0;
            }
            next += size;
            order[next - size..next].to_vec()
        })
        .collect()
}

fn block(pairs: &Pairs<'_>, rows: &[usize], columns: &[usize]) -> Result<Vec<f32>, MetricsError> {
    let (probe, gallery) = (
        pairs.rows.select(Axis(0), rows),
        pairs.columns.select(Axis(0), columns),
    );
    let tiles = DistanceTiles::probe_gallery(probe.view(), gallery.view(), pairs.kind)?;
    let mut distances = Vec::with_capacity(rows.len() * columns.len());
    for strip in tiles.strips() {
        strip.for_each_tile(|tile| {
            for (row, column, distance) in tile.pairs() {
                // A row with itself has the same label too.
                if pairs.row_labels[rows[row]] != pairs.column_labels[columns[column]] {
                    distances.push(distance);
                }
            }
        });
    }
    Ok(distances)
}

fn genuine_sample(
    pairs: &Pairs<'_>,
    total: u64,
    random: &mut ChaCha8Rng,
) -> Result<(Vec<f32>, bool), MetricsError> {
    let rows = 0..pairs.rows.nrows();
    let chosen: Vec<(usize, usize)> = if total <= GENUINE {
        rows.flat_map(|row| {
            pairs
                .genuine_of(row)
                .iter()
                .map(move |&column| (row, column))
        })
        .collect()
    } else {
        // The number of the first genuine pair after each row.
        let ends: Vec<u64> = rows
            .scan(0, |end, row| {
                *end += pairs.genuine_of(row).len() as u64;
                Some(*end)
            })
            .collect();
        (0..GENUINE)
            .filter_map(|_| {
                let number = random.random_range(0..total);
                let row = ends.partition_point(|&end| end <= number);
                let after = ends.get(row)? - number;
                let columns = pairs.genuine_of(row);
                let column = columns.get(columns.len().checked_sub(after as usize)?)?;
                Some((row, *column))
            })
            .collect()
    };
    let mut genuine = chosen
        .par_chunks(COPIED)
        .map(|some| {
            let (rows, columns): (Vec<usize>, Vec<usize>) = some.iter().copied().unzip();
            let left = pairs.rows.select(Axis(0), &rows);
            let right = pairs.columns.select(Axis(0), &columns);
            pair_distances(left.view(), right.view(), pairs.kind)
        })
        .collect::<Result<Vec<_>, _>>()?
        .concat()
        .into_iter()
        .map(|distance| distance as f32)
        .collect::<Vec<f32>>();
    genuine.par_sort_unstable_by(f32::total_cmp);
    Ok((genuine, total <= GENUINE))
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::DistanceKind;

    #[test]
    fn every_index_has_its_turn() {
        let mut seen = vec![0; 1000];
        for list in turns(1000, 9, &mut ChaCha8Rng::seed_from_u64(3)) {
            assert_eq!(list.len(), BLOCK);
            for index in list {
                seen[index] += 1;
            }
        }
        // Three blocks in a turn, then 232 are left over.
        assert!(seen.iter().all(|&count| count <= 3));
        assert_eq!(turns(3, 2, &mut ChaCha8Rng::seed_from_u64(3))[1].len(), 3);
    }

    #[test]
    fn genuine_pairs_of_a_large_set_are_drawn_from_all() {
        // 2,000 of one person: 2 million genuine pairs, more than are looked at.
        let data = Array2::from_shape_fn((2000, 2), |(row, column)| {
            let angle = row as f32 / 2000.0 * std::f32::consts::PI;
            if column == 0 {
                angle.cos()
            } else {
                angle.sin()
            }
        });
        let labels = vec![1; 2000];
        let pairs = Pairs::all(data.view(), &labels, DistanceKind::Angle).unwrap();
        let [genuine, impostor] = pairs.totals();
        assert_eq!((genuine, impostor), (1_999_000, 0));
        let sample = Sample::new(&pairs, genuine, 1000).unwrap();
        assert!(!sample.all_genuine && sample.impostor.is_empty());
        assert_eq!(sample.genuine.len() as u64, GENUINE);
        // Of two points on a half circle the mean distance is a third of it.
        let mean = sample.genuine.iter().map(|&d| f64::from(d)).sum::<f64>() / GENUINE as f64;
        assert!((mean - 1.0 / 3.0).abs() < 0.01, "{mean}");
    }
}

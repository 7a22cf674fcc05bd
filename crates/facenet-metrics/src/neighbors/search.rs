use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use ndarray::{Array2, s};
use rayon::prelude::*;

use super::nearest::Nearest;
use super::search_rows::SearchRows;
use super::{Neighbor, Neighbors};

/// SearchRows and columns of a tile: its products fill a megabyte. Smaller ones spend more of the time on packing.
const TILE: usize = 512;

/// The same on a device, which is slow with small ones: 16 MiB.
const DEVICE_TILE: usize = 2048;

/// Bounds that are compared at once before one looks at each.
const GROUP: usize = 32;

/// Which pairs a search looks at, and what it orders them by.
pub(crate) trait Pairs: Sync {
    /// Whether the pair may be listed.
    fn wanted(&self, row: usize, column: usize) -> bool;

    /// What the pair is ordered by: at least `distance`, and the same for (row, column) as for
    /// (column, row).
    fn key(&self, row: usize, column: usize, distance: f32) -> f32;

    /// The largest key that is listed.
    fn most(&self) -> f32 {
        f32::INFINITY
    }
}

/// Every pair, by its distance.
pub(crate) struct All;

impl Pairs for All {
    fn wanted(&self, _row: usize, _column: usize) -> bool {
        true
    }

    fn key(&self, _row: usize, _column: usize, distance: f32) -> f32 {
        distance
    }
}

/// Every pair that is no farther apart than this, by its distance.
pub(crate) struct Within(pub(crate) f32);

impl Pairs for Within {
    fn wanted(&self, _row: usize, _column: usize) -> bool {
        true
    }

    fn key(&self, _row: usize, _column: usize, distance: f32) -> f32 {
        distance
    }

    fn most(&self) -> f32 {
        self.0
    }
}

/// A search of all rows for their nearest columns.
pub(crate) struct Search<'s, 'r, 'c> {
    rows: &'s SearchRows<'r>,
    columns: &'s SearchRows<'c>,
    /// Whether rows and columns are one set, of which a row is no neighbor of itself.
    within: bool,
    /// SearchRows and columns of a tile.
    tile: usize,
}

/// The rows of a block with their lists so far.
struct Block {
    rows: Range<usize>,
    nearest: Vec<Nearest>,
    /// The key that each list is closed to, in the product's domain.
    limits: Vec<f32>,
}

impl<'s, 'r> Search<'s, 'r, 'r> {
    pub(crate) fn within(rows: &'s SearchRows<'r>) -> Self {
        Search {
            rows,
            columns: rows,
            within: true,
            tile: tile(rows),
        }
    }
}

impl<'s, 'r, 'c> Search<'s, 'r, 'c> {
    pub(crate) fn between(rows: &'s SearchRows<'r>, columns: &'s SearchRows<'c>) -> Self {
        Search {
            rows,
            columns,
            within: false,
            tile: tile(columns),
        }
    }

    /// The `k` nearest of each row.
    ///
    /// Each list is settled by keys and indices alone, so that the order in which the tiles are done
    /// does not show in it.
    pub(crate) fn nearest(&self, k: usize, pairs: &impl Pairs) -> Neighbors {
        let most = self.rows.in_product(pairs.most());
        let blocks: Vec<Mutex<Block>> = ranges(self.rows.len(), self.tile)
            .into_iter()
            .map(|rows| {
                Mutex::new(Block {
                    nearest: vec![Nearest::default(); rows.len()],
                    limits: vec![most; rows.len()],
                    rows,
                })
            })
            .collect();
        let columns = ranges(self.columns.len(), self.tile);
        let tiles = match self.within {
            true => meetings(blocks.len()),
            false => (0..blocks.len())
                .flat_map(|row| (0..columns.len()).map(move |column| (row, column)))
                .collect(),
        };
        tiles.par_iter().for_each_init(
            || Array2::<f32>::zeros((self.tile, self.tile)),
            |buffer, &(row, column)| {
                let rows = block_range(row, self.rows.len(), self.tile);
                let columns = columns[column].clone();
                let mut products = buffer.slice_mut(s![..rows.len(), ..columns.len()]);
                self.rows
                    .products(rows, self.columns, columns.clone(), &mut products);
                let products = buffer.as_slice().unwrap_or_default();
                if self.within && row != column {
                    // The lower block first, so that nobody waits in a circle.
                    let mut one = lock(&blocks[row]);
                    let mut other = lock(&blocks[column]);
                    self.visit(k, pairs, products, &mut one, columns, Some(&mut other));
                } else {
                    let mut one = lock(&blocks[row]);
                    self.visit(k, pairs, products, &mut one, columns, None);
                }
            },
        );
        let lists: Vec<Vec<Neighbor>> = blocks
            .into_par_iter()
            .flat_map_iter(|block| {
                let block = block.into_inner().unwrap_or_else(PoisonError::into_inner);
                block.nearest.into_iter().map(Nearest::into_sorted)
            })
            .collect();
        Neighbors::new(k, lists.into_iter())
    }

    /// Offers the pairs of a tile to the lists of its rows, and to those of its columns where they are
    /// searched too.
    fn visit(
        &self,
        k: usize,
        pairs: &impl Pairs,
        products: &[f32],
        one: &mut Block,
        columns: Range<usize>,
        mut other: Option<&mut Block>,
    ) {
        let diagonal = self.within && other.is_none();
        let row_bounds = self.rows.bounds(one.rows.clone());
        let column_bounds = self.columns.bounds(columns.clone());
        let closed = vec![f32::NEG_INFINITY; columns.len()];
        let line_of = |i: usize| &products[i * self.tile..i * self.tile + columns.len()];
        for (i, row) in one.rows.clone().enumerate() {
            let line = line_of(i);
            // Of a block with itself, each pair once.
            let first = if diagonal { i + 1 } else { 0 };
            let mut group = first;
            while group < line.len() {
                let end = line.len().min(group + GROUP);
                let limit = one.limits[i];
                let limits = match (&other, diagonal) {
                    (Some(other), _) => &other.limits[..],
                    (None, true) => &one.limits[..],
                    (None, false) => &closed[..],
                };
                let possible = any_below(
                    row_bounds[i],
                    &column_bounds[group..end],
                    &line[group..end],
                    limit,
                    &limits[group..end],
                );
                if possible {
                    for j in group..end {
                        let bound = row_bounds[i] + column_bounds[j] - 2.0 * line[j];
                        let column = columns.start + j;
                        let mut sides = Sides {
                            k,
                            one,
                            other: other.as_deref_mut(),
                            diagonal,
                        };
                        let (for_row, for_column) = sides.open(i, row, j, column, bound);
                        if !(for_row || for_column) || !pairs.wanted(row, column) {
                            continue;
                        }
                        let distance = self.rows.distance(row, self.columns, column);
                        let key = pairs.key(row, column, distance);
                        if key <= pairs.most() {
                            sides.offer((i, row, for_row), (j, column, for_column), key, self.rows);
                        }
                    }
                }
                group = end;
            }
        }
    }
}

/// The lists that the pairs of a tile may enter.
struct Sides<'b> {
    k: usize,
    one: &'b mut Block,
    other: Option<&'b mut Block>,
    diagonal: bool,
}

impl Sides<'_> {
    fn columns(&mut self) -> Option<&mut Block> {
        match (&mut self.other, self.diagonal) {
            (Some(other), _) => Some(other),
            (None, true) => Some(self.one),
            (None, false) => None,
        }
    }

    /// Whether a pair no nearer than `bound` may enter the row's list, and the column's.
    fn open(&mut self, i: usize, row: usize, j: usize, column: usize, bound: f32) -> (bool, bool) {
        let k = self.k;
        let may = |block: &Block, at: usize, index: usize| {
            bound <= block.limits[at] && !block.nearest[at].closed_to(k, index)
        };
        let for_row = may(self.one, i, column);
        let for_column = self.columns().is_some_and(|block| may(block, j, row));
        (for_row, for_column)
    }

    fn offer(
        &mut self,
        (i, row, for_row): (usize, usize, bool),
        (j, column, for_column): (usize, usize, bool),
        key: f32,
        rows: &SearchRows<'_>,
    ) {
        let k = self.k;
        let enter = |block: &mut Block, at: usize, index: usize| {
            let nearest = &mut block.nearest[at];
            if nearest.push(k, key, index)
                && let Some(limit) = nearest.limit(k)
            {
                block.limits[at] = rows.in_product(limit);
            }
        };
        if for_row {
            enter(self.one, i, column);
        }
        if for_column && let Some(block) = self.columns() {
            enter(block, j, row);
        }
    }
}

/// Whether one of the bounds `row + columns − 2 products` is within a limit. Without a branch, so that
/// the processor compares several at once.
fn any_below(row: f32, columns: &[f32], products: &[f32], limit: f32, limits: &[f32]) -> bool {
    let mut found = false;
    for ((&column, &product), &of_column) in columns.iter().zip(products).zip(limits) {
        let bound = row + column - 2.0 * product;
        found |= (bound <= limit) | (bound <= of_column);
    }
    found
}

fn lock(block: &Mutex<Block>) -> MutexGuard<'_, Block> {
    block.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tile(columns: &SearchRows<'_>) -> usize {
    match columns.are_on_device() {
        true => DEVICE_TILE,
        false => TILE,
    }
}

fn block_range(block: usize, rows: usize, tile: usize) -> Range<usize> {
    block * tile..rows.min((block + 1) * tile)
}

fn ranges(rows: usize, tile: usize) -> Vec<Range<usize>> {
    (0..rows.div_ceil(tile))
        .map(|block| block_range(block, rows, tile))
        .collect()
}

/// All unordered pairs of blocks, and each block with itself, so that pairs that follow each other
/// share no block (the rounds of a tournament): threads seldom wait for each other's lists.
fn meetings(blocks: usize) -> Vec<(usize, usize)> {
    let mut tiles: Vec<(usize, usize)> = (0..blocks).map(|block| (block, block)).collect();
    // With an odd number of blocks, one rests in each round.
    let seats = blocks.next_multiple_of(2);
    for round in 1..seats {
        let seat = |at: usize| match at {
            0 => 0,
            at => (at + round - 2) % (seats - 1) + 1,
        };
        for at in 0..seats / 2 {
            let (a, b) = (seat(at), seat(seats - 1 - at));
            if a.max(b) < blocks {
                tiles.push((a.min(b), a.max(b)));
            }
        }
    }
    tiles
}

#[cfg(test)]
mod tests {
    use super::meetings;

    #[test]
    fn every_two_blocks_meet_once() {
        for blocks in 0..12 {
            let mut tiles = meetings(blocks);
            tiles.sort_unstable();
            let expected: Vec<(usize, usize)> = (0..blocks)
                .flat_map(|a| (a..blocks).map(move |b| (a, b)))
                .collect();
            assert_eq!(tiles, expected);
        }
    }
}

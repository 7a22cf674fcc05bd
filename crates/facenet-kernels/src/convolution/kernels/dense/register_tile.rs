//! The innermost product: a tile of the output that stays in registers.

use crate::simd::{LANES, Vector};

/// Output channels of a tile, at most; with two vectors of positions its sums fill twelve of sixteen registers.
pub(super) const ROWS: usize = 6;
/// Positions of a tile, the width of a panel.
pub(in super::super) const WIDTH: usize = 2 * LANES;

/// A tile of sums.
pub(super) type Tile = [[f32; WIDTH]; ROWS];

/// `tile[m][n] = Σ_k left[m · left_stride + k] · right[k · right_stride + n]` for `rows` rows.
///
/// # Safety
/// The processor has the instruction set of `V`; `left` can be read up to `(rows - 1) · left_stride + depth`, `right` up
/// to `(depth - 1) · right_stride + WIDTH`; `rows` lies in `1..=ROWS`.
#[inline(always)]
pub(super) unsafe fn multiply<V: Vector>(
    rows: usize,
    depth: usize,
    left: *const f32,
    left_stride: usize,
    right: *const f32,
    right_stride: usize,
    tile: &mut Tile,
) {
    // SAFETY: the contract is passed on.
    unsafe {
        match rows {
            1 => multiply_rows::<V, 1>(depth, left, left_stride, right, right_stride, tile),
            2 => multiply_rows::<V, 2>(depth, left, left_stride, right, right_stride, tile),
            3 => multiply_rows::<V, 3>(depth, left, left_stride, right, right_stride, tile),
            4 => multiply_rows::<V, 4>(depth, left, left_stride, right, right_stride, tile),
            5 => multiply_rows::<V, 5>(depth, left, left_stride, right, right_stride, tile),
            _ => multiply_rows::<V, 6>(depth, left, left_stride, right, right_stride, tile),
        }
    }
}

/// # Safety
/// That of [`multiply`].
#[inline(always)]
unsafe fn multiply_rows<V: Vector, const M: usize>(
    depth: usize,
    left: *const f32,
    left_stride: usize,
    right: *const f32,
    right_stride: usize,
    tile: &mut Tile,
) {
    // SAFETY: the contract covers every place that is read.
    unsafe {
        let mut sums = [[V::splat(0.0); 2]; M];
        let rows: [*const f32; M] = std::array::from_fn(|row| left.add(row * left_stride));
        for k in 0..depth {
            let right = right.add(k * right_stride);
            let right = [V::load(right), V::load(right.add(LANES))];
            for (sums, row) in sums.iter_mut().zip(&rows) {
                let left = V::splat(row.add(k).read());
                sums[0] = sums[0].plus_product(left, right[0]);
                sums[1] = sums[1].plus_product(left, right[1]);
            }
        }
        for (sums, row) in sums.iter().zip(tile.iter_mut()) {
            sums[0].store(row.as_mut_ptr());
            sums[1].store(row.as_mut_ptr().add(LANES));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Portable, Work, run};

    const DEPTH: usize = 37;
    const STRIDE: usize = 41;

    struct Multiplication<'a> {
        rows: usize,
        left: &'a [f32],
        panel: &'a [f32],
        tile: &'a mut Tile,
    }

    impl Work for Multiplication<'_> {
        unsafe fn run<V: Vector>(self) {
            let Self {
                rows,
                left,
                panel,
                tile,
            } = self;
            assert!(left.len() >= ROWS * STRIDE && panel.len() >= DEPTH * WIDTH);
            // SAFETY: the lengths were checked, and the instruction set is there by contract.
            unsafe {
                multiply::<V>(
                    rows,
                    DEPTH,
                    left.as_ptr(),
                    STRIDE,
                    panel.as_ptr(),
                    WIDTH,
                    tile,
                )
            };
        }
    }

    #[test]
    fn tiles_are_exact_on_integers() {
        let left = (0..ROWS * STRIDE).map(|index| (index % 7) as f32 - 3.0);
        let left = left.collect::<Vec<_>>();
        let panel = (0..DEPTH * WIDTH).map(|index| (index % 11) as f32 - 5.0);
        let panel = panel.collect::<Vec<_>>();
        for rows in 1..=ROWS {
            let mut tiles = [[[f32::NAN; WIDTH]; ROWS]; 2];
            let [first, second] = &mut tiles;
            let work = |tile| Multiplication {
                rows,
                left: &left,
                panel: &panel,
                tile,
            };
            run(work(first));
            // SAFETY: portable code runs everywhere.
            unsafe { work(second).run::<Portable>() };
            for tile in tiles {
                for (row, sums) in tile[..rows].iter().enumerate() {
                    for (position, sum) in sums.iter().enumerate() {
                        let expected = (0..DEPTH)
                            .map(|k| left[row * STRIDE + k] * panel[k * WIDTH + position])
                            .sum::<f32>();
                        assert_eq!(*sum, expected);
                    }
                }
            }
        }
    }
}

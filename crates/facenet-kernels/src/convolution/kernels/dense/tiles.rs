//! How the output positions of a batch are cut into pieces of work.

/// Positions in a tile: enough for a matrix product to run at speed, few enough for its columns to stay in a core's
/// own cache.
const POSITIONS: usize = 256;
/// Below this many columns a matrix product spends its time on its edges.
const FEWEST: usize = 64;
/// Pieces that keep a machine of common size busy.
const PIECES: usize = 16;

/// A piece of work: `len` positions from `start` on in each of `images` images from `image` on.
///
/// A tile is a part of one image, or the whole maps of one or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tile {
    pub(super) image: usize,
    pub(super) images: usize,
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Tile {
    /// Columns of the matrix that holds the tile.
    pub(super) fn columns(&self) -> usize {
        self.images * self.len
    }
}

/// Cuts `batch` maps of `positions` into tiles, in the order of images and positions.
pub(super) fn tiles(batch: usize, positions: usize) -> Vec<Tile> {
    let target = (batch * positions / PIECES).clamp(FEWEST, POSITIONS);
    if positions >= target {
        let parts = positions.div_ceil(target);
        // Whole vectors of eight save the matrix product a copy of its operand.
        let len = positions.div_ceil(parts).next_multiple_of(8);
        let mut tiles = Vec::with_capacity(batch * parts);
        for image in 0..batch {
            for start in (0..positions).step_by(len) {
                let len = len.min(positions - start);
                tiles.push(Tile {
                    image,
                    images: 1,
                    start,
                    len,
                });
            }
        }
        return tiles;
    }
    let images = (target / positions).max(1);
    (0..batch)
        .step_by(images)
        .map(|image| Tile {
            image,
            images: images.min(batch - image),
            start: 0,
            len: positions,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_position_lies_in_one_tile(batch in 1..40usize, positions in 1..2000usize) {
            let mut seen = vec![0; batch * positions];
            for tile in tiles(batch, positions) {
                prop_assert!(tile.images == 1 || (tile.start == 0 && tile.len == positions));
                prop_assert!(tile.columns() <= POSITIONS + 8);
                for image in tile.image..tile.image + tile.images {
                    for position in tile.start..tile.start + tile.len {
                        seen[image * positions + position] += 1;
                    }
                }
            }
            prop_assert!(seen.iter().all(|&count| count == 1));
        }
    }
}

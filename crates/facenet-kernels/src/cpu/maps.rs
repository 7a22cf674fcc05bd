//! How a batch of maps lies in memory, and how it is cut into pieces of work.

use std::ops::Range;

/// Elements of a piece: with its gradient it stays in a core's own cache between the passes over it.
const PIECE: usize = 1 << 14;
/// Pieces below which the work does not spread well over threads.
const PIECES: usize = 8;

/// A contiguous batch `[N, C, H · W]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maps {
    pub(crate) batch: usize,
    pub(crate) channels: usize,
    pub(crate) pixels: usize,
}

impl Maps {
    /// `None` where there is nothing to compute.
    pub(crate) fn new([batch, channels, height, width]: [usize; 4]) -> Option<Self> {
        let pixels = height * width;
        (batch * channels * pixels > 0).then_some(Self {
            batch,
            channels,
            pixels,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.batch * self.channels * self.pixels
    }

    /// Values per channel.
    pub(crate) fn values(&self) -> usize {
        self.batch * self.pixels
    }

    /// The map of a channel in an image.
    #[inline(always)]
    pub(crate) fn map<'a>(&self, data: &'a [f32], image: usize, channel: usize) -> &'a [f32] {
        &data[(image * self.channels + channel) * self.pixels..][..self.pixels]
    }

    /// Channels in a piece; it depends on the shape alone.
    fn group(&self) -> usize {
        let most = self.channels.div_ceil(PIECES);
        (PIECE / self.values()).clamp(1, most)
    }

    /// Cuts `data` into pieces of a few whole channels each.
    pub(crate) fn pieces<'a, E>(&self, data: &'a mut [E]) -> Vec<Piece<'a, E>> {
        let group = self.group();
        let mut pieces: Vec<_> = (0..self.channels)
            .step_by(group)
            .map(|first| Piece {
                channels: first..(first + group).min(self.channels),
                images: Vec::with_capacity(self.batch),
            })
            .collect();
        for image in data.chunks_mut(self.channels * self.pixels) {
            for (piece, maps) in pieces.iter_mut().zip(image.chunks_mut(group * self.pixels)) {
                piece.images.push(maps);
            }
        }
        pieces
    }
}

/// Some channels of every image.
pub(crate) struct Piece<'a, E> {
    pub(crate) channels: Range<usize>,
    /// For each image, the maps of `channels` one after the other.
    pub(crate) images: Vec<&'a mut [E]>,
}

impl<E> Piece<'_, E> {
    /// The map of a channel in each image.
    #[inline(always)]
    pub(crate) fn maps(&self, channel: usize, pixels: usize) -> impl Iterator<Item = &[E]> {
        let start = (channel - self.channels.start) * pixels;
        self.images.iter().map(move |maps| &maps[start..][..pixels])
    }

    /// As [`maps`](Self::maps), to write.
    #[inline(always)]
    pub(crate) fn maps_mut(
        &mut self,
        channel: usize,
        pixels: usize,
    ) -> impl Iterator<Item = &mut [E]> {
        let start = (channel - self.channels.start) * pixels;
        self.images
            .iter_mut()
            .map(move |maps| &mut maps[start..][..pixels])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_are_the_batch() {
        for dims in [
            [2, 3, 1, 1],
            [1, 1, 5, 4],
            [3, 40, 6, 6],
            [2, 7, 90, 100],
            [33, 17, 4, 4],
        ] {
            let maps = Maps::new(dims).expect("a batch with elements");
            let mut data: Vec<usize> = (0..maps.len()).collect();
            let mut seen = vec![false; maps.len()];
            let mut next = 0;
            for mut piece in maps.pieces(&mut data) {
                assert_eq!(piece.channels.start, next);
                next = piece.channels.end;
                for channel in piece.channels.clone() {
                    assert_eq!(piece.maps(channel, maps.pixels).count(), maps.batch);
                    for (image, map) in piece.maps_mut(channel, maps.pixels).enumerate() {
                        let start = (image * maps.channels + channel) * maps.pixels;
                        for (offset, index) in map.iter().enumerate() {
                            assert_eq!(*index, start + offset);
                            seen[*index] = true;
                        }
                    }
                }
            }
            assert_eq!(next, maps.channels);
            assert!(seen.into_iter().all(|seen| seen));
        }
        assert!(Maps::new([0, 3, 4, 4]).is_none());
    }
}

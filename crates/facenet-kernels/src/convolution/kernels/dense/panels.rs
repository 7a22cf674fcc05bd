//! Panels: the column matrix in the order in which the innermost product reads it.
//!
//! A panel holds `WIDTH` consecutive positions of the batch (the maps of all images, one after the other); its row
//! `(c, i, j)` holds the input under kernel element `(i, j)` of channel `c` for each of them, zero in the padding. Rows
//! are written vector by vector: neighboring positions mostly read neighboring pixels.

use super::super::geometry::Geometry;
use super::register_tile::WIDTH;
use crate::simd::{LANES, Mask, Vector};

/// Numbers behind the rows of a panel that writing them may overwrite.
pub(super) const SLACK: usize = WIDTH;

/// Runs by which the processor is told beforehand what will be read: the planes of channels lie too far apart for it to
/// guess.
const AHEAD: usize = 128;

/// Up to eight neighboring lanes whose pixels lie at one distance from each other.
#[derive(Clone, Copy, Default)]
struct Group {
    lane: usize,
    len: usize,
    /// Where the pixel of the first lane lies under the kernel's first element, counted from the channel's plane in the
    /// first image; for a lane in the padding that is where it would lie.
    origin: isize,
    /// Whether all its lanes read a pixel under every kernel element.
    interior: bool,
}

/// What a group reads under one kernel element.
#[derive(Clone, Debug)]
struct Run {
    /// Where the first lane goes, counted from the channel's first row in the first panel.
    target: usize,
    /// Where the first lane comes from, counted from the channel's plane in the first image.
    source: isize,
    /// The lanes that read a pixel.
    mask: Mask,
}

/// How the rows of one channel are read, for some panels.
#[derive(Debug, Default)]
pub(in super::super) struct Recipe {
    runs: Vec<Run>,
}

impl Recipe {
    /// Forgets all panels.
    pub(super) fn clear(&mut self) {
        self.runs.clear();
    }

    /// Adds a panel that begins `offset` elements after the first; positions behind the last one of the batch become
    /// zeros.
    #[inline(always)]
    pub(super) fn add(&mut self, geometry: &Geometry, panel: usize, offset: usize) {
        let [kernel_height, kernel_width] = geometry.kernel;
        let corners = Corners::new(geometry, panel * WIDTH);
        let (groups, count) = corners.groups(geometry);
        for tap_y in 0..kernel_height {
            for tap_x in 0..kernel_width {
                for group in &groups[..count] {
                    self.runs.push(Run {
                        target: offset + (tap_y * kernel_width + tap_x) * WIDTH + group.lane,
                        source: group.origin + (tap_y * geometry.size_in[1] + tap_x) as isize,
                        mask: match group.interior {
                            true => first_lanes(group.len),
                            false => corners.inside(geometry, group, [tap_y, tap_x]),
                        },
                    });
                }
            }
        }
    }

    /// Writes the rows of a channel.
    ///
    /// # Safety
    /// The processor has the instruction set of `V`; `input` is of the shape of the geometry that the recipe was
    /// panels were added for and has the channel; `rows` is the channel's first row in the first panel, and the `taps · WIDTH +
    /// SLACK` elements from there on are ours in every panel.
    #[inline(always)]
    pub(super) unsafe fn fill<V: Vector>(
        &self,
        geometry: &Geometry,
        input: &[f32],
        channel: usize,
        rows: *mut f32,
    ) {
        let plane = input.as_ptr().wrapping_add(channel * geometry.pixels());
        let stride = geometry.stride[1];
        let ahead = (AHEAD / self.runs.len().max(1)).max(1) * geometry.pixels();
        for run in &self.runs {
            let source = plane.wrapping_offset(run.source);
            // SAFETY: the lanes of the mask lie inside the planes of the channel. A group that is shorter than a vector
            // is overwritten by the next one, which begins there; the last one of the panel reaches into the next row,
            // which comes later, or into the slack.
            unsafe {
                V::prefetch(source.wrapping_add(ahead));
                let target = rows.add(run.target);
                match stride {
                    1 => V::load_masked(source, &run.mask).store(target),
                    2 => V::load_pairs_masked(source, &run.mask).store(target),
                    _ => {
                        for (lane, bits) in run.mask.iter().enumerate() {
                            let value = match bits {
                                0 => 0.0,
                                _ => source.wrapping_add(lane * stride).read(),
                            };
                            target.add(lane).write(value);
                        }
                    }
                }
            }
        }
    }
}

/// The pixel under the kernel's first element, for each lane of a panel.
struct Corners {
    ys: [i32; WIDTH + LANES],
    xs: [i32; WIDTH + LANES],
    origins: [isize; WIDTH],
}

impl Corners {
    #[inline(always)]
    fn new(geometry: &Geometry, first: usize) -> Self {
        // Far outside, for positions that do not exist.
        let mut corners = Self {
            ys: [i32::MIN / 2; WIDTH + LANES],
            xs: [0; WIDTH + LANES],
            origins: [0; WIDTH],
        };
        let width_out = geometry.size_out[1];
        let image_len = (geometry.channels_in * geometry.pixels()) as isize;
        let mut image = first / geometry.positions();
        let mut y = first % geometry.positions() / width_out;
        let mut x = first % width_out;
        for lane in 0..WIDTH {
            if image == geometry.batch {
                break;
            }
            let corner = [y, x];
            let [top, left]: [isize; 2] = std::array::from_fn(|axis| {
                (corner[axis] * geometry.stride[axis]) as isize - geometry.padding[axis] as isize
            });
            corners.ys[lane] = top as i32;
            corners.xs[lane] = left as i32;
            corners.origins[lane] =
                image as isize * image_len + top * geometry.size_in[1] as isize + left;
            x += 1;
            if x == width_out {
                (x, y) = (0, y + 1);
            }
            if y == geometry.size_out[0] {
                (y, image) = (0, image + 1);
            }
        }
        corners
    }

    /// Cuts the lanes where they leave the line of their neighbors.
    #[inline(always)]
    fn groups(&self, geometry: &Geometry) -> ([Group; WIDTH], usize) {
        let stride = geometry.stride[1] as isize;
        let mut groups = [Group::default(); WIDTH];
        let mut count = 0;
        let mut lane = 0;
        while lane < WIDTH {
            let origin = self.origins[lane];
            let longest = LANES.min(WIDTH - lane);
            let len = (1..longest)
                .find(|&len| self.origins[lane + len] != origin + len as isize * stride)
                .unwrap_or(longest);
            let mut group = Group {
                lane,
                len,
                origin,
                interior: false,
            };
            let all = first_lanes(len);
            let last = [geometry.kernel[0] - 1, geometry.kernel[1] - 1];
            group.interior = self.inside(geometry, &group, [0, 0]) == all
                && self.inside(geometry, &group, last) == all;
            groups[count] = group;
            count += 1;
            lane += len;
        }
        (groups, count)
    }

    /// The lanes of a group that read a pixel under a kernel element.
    #[inline(always)]
    fn inside(&self, geometry: &Geometry, group: &Group, tap: [usize; 2]) -> Mask {
        let [height, width] = geometry.size_in.map(|size| size as i32);
        let [tap_y, tap_x] = tap.map(|tap| tap as i32);
        let ys = &self.ys[group.lane..][..LANES];
        let xs = &self.xs[group.lane..][..LANES];
        let mut mask = first_lanes(group.len);
        for (lane, bits) in mask.iter_mut().enumerate() {
            let (y, x) = (ys[lane] + tap_y, xs[lane] + tap_x);
            *bits &= -i32::from((y >= 0) & (y < height) & (x >= 0) & (x < width));
        }
        mask
    }
}

/// A mask of the first `len` lanes.
#[inline(always)]
fn first_lanes(len: usize) -> Mask {
    std::array::from_fn(|lane| -i32::from(lane < len))
}

#[cfg(test)]
mod tests {
    use burn::tensor::ops::ConvOptions;
    use proptest::prelude::*;

    use super::super::columns::unroll;
    use super::super::tiles::Tile;
    use super::*;
    use crate::simd::{Portable, Work, run};

    struct Filling<'a> {
        recipe: &'a Recipe,
        geometry: &'a Geometry,
        input: &'a [f32],
        panels: &'a mut [f32],
    }

    impl Work for Filling<'_> {
        unsafe fn run<V: Vector>(self) {
            let rows = self.geometry.taps() * WIDTH;
            for channel in 0..self.geometry.channels_in {
                let rows = &mut self.panels[channel * rows..];
                // SAFETY: the test has made the panels as large as they must be.
                unsafe {
                    let rows = rows.as_mut_ptr();
                    self.recipe
                        .fill::<V>(self.geometry, self.input, channel, rows);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn panels_hold_the_columns(
            input in [1..4usize, 1..4, 1..12, 1..12],
            kernel in [1..5usize, 1..5],
            stride in [1..4usize, 1..4],
            padding in [(0..4usize, 0..4usize), (0..4usize, 0..4usize)],
        ) {
            let [batch, channels, height, width] = input;
            let options = ConvOptions::new_with_padding(stride, padding, [1, 1], 1);
            let weight = [1, channels, kernel[0], kernel[1]];
            let geometry = Geometry::new(input, weight, &options);
            prop_assume!(geometry.is_some());
            let geometry = geometry.expect("assumed");
            let pixels = (0..batch * channels * height * width).map(|index| index as f32 + 1.0);
            let pixels = pixels.collect::<Vec<_>>();

            let positions = geometry.positions();
            let all = batch * positions;
            let count = all.div_ceil(WIDTH);
            let distance = geometry.column() * WIDTH + SLACK;
            let mut recipe = Recipe::default();
            for panel in 0..count {
                recipe.add(&geometry, panel, panel * distance);
            }
            let mut panels = vec![f32::NAN; count * distance];
            let filling = |panels| Filling {
                recipe: &recipe,
                geometry: &geometry,
                input: &pixels,
                panels,
            };
            run(filling(&mut panels));
            let mut others = vec![f32::NAN; count * distance];
            // SAFETY: portable code runs everywhere.
            unsafe { filling(&mut others).run::<Portable>() };

            let mut columns = vec![0.0; geometry.column() * all];
            let tile = Tile { image: 0, images: batch, start: 0, len: positions };
            unroll(&geometry, &pixels, &tile, 0..channels, &mut columns, all);
            for (index, panel) in panels.chunks(distance).enumerate() {
                for row in 0..geometry.column() {
                    for lane in 0..WIDTH {
                        let position = index * WIDTH + lane;
                        let expected = match position < all {
                            true => columns[row * all + position],
                            false => 0.0,
                        };
                        prop_assert_eq!(panel[row * WIDTH + lane], expected);
                        prop_assert_eq!(others[index * distance + row * WIDTH + lane], expected);
                    }
                }
            }
        }
    }
}

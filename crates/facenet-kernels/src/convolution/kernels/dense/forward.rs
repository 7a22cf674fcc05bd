//! The forward product.

use std::ops::Range;

use rayon::prelude::*;

use super::super::epilogue::Epilogue;
use super::super::geometry::Geometry;
use super::super::scratch::{Scratch, aligned, with_scratch};
use super::super::shared::Shared;
use super::panels::SLACK;
use super::register_tile::{ROWS, Tile, WIDTH, multiply};
use crate::simd::{Vector, Work, run};

/// Rows of a block of panels: one panel of them fits a core's first cache beside the weights it meets.
const DEPTH: usize = 384;
/// Input channels up to which a pointwise layer reads its input without panels.
const SHALLOW: usize = 128;
const _: () = assert!(SHALLOW <= DEPTH, "such a layer is one block");
/// Panels of a piece of work, at most: with `DEPTH` rows they fit a core's second cache beside the weights.
const PANELS: usize = 8;
/// Pieces for each thread that keep all of them busy to the end, and the fewest output channels of a piece.
const PIECES: usize = 4;
const FEWEST_CHANNELS: usize = 24;

/// `Y = f(W · X̃)`: input `[N, C, H, W]` and weight `[O, C, kh, kw]`, both contiguous, give `[N, O, H', W']`.
pub(in super::super) fn forward(
    geometry: &Geometry,
    input: &[f32],
    weight: &[f32],
    epilogue: &Epilogue<'_>,
) -> Vec<f32> {
    let outputs = geometry.channels_out;
    let positions = geometry.batch * geometry.positions();
    let len = outputs * positions;
    assert!(input.len() >= geometry.batch * geometry.channels_in * geometry.pixels());
    assert!(weight.len() >= outputs * geometry.column());
    assert!(epilogue.fits(outputs, len));
    let mut output = Vec::with_capacity(len);
    let convolution = Convolution {
        geometry,
        input,
        weight,
        epilogue,
        output: Shared::spare(&mut output),
    };

    let panels = positions.div_ceil(WIDTH);
    // How the output is cut changes no number in it.
    let wanted = PIECES * rayon::current_num_threads();
    let width = (panels / wanted).clamp(1, PANELS);
    let tiles = panels.div_ceil(width);
    let parts = wanted.div_ceil(tiles).min(outputs / FEWEST_CHANNELS).max(1);
    (0..tiles * parts).into_par_iter().for_each(|piece| {
        let (tile, part) = (piece / parts, piece % parts);
        let piece = Piece {
            panels: [tile * width, ((tile + 1) * width).min(panels)],
            channels: [outputs * part / parts, outputs * (part + 1) / parts],
        };
        with_scratch(|scratch| {
            run(PieceWork {
                convolution: &convolution,
                piece,
                scratch,
            });
        });
    });
    // SAFETY: the pieces cover all panels and all output channels, and each wrote its own.
    unsafe { output.set_len(len) };
    output
}

struct Convolution<'a> {
    geometry: &'a Geometry,
    input: &'a [f32],
    weight: &'a [f32],
    epilogue: &'a Epilogue<'a>,
    output: Shared<'a>,
}

/// A rectangle of the output: from one bound to before the other.
struct Piece {
    panels: [usize; 2],
    channels: [usize; 2],
}

struct PieceWork<'a> {
    convolution: &'a Convolution<'a>,
    piece: Piece,
    scratch: &'a mut Scratch,
}

impl Work for PieceWork<'_> {
    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        // SAFETY: the contract is passed on.
        unsafe { self.convolution.run::<V>(&self.piece, self.scratch) }
    }
}

/// Consecutive lanes of a panel that belong to one map.
#[derive(Clone, Copy, Default)]
struct Segment {
    lane: usize,
    len: usize,
    image: usize,
    position: usize,
}

/// Which sums over the depth are at hand: those of the first block are not added to what came before, those of the last
/// one are complete.
#[derive(Clone, Copy)]
struct Stage {
    first: bool,
    last: bool,
}

impl Convolution<'_> {
    /// # Safety
    /// The processor has the instruction set of `V`.
    #[inline(always)]
    unsafe fn run<V: Vector>(&self, piece: &Piece, scratch: &mut Scratch) {
        let geometry = self.geometry;
        let taps = geometry.taps();
        let inputs = geometry.channels_in;
        let [first_panel, past_panel] = piece.panels;
        let [first_row, past_row] = piece.channels;
        let groups = (past_row - first_row).div_ceil(ROWS);
        let group = |index| first_row + (past_row - first_row) * index / groups;

        let blocks = geometry.column().div_ceil(DEPTH).min(inputs);
        let block = inputs.div_ceil(blocks);
        let panel_len = block * taps * WIDTH + SLACK;
        let count = past_panel - first_panel;
        let recipe = &mut scratch.recipe;
        recipe.clear();
        for panel in first_panel..past_panel {
            if self.in_place(panel).is_none() {
                recipe.add(geometry, panel, (panel - first_panel) * panel_len);
            }
        }
        let columns = aligned(&mut scratch.columns, count * panel_len).as_mut_ptr();

        let mut sums: Tile = [[0.0; WIDTH]; ROWS];
        for channel in (0..inputs).step_by(block) {
            let channels = channel..(channel + block).min(inputs);
            let depth = channels.len() * taps;
            let stage = Stage {
                first: channel == 0,
                last: channels.end == inputs,
            };
            for (row, channel) in channels.enumerate() {
                // SAFETY: the panels lie `panel_len` elements apart, which leaves room for the slack behind the last
                // row of each; `forward` has checked the input's length.
                unsafe {
                    recipe.fill::<V>(
                        geometry,
                        self.input,
                        channel,
                        columns.add(row * taps * WIDTH),
                    );
                }
            }
            for index in 0..count {
                let (segments, parts) = self.segments(first_panel + index);
                let (right, right_stride) = match self.in_place(first_panel + index) {
                    Some(first) => (
                        self.input.as_ptr().wrapping_add(first),
                        geometry.positions(),
                    ),
                    None => (columns.wrapping_add(index * panel_len).cast_const(), WIDTH),
                };
                for row in 0..groups {
                    let rows = group(row)..group(row + 1);
                    let left = rows.start * geometry.column() + channel * taps;
                    // SAFETY: the rows and the depth lie inside the weight, whose length `forward` has checked; the
                    // panel was filled above, or lies inside the input.
                    unsafe {
                        multiply::<V>(
                            rows.len(),
                            depth,
                            self.weight.as_ptr().add(left),
                            geometry.column(),
                            right,
                            right_stride,
                            &mut sums,
                        );
                    }
                    for segment in &segments[..parts] {
                        // SAFETY: segments lie inside their maps, and no other piece has this panel and these rows.
                        unsafe { self.finish(stage, rows.clone(), segment, &sums) };
                    }
                }
            }
        }
    }

    /// Where a panel begins that can be read from the input as it is: the layer is pointwise, the panel lies inside one
    /// map, and it is so shallow that its rows, each in other cache lines, do not drive each other out.
    #[inline(always)]
    fn in_place(&self, panel: usize) -> Option<usize> {
        let geometry = self.geometry;
        let positions = geometry.positions();
        let (image, position) = (panel * WIDTH / positions, panel * WIDTH % positions);
        let fits = position + WIDTH <= positions && image < geometry.batch;
        (geometry.is_pointwise() && geometry.channels_in <= SHALLOW && fits)
            .then(|| image * geometry.channels_in * positions + position)
    }

    /// Cuts a panel where a map ends.
    fn segments(&self, panel: usize) -> ([Segment; WIDTH], usize) {
        let positions = self.geometry.positions();
        let mut segments = [Segment::default(); WIDTH];
        let mut count = 0;
        let mut lane = 0;
        while lane < WIDTH {
            let at = panel * WIDTH + lane;
            let (image, position) = (at / positions, at % positions);
            if image == self.geometry.batch {
                break;
            }
            let len = (WIDTH - lane).min(positions - position);
            segments[count] = Segment {
                lane,
                len,
                image,
                position,
            };
            count += 1;
            lane += len;
        }
        (segments, count)
    }

    /// Writes the sums of some output channels.
    ///
    /// # Safety
    /// The segment lies inside its map, and nobody else reads or writes it in these channels meanwhile.
    #[inline(always)]
    unsafe fn finish(&self, stage: Stage, rows: Range<usize>, segment: &Segment, sums: &Tile) {
        let Segment {
            lane,
            len,
            image,
            position,
        } = *segment;
        let positions = self.geometry.positions();
        let map = image * self.geometry.channels_out + rows.start;
        let first = map * positions + position;
        // The elements lie inside the output if those of the last row do.
        let target = self.output.at(first, (rows.len() - 1) * positions + len);
        for (index, row) in rows.enumerate() {
            let offset = first + index * positions;
            // SAFETY: the segment is ours alone; what was written in the first stage may be read in later ones.
            unsafe {
                let target = target.add(index * positions);
                if len == WIDTH {
                    let target = target.cast::<[f32; WIDTH]>();
                    let mut values = sums[index];
                    if !stage.first {
                        let before = target.read();
                        for (value, before) in values.iter_mut().zip(&before) {
                            *value += *before;
                        }
                    }
                    if stage.last {
                        self.epilogue.apply(row, offset, WIDTH, &mut values);
                    }
                    target.write(values);
                } else {
                    let mut values = [0.0; WIDTH];
                    values[..len].copy_from_slice(&sums[index][lane..lane + len]);
                    if !stage.first {
                        for (index, value) in values[..len].iter_mut().enumerate() {
                            *value += target.add(index).read();
                        }
                    }
                    if stage.last {
                        self.epilogue.apply(row, offset, len, &mut values);
                    }
                    for (index, value) in values[..len].iter().enumerate() {
                        target.add(index).write(*value);
                    }
                }
            }
        }
    }
}

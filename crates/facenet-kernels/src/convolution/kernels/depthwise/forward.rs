//! The forward pass.

use rayon::prelude::*;

use super::super::epilogue::Epilogue;
use super::super::geometry::Geometry;
use super::super::scratch::{at_least, with_scratch};
use super::super::shared::Shared;
use super::layout::Layout;
use super::line::{BLOCK, correlate};

/// Output positions of a piece of work.
pub(super) const POSITIONS: usize = 1 << 14;

/// `Y = f(W ∗ X)` channel by channel: input `[N, C, H, W]` and weight `[C, 1, kh, kw]`, both contiguous, give `[N, C, H',
/// W']`.
pub(in super::super) fn forward(
    geometry: &Geometry,
    input: &[f32],
    weight: &[f32],
    epilogue: &Epilogue<'_>,
) -> Vec<f32> {
    let channels = geometry.channels_out;
    let positions = geometry.positions();
    let planes = geometry.batch * channels;
    assert!(epilogue.fits(channels, planes * positions));
    let mut output = Vec::with_capacity(planes * positions);
    let shared = Shared::spare(&mut output);
    let layout = Layout::new(geometry);

    let piece = POSITIONS.div_ceil(positions);
    (0..planes.div_ceil(piece))
        .into_par_iter()
        .for_each(|index| {
            with_scratch(|scratch| {
                let plane = at_least(&mut scratch.columns, layout.plane_len() + BLOCK);
                let line = at_least(&mut scratch.rows, layout.blocks_len());
                plane.fill(0.0);
                for map in index * piece..planes.min((index + 1) * piece) {
                    let channel = map % channels;
                    layout.scatter_plane(
                        &input[map * geometry.pixels()..][..geometry.pixels()],
                        plane,
                    );
                    let factors = &weight[channel * geometry.taps()..][..geometry.taps()];
                    correlate(plane, layout.taps(), factors, line);
                    // SAFETY: each map belongs to one piece.
                    let target = unsafe { shared.write_rows(map * positions, layout.rows(line)) };
                    epilogue.apply_to_map(channel, map * positions, target);
                }
            });
        });
    // SAFETY: the pieces cover all maps, and each wrote its own.
    unsafe { output.set_len(planes * positions) };
    output
}

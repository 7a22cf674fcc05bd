//! The gradient with respect to the weight.

use rayon::prelude::*;

use super::super::geometry::Geometry;
use super::super::scratch::{at_least, with_scratch};
use super::layout::Layout;
use super::line::{BLOCK, add_products};

/// `dW`: input `[N, C, H, W]` and output gradient `[N, C, H', W']`, both contiguous, give `[C, 1, kh, kw]`.
pub(in super::super) fn weight_grad(
    geometry: &Geometry,
    input: &[f32],
    output_grad: &[f32],
) -> Vec<f32> {
    let channels = geometry.channels_out;
    let (pixels, positions, taps) = (geometry.pixels(), geometry.positions(), geometry.taps());
    let mut grad = vec![0.0; channels * taps];
    let layout = Layout::new(geometry);
    grad.par_chunks_mut(taps)
        .enumerate()
        .for_each(|(channel, grad)| {
            with_scratch(|scratch| {
                let plane = at_least(&mut scratch.columns, layout.plane_len() + BLOCK);
                let line = at_least(&mut scratch.rows, layout.blocks_len());
                plane.fill(0.0);
                line.fill(0.0);
                for image in 0..geometry.batch {
                    let map = image * channels + channel;
                    layout.scatter_plane(&input[map * pixels..][..pixels], plane);
                    layout.scatter_line(&output_grad[map * positions..][..positions], line);
                    add_products(plane, layout.taps(), line, grad);
                }
            });
        });
    grad
}

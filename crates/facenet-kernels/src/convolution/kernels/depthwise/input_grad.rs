//! The gradient with respect to the input.

use rayon::prelude::*;

use super::super::geometry::Geometry;
use super::super::scratch::{at_least, with_scratch};
use super::forward::POSITIONS;
use super::layout::Layout;
use super::line::correlate;

/// `dX`: weight `[C, 1, kh, kw]` and output gradient `[N, C, H', W']`, both contiguous, give `[N, C, H, W]`.
///
/// A pixel of a phase gathers, from the kernel elements that meet the phase, the gradients of the positions from which
/// they met it.
pub(in super::super) fn input_grad(
    geometry: &Geometry,
    weight: &[f32],
    output_grad: &[f32],
) -> Vec<f32> {
    let channels = geometry.channels_out;
    let (pixels, positions, taps) = (geometry.pixels(), geometry.positions(), geometry.taps());
    let mut grad = vec![0.0; geometry.batch * channels * pixels];
    let layout = Layout::new(geometry);
    let phase_len = layout.phase_len();
    let phases = phases(&layout);

    let piece = POSITIONS.div_ceil(pixels);
    grad.par_chunks_mut(piece * pixels)
        .enumerate()
        .for_each(|(index, grads)| {
            with_scratch(|scratch| {
                // The line begins after as many zeros as a phase has elements.
                let line = at_least(&mut scratch.rows, 2 * phase_len);
                let plane = at_least(&mut scratch.columns, layout.plane_len());
                line.fill(0.0);
                let mut factors = Vec::with_capacity(taps);
                for (offset, grad) in grads.chunks_mut(pixels).enumerate() {
                    let map = index * piece + offset;
                    let kernel = &weight[map % channels * taps..][..taps];
                    let output_grad = &output_grad[map * positions..][..positions];
                    layout.scatter_line(output_grad, &mut line[phase_len..]);
                    for (phase, target) in phases.iter().zip(plane.chunks_mut(phase_len)) {
                        factors.clear();
                        factors.extend(phase.elements.iter().map(|element| kernel[*element]));
                        correlate(line, &phase.offsets, &factors, target);
                    }
                    layout.gather_plane(plane, grad);
                }
            });
        });
    grad
}

/// The kernel elements that meet a phase.
#[derive(Clone, Default)]
struct Phase {
    elements: Vec<usize>,
    /// Where each, from the first pixel of the phase, looks into the line with its zeros.
    offsets: Vec<usize>,
}

fn phases(layout: &Layout<'_>) -> Vec<Phase> {
    let phase_len = layout.phase_len();
    let mut phases = vec![Phase::default(); layout.plane_len() / phase_len];
    for (element, tap) in layout.taps().iter().enumerate() {
        let phase = &mut phases[tap / phase_len];
        phase.elements.push(element);
        phase.offsets.push(phase_len - tap % phase_len);
    }
    phases
}

use tiny_skia::Pixmap;

use super::identity::Identity;
use super::photograph::Photograph;
use super::relief::{Relief, unit};
use super::view::View;

/// Lights a drawn person: multiplies its colours by the light that falls on each place.
///
/// The shade is Lambert's cosine, wrapped a little around the edge as skin scatters light, plus the
/// ambient term. It works on linear light, for which the square root stands in as sRGB's curve.
pub(super) fn light_person(pixmap: &mut Pixmap, view: &View, who: &Identity, shot: &Photograph) {
    const WRAP: f32 = 0.2;
    let relief = Relief::new(who, shot.expression.mouth_open);
    let light = &shot.light;
    let towards = unit([
        light.azimuth.sin() * light.elevation.cos(),
        -light.elevation.sin(),
        light.azimuth.cos() * light.elevation.cos(),
    ]);
    let colour = tint(light.warmth);
    let width = pixmap.width() as usize;
    for (row, pixels) in pixmap.data_mut().chunks_exact_mut(4 * width).enumerate() {
        for (column, pixel) in pixels.chunks_exact_mut(4).enumerate() {
            let [r, g, b, a] = pixel else { continue };
            if *a == 0 {
                continue;
            }
            let [x, y] = view.unface([column as f32 + 0.5, row as f32 + 0.5]);
            let [nx, ny, nz] = relief.normal(x, y);
            // Turn the normal as the head is turned.
            let [cos, sin] = view.yaw;
            let (nx, nz) = (nx * cos + nz * sin, nz * cos - nx * sin);
            let [cos, sin] = view.pitch;
            let (ny, nz) = (ny * cos - nz * sin, nz * cos + ny * sin);
            let cosine = nx * towards[0] + ny * towards[1] + nz * towards[2];
            let direct = light.direct * ((cosine + WRAP) / (1.0 + WRAP)).max(0.0);
            let shade = (light.ambient + direct).sqrt();
            for (channel, tint) in [r, g, b].into_iter().zip(colour) {
                // Colours are premultiplied and stay at most alpha.
                *channel = (f32::from(*channel) * shade * tint).min(f32::from(*a)) as u8;
            }
        }
    }
}

/// Factors on red, green and blue.
pub(super) fn tint(warmth: f32) -> [f32; 3] {
    [1.0 + 0.1 * warmth, 1.0, 1.0 - 0.18 * warmth]
}

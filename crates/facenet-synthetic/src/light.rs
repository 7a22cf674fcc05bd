use tiny_skia::Pixmap;

use super::photograph::Light;
use super::relief::Relief;
use super::view::{self, View};

/// Channels of a picture before the camera, row by row, 0..=1 for what the film can hold.
pub(super) type Exposed = Vec<[f32; 3]>;

/// Lights the scene, and the head before it by the slope of each place of the face.
///
/// The shading is Lambert's cosine law, softened by ambient light and by letting a little light
/// reach around the edge, with a gloss in the direction of the mirror image of the light.
pub(super) fn expose(
    scene: &Pixmap,
    head: &Pixmap,
    view: &View,
    relief: &Relief,
    light: &Light,
) -> Exposed {
    let width = scene.width() as usize;
    let towards = view.head_axes(light.direction);
    let half = half_way(towards, view.head_axes([0.0, 0.0, 1.0]));
    let center = view.body(0.0, 0.0);
    // A frontal patch under frontal light keeps its color.
    let directed = 1.25 * (1.0 - light.ambient);
    let mut exposed = Vec::with_capacity(width * scene.height() as usize);
    let mut places = vec![[0.0; 2]; width];
    let mut slopes = vec![[0.0; 2]; width];
    let rows = scene
        .pixels()
        .chunks(width)
        .zip(head.pixels().chunks(width));
    for ((back, front), down) in rows.zip(0_u16..) {
        let down = f32::from(down) + 0.5;
        // Only what the head covers has a slope.
        let covered = front.iter().position(|pixel| pixel.alpha() > 0);
        let end = front.iter().rposition(|pixel| pixel.alpha() > 0);
        if let (Some(start), Some(end)) = (covered, end) {
            let (places, slopes) = (&mut places[start..=end], &mut slopes[start..=end]);
            for ((place, slope), x) in places.iter_mut().zip(&mut *slopes).zip(start..) {
                *place = view.unface([x as f32 + 0.5, down]);
                *slope = view::slope(place[0], place[1]);
            }
            relief.add_slopes(places, slopes);
        }
        for (((back, front), slope), x) in back.iter().zip(front).zip(&slopes).zip(0_u16..) {
            let place = [
                (f32::from(x) + 0.5 - center[0]) / view.scale,
                (down - center[1]) / view.scale,
            ];
            let shade = shaded(light, place) * light.exposure;
            let cover = f32::from(front.alpha()) / 255.0;
            let across = light.direction[0] * place[0] + light.direction[1] * place[1];
            let falloff = (1.0 + 0.22 * (1.0 - light.ambient) * across).max(0.2);
            let around = falloff * (1.0 - cover) * shade;
            let (mut on_head, mut gloss) = (0.0, 0.0);
            if cover > 0.0 {
                let normal = unit([-slope[0], -slope[1], 1.0]);
                let lambert = ((dot(normal, towards) + 0.2) / 1.2).max(0.0);
                on_head = (light.ambient + directed * lambert) * shade;
                let mut mirror = dot(normal, half).max(0.0);
                for _ in 0..4 {
                    mirror *= mirror;
                }
                gloss = light.gloss * mirror * cover * shade;
            }
            let channel = |k: usize, back: u8, front: u8| {
                let lit = f32::from(back) * around + f32::from(front) * on_head;
                (lit / 255.0 + gloss) * light.tint[k]
            };
            exposed.push([
                channel(0, back.red(), front.red()),
                channel(1, back.green(), front.green()),
                channel(2, back.blue(), front.blue()),
            ]);
        }
    }
    exposed
}

/// Share of the light that the shadow leaves at a place.
fn shaded(light: &Light, [x, y]: [f32; 2]) -> f32 {
    let Some(shadow) = light.shadow else {
        return 1.0;
    };
    let beyond = x * shadow.towards[0] + y * shadow.towards[1] - shadow.offset;
    let t = (beyond / shadow.softness.max(0.01) + 0.5).clamp(0.0, 1.0);
    1.0 - shadow.strength * t * t * (3.0 - 2.0 * t)
}

fn half_way(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    unit([a[0] + b[0], a[1] + b[1], a[2] + b[2]])
}

fn unit([x, y, z]: [f32; 3]) -> [f32; 3] {
    let inverse = 1.0 / (x * x + y * y + z * z).sqrt().max(1e-6);
    [x * inverse, y * inverse, z * inverse]
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

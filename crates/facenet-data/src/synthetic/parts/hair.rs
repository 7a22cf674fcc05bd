use std::f32::consts::{PI, TAU};

use super::head::half_width;
use crate::synthetic::canvas::Canvas;
use crate::synthetic::colour::Colour;
use crate::synthetic::hair_shape::HairShape;
use crate::synthetic::identity::Identity;
use crate::synthetic::view::{Px, View};

/// Steps around half of an outline.
const STEPS: usize = 24;

/// The hair behind the head: what falls past the face, and a bun.
pub(super) fn behind(canvas: &mut Canvas, who: &Identity) {
    let view = canvas.view;
    let hair = &who.hair;
    let shade = who.hair_colour.scaled(0.72);
    if hair.bun {
        canvas.dots(&[(view.head(0.0, -1.2, -0.3), 0.3)], shade, 1.0);
    }
    let Some(length) = hair.length else { return };
    let w = who.head.cheeks;
    let mut side = Vec::new();
    for i in 0..=STEPS {
        let t = i as f32 / STEPS as f32;
        let wave = hair.curl * (t * 14.0 * PI).sin();
        let y = -0.75 + (length + 0.75) * t;
        // Wide as the head at its crown, then out to the flare, and in again at the tips.
        let out = (t * 2.2).min(1.0) * hair.flare - 0.1 * (t - 0.8).max(0.0) * 5.0 * hair.flare;
        side.push([w + 0.06 + out + wave, y]);
    }
    let outline: Vec<Px> = side
        .iter()
        .map(|&[x, y]| fall(&view, x, y))
        .chain(side.iter().rev().map(|&[x, y]| fall(&view, -x, y)))
        .collect();
    canvas.polygon(&outline, shade, 1.0);
}

/// Hair near the head turns with it; further down it hangs.
fn fall(view: &View, x: f32, y: f32) -> Px {
    if y < 0.9 {
        view.rim(x, y)
    } else {
        let [rx, ry] = view.rim(x, 0.9);
        [rx, ry + view.px(y - 0.9)]
    }
}

/// The hair on the head: a cap between its outline and the hairline.
pub(super) fn before(canvas: &mut Canvas, who: &Identity) {
    let hair = &who.hair;
    if hair.cover <= 0.0 {
        return;
    }
    let view = canvas.view;
    let outer = outer(&view, who, hair);
    let line = hairline(&view, who, hair);
    let cap: Vec<Px> = outer.iter().chain(line.iter().rev()).copied().collect();
    canvas.polygon(&cap, who.hair_colour, hair.cover);
    if hair.cover < 1.0 {
        return;
    }
    // Strands run from the outline to the hairline; their two colours give the hair a direction.
    let strand = |from: usize, to: usize| -> Option<Vec<Px>> {
        let (a, b) = (outer.get(from)?, line.get(to)?);
        let middle = [0.55 * a[0] + 0.45 * b[0], 0.65 * a[1] + 0.35 * b[1]];
        Some(vec![
            [0.15 * b[0] + 0.85 * a[0], 0.15 * b[1] + 0.85 * a[1]],
            middle,
            *b,
        ])
    };
    let every = |start: usize| -> Vec<Vec<Px>> {
        (start..2 * STEPS)
            .step_by(6)
            .filter_map(|i| strand(i, i))
            .collect()
    };
    canvas.strands(
        &every(2),
        0.03,
        who.hair_colour.mix(Colour::WHITE, 0.3),
        0.3,
    );
    canvas.strands(&every(5), 0.03, who.hair_colour.scaled(0.5), 0.45);
    canvas.stroke(&line, 0.022, who.hair_colour.scaled(0.6), 0.5);
}

/// From the left sideburn over the crown to the right one.
fn outer(view: &View, who: &Identity, hair: &HairShape) -> Vec<Px> {
    let bottom = hair.sideburn + 0.1;
    (0..=2 * STEPS)
        .map(|i| {
            let t = i as f32 / STEPS as f32 - 1.0;
            let bump = if hair.curl > 0.0 {
                hair.curl * (t * 11.0 * TAU / 2.0).cos()
            } else {
                0.0
            };
            let rise = t.abs();
            if rise > 0.62 {
                // Beside the face, straight down.
                let y = -0.35 + (bottom + 0.35) * (rise - 0.62) / 0.38;
                let x = half_width(who, y.clamp(-0.38, 0.7)) + hair.side + bump;
                return view.rim(t.signum() * x, y);
            }
            // Over the crown, a quarter of a superellipse.
            let angle = rise / 0.62 * PI / 2.0;
            let x = (who.head.forehead + hair.side + bump) * angle.sin().powf(0.85);
            let y = -0.35 - (0.65 + hair.crown + bump) * angle.cos().powf(0.7);
            view.rim(t.signum() * x, y)
        })
        .collect()
}

/// From the left sideburn over the forehead to the right one.
fn hairline(view: &View, who: &Identity, hair: &HairShape) -> Vec<Px> {
    let bottom = hair.sideburn + 0.1;
    // Hair that falls past the cheeks lies further in than a sideburn does.
    let inset = if hair.sideburn > 0.3 { 0.06 } else { 0.035 };
    (0..=2 * STEPS)
        .map(|i| {
            let t = i as f32 / STEPS as f32 - 1.0;
            let rise = t.abs();
            let temple = 0.84 * who.head.forehead;
            if rise > 0.7 {
                let s = (rise - 0.7) / 0.3;
                let y = -0.3 + (bottom + 0.3) * s;
                let x = half_width(who, y.clamp(-0.38, 0.8)) - inset * (1.0 - s);
                let start = view.face(t.signum() * temple, -0.32);
                let rim = view.rim(t.signum() * x, y);
                // Leave the surface of the face for its edge.
                let k = (s * 3.0).min(1.0);
                return [
                    start[0] + (rim[0] - start[0]) * k,
                    start[1] + (rim[1] - start[1]) * s.max(k * 0.2),
                ];
            }
            let across = t / 0.7;
            let x = across * temple;
            let temples = hair.temples * (-((across.abs() - 0.62) / 0.25).powi(2)).exp();
            let parting = hair.sweep * (-((across - hair.parting) / 0.35).powi(2)).exp();
            let down = (-0.32 - hair.hairline) * across.abs().powi(4);
            let wave = hair.curl * 0.7 * (t * 9.0 * PI).sin();
            view.face(x, hair.hairline - temples - parting + down + wave)
        })
        .collect()
}

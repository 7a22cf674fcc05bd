use super::{Build, Head};
use crate::canvas::Canvas;
use crate::color::Color;
use crate::identity::Identity;
use crate::photograph::Photograph;
use crate::random::Dice;
use crate::view::Px;

/// Shape and color of the mouth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mouth {
    pub(crate) y: f32,
    /// Half width at rest.
    pub(crate) width: f32,
    upper: f32,
    pub(crate) lower: f32,
    /// Depth of the bow in the upper lip.
    bow: f32,
    /// Rise of the corners at rest.
    corners: f32,
    /// How red the lips are, beyond the skin's own color.
    red: f32,
    hue: f32,
}

impl Mouth {
    pub(crate) fn sample(dice: &mut Dice, build: &Build, nose: f32) -> Self {
        let soft = 0.5 - build.masculine;
        let painted = dice.chance(0.1 + 0.5 * soft);
        let full = 0.25 * (build.tone - 0.4) + 0.35 * soft + 0.3 * dice.normal();
        Self {
            y: nose + (0.225 + 0.03 * dice.normal()).clamp(0.16, 0.3),
            width: (0.255 + 0.03 * dice.normal()).clamp(0.17, 0.34),
            upper: (0.05 + 0.028 * full).clamp(0.014, 0.1),
            lower: (0.07 + 0.033 * full + 0.01 * dice.normal()).clamp(0.025, 0.125),
            bow: (0.35 + 0.25 * dice.normal()).clamp(0.0, 0.8),
            corners: 0.016 * dice.normal(),
            red: if painted {
                dice.between(0.55, 0.95)
            } else {
                dice.between(0.1, 0.4)
            },
            hue: dice.between(-0.04, 0.02),
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
        let (view, skin, face) = (canvas.view, &person.skin, &photograph.expression);
        let width = self.width * (1.0 + 0.24 * face.smile.max(0.0) - 0.1 * face.open);
        let corner = -0.065 * face.smile - self.corners;
        let gap = 0.03 * face.smile.max(0.0) * face.open.min(1.0) + 0.17 * face.open;
        let thin = 1.0 - 0.22 * face.smile.max(0.0);
        let (upper, lower) = (self.upper * thin, self.lower * thin);
        // Along the mouth from −1 to 1; `down` from its line.
        let place = |along: f32, down: f32| -> Px {
            let bend = corner * along * along;
            view.raised(
                along * width,
                self.y + 0.3 * Head::drop(photograph) + bend + down,
                0.05,
            )
        };
        let arc = |along: f32| 1.0 - along * along;
        let seam_above = |a: f32| -0.3 * gap * arc(a) + 0.006 * (1.0 - (3.0 * a).abs()).max(0.0);
        let seam_below = |a: f32| 0.7 * gap * arc(a) + 0.006 * (1.0 - (3.0 * a).abs()).max(0.0);
        let bow = |a: f32| {
            let dip = if a.abs() < 0.3 {
                self.bow * (1.0 - a.abs() / 0.3) * 0.55
            } else {
                0.0
            };
            upper * (1.0 - dip) * (1.0 - a.abs()).min(0.72) / 0.72
        };
        const ALONG: [f32; 9] = [-1.0, -0.72, -0.45, -0.22, 0.0, 0.22, 0.45, 0.72, 1.0];
        let line = |f: &dyn Fn(f32) -> f32| -> Vec<Px> { ALONG.map(|a| place(a, f(a))).to_vec() };
        let above = line(&seam_above);
        let below = line(&seam_below);
        let top = line(&|a| seam_above(a) - bow(a));
        let bottom = line(&|a| {
            seam_below(a) + lower * (1.0 - a * a * a * a).max(0.0) * (1.0 - 0.3 * a.abs())
        });
        let closed = |one: &[Px], other: &[Px]| -> Vec<Px> {
            let inner = other.get(1..other.len() - 1).unwrap_or_default();
            one.iter().chain(inner.iter().rev()).copied().collect()
        };
        let Color([r, g, b]) = skin.base;
        let lip = Color([r * 0.84, g * 0.58, b * 0.58]);
        let lip = lip.mix(Color::hsv(self.hue, 0.72, 0.35 + 0.45 * r), self.red);

        canvas.glow(place(0.0, 0.7 * gap + lower + 0.06), 0.17, skin.shade, 0.4);
        if gap > 0.012 {
            let inside = closed(&above, &below);
            canvas.fill(&inside, Color::rgb(64, 20, 22), 1.0);
            canvas.within(&inside, |canvas| {
                let teeth = line(&|a| seam_above(a) + (0.38 * gap + 0.02) * (1.0 - 0.3 * a * a));
                let mut row = line(&|a| seam_above(a) - 0.03);
                row.extend(teeth.iter().rev());
                canvas.polygon(&row, Color::rgb(238, 232, 222), 0.95);
                let tongue = line(&|a| seam_below(a) + 0.02 - 0.3 * gap * arc(a));
                let mut tip = line(&|a| seam_below(a) + 0.06);
                tip.extend(tongue.iter().rev());
                canvas.polygon(&tip, Color::rgb(178, 84, 84), 0.8);
            });
        }
        canvas.fill(&closed(&top, &above), lip.scaled(0.88), 0.95);
        canvas.fill(&closed(&below, &bottom), lip, 0.95);
        let shine = [
            place(-0.3, 0.7 * gap + 0.45 * lower),
            place(0.3, 0.7 * gap + 0.45 * lower),
        ];
        canvas.stroke(&shine, 0.35 * lower, lip.mix(Color::WHITE, 0.5), 0.28);
        let seam = lip.scaled(0.42);
        canvas.stroke(&above, 0.018, seam, 0.75);
        if gap <= 0.012 {
            for side in super::SIDES {
                canvas.dots(&[(place(side, 0.0), 0.02)], skin.shade, 0.7);
            }
        }
        // The groove under the nose.
        let y = (person.nose.tip + self.y) / 2.0 - 0.01;
        canvas.stroke(
            &[
                view.raised(0.0, y - 0.03, 0.05),
                view.raised(0.0, y + 0.03, 0.05),
            ],
            0.05,
            skin.shade,
            0.16,
        );
    }
}

use super::{Build, SIDES};
use crate::canvas::Canvas;
use crate::color::Color;
use crate::curve::ellipse;
use crate::identity::Identity;
use crate::photograph::Photograph;
use crate::random::Dice;
use crate::view::Px;

const BROWNS: [Color; 3] = [
    Color::rgb(44, 26, 18),
    Color::rgb(82, 48, 28),
    Color::rgb(128, 82, 44),
];
const LIGHT: [Color; 4] = [
    Color::rgb(96, 112, 64),
    Color::rgb(72, 120, 104),
    Color::rgb(72, 116, 164),
    Color::rgb(112, 130, 146),
];

/// Shape and color of the eyes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Eyes {
    /// Distance of each center from the middle of the face.
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    height: f32,
    /// Rise from the inner to the outer corner.
    tilt: f32,
    iris: Color,
    iris_radius: f32,
    /// How much the upper lid hangs over the eye.
    hooded: f32,
    lashes: f32,
    bags: f32,
    /// How deep the eyes lie.
    pub(crate) deep: f32,
}

impl Eyes {
    pub(crate) fn sample(dice: &mut Dice, build: &Build) -> Self {
        let brown = Color::along(&BROWNS, dice.between(0.0, 1.0) * (1.2 - build.tone));
        let light = Color::along(&LIGHT, dice.between(0.0, 1.0));
        let iris = if dice.chance(0.75 - 1.3 * build.tone) {
            light
        } else {
            brown
        };
        Self {
            x: (0.305 + 0.028 * dice.normal()).clamp(0.245, 0.375),
            y: 0.03 * dice.normal(),
            width: (0.142 + 0.018 * dice.normal()).clamp(0.1, 0.19),
            height: (0.068 + 0.015 * dice.normal() - 0.012 * (build.masculine - 0.5))
                .clamp(0.036, 0.11),
            tilt: 0.028 * dice.normal(),
            iris,
            iris_radius: (0.07 + 0.005 * dice.normal()).clamp(0.055, 0.085),
            hooded: (0.2 + 0.25 * dice.normal() + 0.3 * (build.age - 0.5)).clamp(0.0, 0.8),
            lashes: (0.02 + 0.012 * (0.5 - build.masculine) + 0.004 * dice.normal()).max(0.01),
            bags: (0.3 * build.age + 0.15 * dice.normal()).clamp(0.0, 0.6),
            deep: dice.between(0.0, 1.0),
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
        let (view, skin) = (canvas.view, &person.skin);
        for side in SIDES {
            let center = view.face(side * self.x, self.y);
            canvas.glow(center, 0.3, skin.shade, 0.14 + 0.22 * self.deep);
            self.draw_one(canvas, person, photograph, side);
            let bag = [
                view.face(
                    side * (self.x - 0.8 * self.width),
                    self.y + self.height + 0.04,
                ),
                view.face(side * self.x, self.y + self.height + 0.085),
                view.face(
                    side * (self.x + 0.8 * self.width),
                    self.y + self.height + 0.03,
                ),
            ];
            canvas.stroke(&bag, 0.035, skin.shade, 0.12 + 0.55 * self.bags);
        }
    }

    fn draw_one(&self, canvas: &mut Canvas, person: &Identity, photograph: &Photograph, side: f32) {
        let (view, skin, face) = (canvas.view, &person.skin, &photograph.expression);
        // Along the eye from its inner (−1) to its outer (1) corner.
        let place = |along: f32, down: f32| -> Px {
            let y = self.y + down - self.tilt * along;
            view.raised(side * (self.x + along * self.width), y, -0.02)
        };
        let open = 1.0 - face.lids;
        let h = self.height;
        let upper = |along: f32| -h * open * (1.0 - along * along) * (1.12 - 0.12 * along);
        let lower =
            |along: f32| h * 0.62 * (1.0 - along * along) * (1.0 - 0.14 * face.smile.max(0.0));
        let shut = h * 0.5;
        let lid = |along: f32| {
            let shut_at = shut * (1.0 - along * along);
            upper(along) + (shut_at - upper(along)) * face.lids.clamp(0.0, 1.0)
        };
        let above: Vec<Px> = [-1.0, -0.6, -0.2, 0.25, 0.65, 1.0]
            .map(|a| place(a, lid(a)))
            .to_vec();
        let below: Vec<Px> = [1.0, 0.5, 0.0, -0.5, -1.0]
            .map(|a| place(a, lower(a)))
            .to_vec();
        if face.lids < 0.85 {
            let mut eye = above.clone();
            eye.extend_from_slice(&below[1..4]);
            canvas.fill(&eye, Color::rgb(236, 230, 224), 1.0);
            canvas.within(&eye, |canvas| {
                let r = self.iris_radius;
                // Both eyes look the same way, not both outwards.
                let x = side * face.gaze[0] * 0.5 * self.width / self.width.max(0.01);
                let at = [x, face.gaze[1] * 0.35 * h - 0.12 * h];
                let disk = |radius: f32| {
                    ellipse([0.0, 0.0], [radius, radius], |dx, dy| {
                        let along = at[0] + side * dx / self.width;
                        place(along, at[1] + dy + self.tilt * along)
                    })
                };
                canvas.fill(&disk(r), self.iris.scaled(0.45), 1.0);
                canvas.fill(&disk(r * 0.84), self.iris, 1.0);
                canvas.fill(&disk(r * 0.43), Color::rgb(10, 8, 8), 1.0);
                let shine = place(at[0] - side * 0.16, at[1] - 0.4 * r);
                canvas.dots(&[(shine, 0.3 * r)], Color::WHITE, 0.9);
                // The lid shades the eyeball.
                canvas.stroke(&above, 0.05, Color::rgb(40, 24, 22), 0.35);
            });
            canvas.stroke(&below, 0.012, skin.shade, 0.7);
        }
        let lash = Color::rgb(30, 20, 18);
        canvas.stroke(&above, self.lashes * 1.5, lash, 0.9);
        if self.lashes > 0.022 {
            let flick = [place(0.75, lid(0.75)), place(1.2, lid(1.0) - 0.3 * h)];
            canvas.stroke(&flick, self.lashes, lash, 0.85);
        }
        // The crease of the lid; the more hooded the eye, the closer it lies to the lashes.
        let lift = (1.0 - 0.75 * self.hooded) * 0.65 * h + 0.015;
        let crease: Vec<Px> = [-0.9, -0.4, 0.1, 0.6, 1.1]
            .map(|a: f32| place(a, upper(a.min(1.0)) - lift))
            .to_vec();
        canvas.stroke(&crease, 0.02 + 0.02 * self.hooded, skin.shade, 0.55);
        let corner = place(-1.0, 0.0);
        canvas.dots(&[(corner, 0.016)], Color::rgb(196, 120, 110), 0.7);
    }
}

use super::{Build, SIDES};
use crate::canvas::Canvas;
use crate::curve::mirrored;
use crate::identity::Identity;
use crate::photograph::Photograph;
use crate::random::Dice;
use crate::view::{Px, View};

/// Shape of the skull, the cheeks and the jaw, in head units.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Head {
    /// Half width at the cheekbones.
    pub(crate) width: f32,
    /// Half width at the temples.
    pub(crate) forehead: f32,
    /// Half width below the cheekbones.
    cheek: f32,
    /// Half width at the corners of the jaw.
    pub(crate) jaw: f32,
    /// Half width of the chin.
    pub(crate) chin_width: f32,
    /// Where the chin ends.
    pub(crate) chin: f32,
    neck: f32,
    cleft: bool,
}

impl Head {
    pub(crate) fn sample(dice: &mut Dice, build: &Build) -> Self {
        let man = build.masculine - 0.5;
        let width = (0.69 + 0.06 * dice.normal() + 0.03 * man).clamp(0.57, 0.84);
        let jaw = (0.76 + 0.07 * dice.normal() + 0.1 * man).clamp(0.58, 0.94);
        let chin = (0.36 + 0.08 * dice.normal() + 0.1 * man).clamp(0.2, 0.58);
        Self {
            width,
            forehead: width * (0.9 + 0.05 * dice.normal()).clamp(0.78, 1.02),
            cheek: width * (0.94 + 0.04 * dice.normal()).clamp(0.84, 1.04),
            jaw: width * jaw,
            chin_width: width * chin,
            chin: (1.0 + 0.06 * dice.normal() + 0.04 * man).clamp(0.86, 1.15),
            neck: 0.4 + 0.1 * man + 0.04 * dice.normal(),
            cleft: dice.chance(0.12 + 0.15 * man),
        }
    }

    /// How far opening the mouth lowers the chin.
    pub(crate) fn drop(photograph: &Photograph) -> f32 {
        0.1 * photograph.expression.open
    }

    /// The silhouette without ears and hair, grown by `margin`.
    pub(crate) fn outline(&self, view: &View, drop: f32, margin: f32) -> Vec<Px> {
        let w = self.width;
        let half = [
            [0.0, -1.0 - margin],
            [0.3 * w, -0.985 - margin],
            [0.72 * self.forehead + margin, -0.84 - margin],
            [self.forehead + margin, -0.48],
            [w + margin, -0.05],
            [self.cheek + margin, 0.33],
            [self.jaw + margin, 0.64 * self.chin + 0.5 * drop],
            [
                (self.jaw + self.chin_width) / 2.0 + margin,
                0.84 * self.chin + drop,
            ],
            [
                self.chin_width * 0.7 + margin,
                0.975 * self.chin + drop + margin,
            ],
            [0.0, self.chin + drop + margin],
        ];
        mirrored(&half)
            .into_iter()
            .map(|[x, y]| view.rim(x, y))
            .collect()
    }

    /// Draws the neck, behind the head and its hair.
    pub(crate) fn draw_neck(&self, canvas: &mut Canvas, person: &Identity) {
        let view = canvas.view;
        let n = self.neck;
        let half = [
            [0.0, 0.3],
            [n * 0.92, 0.3],
            [n * 0.94, 0.9],
            [n, 1.15],
            [n * 1.7, 1.42],
            [n * 1.7, 2.2],
        ];
        let mut neck = mirrored(&half);
        neck.retain(|p| p[1] < 2.3);
        let neck: Vec<Px> = neck.into_iter().map(|[x, y]| view.body(x, y)).collect();
        canvas.fill(&neck, person.skin.base.mix(person.skin.shade, 0.18), 1.0);
        // The head keeps the light off the neck.
        canvas.within(&neck, |canvas| {
            let under = view.rim(0.0, self.chin - 0.12);
            canvas.glow(under, 0.72, person.skin.shade.scaled(0.7), 0.85);
        });
    }

    /// Draws the skin of the face, and the folds that age and a smile bring.
    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
        let (view, skin) = (canvas.view, &person.skin);
        let drop = Head::drop(photograph);
        let outline = self.outline(&view, drop, 0.0);
        canvas.fill(&outline, skin.base, 1.0);
        canvas.within(&outline, |canvas| {
            for side in SIDES {
                canvas.glow(
                    view.face(side * self.width * 0.62, 0.33),
                    0.34,
                    skin.flush,
                    skin.flushed,
                );
                // The hollow under the cheekbone.
                let hollow = (self.cheek - self.jaw).max(0.0) * 1.6;
                canvas.glow(
                    view.edge(side * self.jaw * 0.96, 0.5, self.width),
                    0.3,
                    skin.shade,
                    hollow.min(0.4),
                );
            }
            let [x, y] = view.rim(0.0, self.chin + drop);
            canvas.glow([x, y], 0.26, skin.shade, 0.25);
        });
        self.draw_folds(canvas, person, photograph);
    }

    fn draw_folds(&self, canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
        let (view, shade, age) = (canvas.view, person.skin.shade, person.build.age);
        let smile = photograph.expression.smile.max(0.0);
        let fold = 0.08 + 0.3 * (age - 0.3).max(0.0) + 0.28 * smile;
        let (nose, mouth) = (&person.nose, &person.mouth);
        for side in SIDES {
            let out = mouth.width + 0.07 + 0.05 * smile;
            let curve = [
                view.face(side * (nose.width + 0.04), nose.tip - 0.02),
                view.face(
                    side * (nose.width * 0.5 + out * 0.62),
                    (nose.tip + mouth.y) / 2.0,
                ),
                view.face(side * out, mouth.y + 0.03),
            ];
            canvas.stroke(&curve, 0.028, shade, fold);
        }
        let lines = (age - 0.55).max(0.0) * 0.8 + 0.2 * photograph.expression.brows.max(0.0);
        if lines > 0.02 {
            for y in [-0.42, -0.52] {
                let line = [
                    view.face(-0.26, y + 0.01),
                    view.face(-0.1, y - 0.02),
                    view.face(0.1, y - 0.015),
                    view.face(0.27, y + 0.015),
                ];
                canvas.stroke(&line, 0.02, shade, lines);
            }
        }
        let crease = (age - 0.4).max(0.0) * 0.5 + 0.35 * (-photograph.expression.brows).max(0.0);
        for side in SIDES {
            let x = side * 0.06;
            canvas.stroke(
                &[view.face(x, -0.2), view.face(x * 0.8, -0.08)],
                0.02,
                shade,
                crease,
            );
        }
        if self.cleft {
            let y = self.chin * 0.9 + Head::drop(photograph);
            canvas.stroke(
                &[view.face(0.0, y - 0.05), view.face(0.0, y + 0.04)],
                0.035,
                shade,
                0.5,
            );
        }
    }
}

use super::SIDES;
use crate::canvas::Canvas;
use crate::color::Color;
use crate::identity::Identity;
use crate::random::Dice;
use crate::view::{Px, View};

/// The frame of a pair of glasses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Glasses {
    /// Half width and half height of a lens.
    half: [f32; 2],
    /// Round (0) to square (1).
    square: f32,
    thickness: f32,
    color: Color,
    /// Darkness of the lenses.
    tint: f32,
}

impl Glasses {
    /// What one person in four wears.
    pub(crate) fn sample(dice: &mut Dice) -> Option<Self> {
        const FRAMES: [Color; 6] = [
            Color::rgb(22, 20, 22),
            Color::rgb(84, 48, 28),
            Color::rgb(186, 150, 84),
            Color::rgb(150, 152, 158),
            Color::rgb(120, 26, 34),
            Color::rgb(34, 52, 104),
        ];
        let glasses = Self {
            half: [dice.between(0.19, 0.25), dice.between(0.12, 0.2)],
            square: dice.between(0.0, 1.0),
            thickness: dice.between(0.02, 0.055),
            color: Color::along(&FRAMES, dice.between(0.0, 1.0)),
            tint: 0.0,
        };
        dice.chance(0.25).then_some(glasses)
    }

    pub(crate) fn dark() -> Self {
        let color = Color::rgb(18, 16, 18);
        Self {
            half: [0.25, 0.18],
            square: 0.5,
            thickness: 0.04,
            color,
            tint: 0.95,
        }
    }

    fn lens(&self, view: &View, person: &Identity, side: f32) -> Vec<Px> {
        let [w, h] = self.half;
        let corner = 0.72 + 0.2 * self.square;
        let around = [
            [1.0, 0.0],
            [corner, corner],
            [0.0, 1.0],
            [-corner, corner],
            [-1.0, 0.0],
            [-corner, -corner],
            [0.0, -1.0],
            [corner, -corner],
        ];
        let center = [(person.eyes.x + 0.005).max(w + 0.03), person.eyes.y + 0.02];
        around
            .map(|[a, b]| view.raised(side * (center[0] + a * w), center[1] + b * h, 0.07))
            .to_vec()
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity) {
        let view = canvas.view;
        let lenses = SIDES.map(|side| self.lens(&view, person, side));
        let y = person.eyes.y;
        let reach = (person.eyes.x + 0.005).max(self.half[0] + 0.03) + self.half[0];
        for (side, lens) in SIDES.into_iter().zip(&lenses) {
            if self.tint > 0.0 {
                canvas.fill(lens, self.color, self.tint);
            } else {
                canvas.fill(lens, Color::WHITE, 0.07);
            }
            canvas.within(lens, |canvas| {
                let [a, b] = view.raised(side * person.eyes.x, y - 0.1, 0.07);
                let glare = [[a - view.px(0.2), b + view.px(0.14)], [a, b - view.px(0.1)]];
                canvas.stroke(&glare, 0.06, Color::WHITE, 0.16);
            });
            canvas.outline(lens, self.thickness, self.color, 0.95);
            let arm = [
                view.raised(side * reach, y - 0.02, 0.06),
                view.rim(side * person.head.width * 1.01, y + 0.01),
            ];
            canvas.stroke(&arm, self.thickness * 0.8, self.color, 0.9);
        }
        let inner = reach - 2.0 * self.half[0];
        let bridge = [
            view.raised(-inner, y - 0.01, 0.08),
            view.raised(0.0, y - 0.045, 0.13),
            view.raised(inner, y - 0.01, 0.08),
        ];
        canvas.stroke(&bridge, self.thickness * 0.9, self.color, 0.95);
    }
}

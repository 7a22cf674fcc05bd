use super::{Build, SIDES};
use crate::canvas::Canvas;
use crate::color::Color;
use crate::identity::Identity;
use crate::photograph::Photograph;
use crate::random::Dice;
use crate::view::Px;

/// Shape and color of the brows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Brows {
    thickness: f32,
    arch: f32,
    /// Rise from the inner to the outer end.
    slant: f32,
    inner: f32,
    outer: f32,
    /// Distance above the eyes.
    pub(crate) gap: f32,
    color: Color,
    density: f32,
    /// Whether they meet above the nose.
    joined: bool,
}

impl Brows {
    pub(crate) fn sample(dice: &mut Dice, build: &Build, hair: Color) -> Self {
        let man = build.masculine - 0.5;
        let brown = Color::rgb(60, 42, 32);
        Self {
            thickness: (0.036 + 0.024 * man + 0.012 * dice.normal()).clamp(0.012, 0.075),
            arch: (0.045 - 0.03 * man + 0.022 * dice.normal()).clamp(-0.005, 0.11),
            slant: 0.032 * dice.normal(),
            inner: (0.13 + 0.025 * dice.normal()).clamp(0.07, 0.19),
            outer: (0.5 + 0.03 * dice.normal()).clamp(0.43, 0.58),
            gap: (0.185 - 0.03 * man + 0.028 * dice.normal()).clamp(0.12, 0.27),
            color: hair.scaled(0.72).mix(brown, 0.25),
            density: dice.between(0.55, 0.95),
            joined: dice.chance(0.06 + 0.08 * man),
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
        let view = canvas.view;
        let mood = photograph.expression.brows;
        let base = person.eyes.y - self.gap - 0.055 * mood;
        for side in SIDES {
            // Along the brow from its inner (0) to its outer (1) end; `up` across it.
            let place = |along: f32, up: f32| -> Px {
                let x = self.inner + along * (self.outer - self.inner);
                let bow = self.arch * (1.0 - (along / 0.62 - 1.0) * (along / 0.62 - 1.0));
                // A frown pulls the inner ends down and together.
                let frown = 0.06 * (-mood).max(0.0) * (1.0 - along);
                let y = base - bow - self.slant * along + 0.07 * along * along + frown - up;
                view.raised(side * (x - 0.4 * frown), y, 0.04)
            };
            let t = self.thickness;
            let brow = [
                place(0.0, -0.55 * t),
                place(0.02, 0.75 * t),
                place(0.35, 1.05 * t),
                place(0.68, 0.85 * t),
                place(1.0, 0.05 * t),
                place(0.66, -0.55 * t),
                place(0.33, -0.8 * t),
            ];
            canvas.fill(&brow, self.color, self.density);
            let strands: Vec<Vec<Px>> = [0.04, 0.16, 0.28, 0.4, 0.52, 0.64, 0.76]
                .map(|a| vec![place(a, -0.6 * t), place(a + 0.1, 0.9 * t)])
                .to_vec();
            canvas.strands(&strands, 0.011, self.color.scaled(0.6), 0.5);
        }
        if self.joined {
            let bridge = [
                view.raised(-self.inner, base, 0.04),
                view.raised(self.inner, base, 0.04),
            ];
            canvas.stroke(&bridge, self.thickness, self.color, 0.4);
        }
    }
}

use super::SIDES;
use crate::canvas::Canvas;
use crate::identity::Identity;
use crate::random::Dice;
use crate::view::Px;

/// Size and set of the ears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ears {
    height: f32,
    out: f32,
    y: f32,
    /// Gold (true) or no earrings.
    ring: bool,
}

impl Ears {
    pub(crate) fn sample(dice: &mut Dice) -> Self {
        Self {
            height: (0.17 + 0.025 * dice.normal()).clamp(0.11, 0.24),
            out: (0.09 + 0.03 * dice.normal()).clamp(0.03, 0.17),
            y: 0.1 + 0.03 * dice.normal(),
            ring: dice.chance(0.12),
        }
    }

    /// Draws the ears that the head does (`before`: false) or does not hide.
    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity, before: bool) {
        let (view, skin) = (canvas.view, &person.skin);
        let turn = view.yaw[1];
        for side in SIDES {
            // Positive on the side that turns towards the camera.
            let seen = -side * turn;
            if (seen > 0.12) != before {
                continue;
            }
            let h = self.height;
            let wide = (self.out + 0.25 * seen.max(0.0)) * (1.0 + 0.9 * seen).max(0.3);
            let x = person.head.width - 0.3 * seen.max(0.0) - 0.03;
            let place = |out: f32, down: f32| -> Px { view.rim(side * (x + out), self.y + down) };
            let shell = [
                place(-0.02, -0.5 * h),
                place(wide * 0.55, -h),
                place(wide * 1.05, -0.65 * h),
                place(wide, 0.1 * h),
                place(wide * 0.5, 0.75 * h),
                place(0.0, 1.05 * h),
                place(-0.04, 0.5 * h),
            ];
            canvas.fill(&shell, skin.base.mix(skin.flush, 0.35), 1.0);
            let inner = [
                place(wide * 0.25, -0.55 * h),
                place(wide * 0.62, -0.66 * h),
                place(wide * 0.72, -0.05 * h),
                place(wide * 0.3, 0.45 * h),
            ];
            canvas.stroke(&inner, 0.03, skin.shade, 0.55);
            if self.ring && !person.build.is_man() {
                let gold = crate::color::Color::rgb(222, 184, 92);
                canvas.dots(&[(place(wide * 0.2, 1.2 * h), 0.04)], gold, 1.0);
            }
        }
    }
}

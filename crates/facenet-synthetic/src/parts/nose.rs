use super::SIDES;
use crate::canvas::Canvas;
use crate::color::Color;
use crate::curve::ellipse;
use crate::identity::Identity;
use crate::photograph::Photograph;
use crate::random::Dice;
use crate::view::Px;

/// Shape of the nose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Nose {
    /// Where it ends.
    pub(crate) tip: f32,
    /// Half width at the nostrils.
    pub(crate) width: f32,
    /// Half width of the bridge.
    pub(crate) bridge: f32,
    /// How far the tip stands out.
    pub(crate) out: f32,
    /// Pointed (0) to bulbous (1).
    pub(crate) bulb: f32,
    /// Turned up (positive) or hanging tip.
    upturned: f32,
    /// Sideways bend.
    bend: f32,
}

impl Nose {
    pub(crate) fn sample(dice: &mut Dice) -> Self {
        Self {
            tip: (0.41 + 0.05 * dice.normal()).clamp(0.28, 0.54),
            width: (0.155 + 0.032 * dice.normal()).clamp(0.09, 0.25),
            bridge: (0.06 + 0.014 * dice.normal()).clamp(0.03, 0.1),
            out: (0.2 + 0.05 * dice.normal()).clamp(0.08, 0.33),
            bulb: dice.between(0.0, 1.0),
            upturned: 0.5 * dice.normal(),
            bend: 0.012 * dice.normal(),
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
        let (view, skin) = (canvas.view, &person.skin);
        let smile = photograph.expression.smile.max(0.0);
        let (tip, w) = (self.tip, self.width * (1.0 + 0.1 * smile));
        let bottom = tip - 0.018 * self.upturned;
        // The back of the nose stands out ever more towards the tip.
        let back = |x: f32, y: f32, share: f32| -> Px {
            let bend = self.bend * if (0.05..0.3).contains(&y) { 1.0 } else { 0.0 };
            view.raised(x + bend, y, self.out * share)
        };
        let (light, dark) = (skin.base.mix(Color::WHITE, 0.35), skin.shade);
        for side in SIDES {
            let flank = [
                view.face(side * (self.bridge + 0.05), person.eyes.y - 0.06),
                back(side * self.bridge * 1.15, 0.08, 0.25),
                back(side * (self.bridge * 0.6 + w * 0.4), tip * 0.66, 0.45),
                back(side * w * 0.82, tip - 0.07, 0.35),
            ];
            canvas.stroke(&flank, 0.05, dark, 0.17);
            let wing = [
                view.raised(side * w * 0.9, tip - 0.12, 0.04),
                view.raised(side * w * 1.03, tip - 0.05, 0.05),
                view.raised(side * w * 0.92, tip + 0.015, 0.06),
                view.raised(side * w * 0.66, tip + 0.022, 0.08),
            ];
            canvas.stroke(&wing, 0.026, dark, 0.6);
        }
        canvas.glow(back(0.0, bottom + 0.05, 0.5), 0.15 + 0.3 * w, dark, 0.42);
        let round = 0.07 + 0.05 * self.bulb;
        let ball = ellipse(
            [0.0, bottom - 0.045],
            [round * 1.15, round * 0.85],
            |x, y| back(x, y, 1.0),
        );
        canvas.fill(
            &ball,
            skin.base.mix(skin.flush, 0.2 + 0.3 * skin.flushed),
            0.55,
        );
        canvas.stroke(
            &[
                back(0.0, 0.02, 0.3),
                back(0.0, tip * 0.5, 0.6),
                back(0.0, tip - 0.12, 0.95),
            ],
            0.045,
            light,
            0.22,
        );
        canvas.glow(back(-0.01, bottom - 0.075, 1.0), 0.06, light, 0.5);
        for side in SIDES {
            let nostril = ellipse(
                [side * w * 0.48, bottom + 0.012],
                [w * 0.21, 0.019 + 0.012 * self.upturned.max(0.0)],
                |x, y| view.raised(x, y, self.out * 0.55),
            );
            canvas.fill(&nostril, dark.scaled(0.45), 0.8);
        }
        let under = [
            back(-w * 0.42, bottom + 0.028, 0.55),
            back(0.0, bottom + 0.042, 0.85),
            back(w * 0.42, bottom + 0.028, 0.55),
        ];
        canvas.stroke(&under, 0.02, dark, 0.45);
    }
}

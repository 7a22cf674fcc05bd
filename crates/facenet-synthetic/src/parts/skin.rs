use super::Build;
use crate::color::Color;
use crate::random::Dice;

const TONES: [Color; 8] = [
    Color::rgb(250, 222, 206),
    Color::rgb(244, 206, 180),
    Color::rgb(232, 186, 152),
    Color::rgb(212, 162, 124),
    Color::rgb(180, 128, 92),
    Color::rgb(144, 98, 70),
    Color::rgb(108, 70, 50),
    Color::rgb(80, 52, 40),
];

/// Colors of the skin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Skin {
    pub(crate) base: Color,
    /// Folds and shades.
    pub(crate) shade: Color,
    /// Cheeks, ears and the tip of the nose.
    pub(crate) flush: Color,
    /// How much of it shows.
    pub(crate) flushed: f32,
}

impl Skin {
    pub(crate) fn sample(dice: &mut Dice, build: &Build) -> Self {
        let Color([r, g, b]) = Color::along(&TONES, build.tone);
        let (rosy, yellow) = (0.015 * dice.normal(), 0.02 * dice.normal());
        let base = Color([r + rosy, g, b - yellow].map(|c| c.clamp(0.0, 1.0)));
        let Color([r, g, b]) = base;
        Self {
            base,
            shade: Color([r * 0.62, g * 0.5, b * 0.46]),
            flush: Color([r * 0.95, g * 0.66, b * 0.62]),
            flushed: dice.between(0.1, 0.6),
        }
    }
}

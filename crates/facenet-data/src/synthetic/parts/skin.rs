use super::Build;
use crate::synthetic::colour::Colour;
use crate::synthetic::random::Dice;

const TONES: [Colour; 8] = [
    Colour::rgb(250, 222, 206),
    Colour::rgb(244, 206, 180),
    Colour::rgb(232, 186, 152),
    Colour::rgb(212, 162, 124),
    Colour::rgb(180, 128, 92),
    Colour::rgb(144, 98, 70),
    Colour::rgb(108, 70, 50),
    Colour::rgb(80, 52, 40),
];

/// Colours of the skin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::synthetic) struct Skin {
    pub(in crate::synthetic) base: Colour,
    /// Folds and shades.
    pub(in crate::synthetic) shade: Colour,
    /// Cheeks, ears and the tip of the nose.
    pub(in crate::synthetic) flush: Colour,
    /// How much of it shows.
    pub(in crate::synthetic) flushed: f32,
}

impl Skin {
    pub(in crate::synthetic) fn sample(dice: &mut Dice, build: &Build) -> Self {
        let Colour([r, g, b]) = Colour::along(&TONES, build.tone);
        let (rosy, yellow) = (0.015 * dice.normal(), 0.02 * dice.normal());
        let base = Colour([r + rosy, g, b - yellow].map(|c| c.clamp(0.0, 1.0)));
        let Colour([r, g, b]) = base;
        Self {
            base,
            shade: Colour([r * 0.62, g * 0.5, b * 0.46]),
            flush: Colour([r * 0.95, g * 0.66, b * 0.62]),
            flushed: dice.between(0.1, 0.6),
        }
    }
}

use crate::random::Dice;

/// What several traits depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Build {
    /// Soft (0) to rugged (1) features.
    pub(crate) masculine: f32,
    /// Young (0) to old (1).
    pub(crate) age: f32,
    /// Light (0) to dark (1) skin.
    pub(crate) tone: f32,
}

impl Build {
    pub(crate) fn sample(dice: &mut Dice) -> Self {
        let towards = if dice.chance(0.5) { 0.82 } else { 0.18 };
        Self {
            masculine: (towards + 0.12 * dice.normal()).clamp(0.0, 1.0),
            age: dice.between(0.0, 1.0),
            tone: dice.between(0.0, 1.0) * dice.between(0.7, 1.0),
        }
    }

    pub(crate) fn is_man(&self) -> bool {
        self.masculine > 0.5
    }
}

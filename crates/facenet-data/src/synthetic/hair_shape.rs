use super::random::Dice;

/// How the hair of an identity is cut, all lengths in half heights of a head.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HairShape {
    /// Share of the scalp that is covered: 0 bald, below 1 short stubble, 1 full.
    pub(super) cover: f32,
    /// Height above the crown.
    pub(super) crown: f32,
    /// Width beside the head.
    pub(super) side: f32,
    /// Height of the hairline in the middle of the forehead.
    pub(super) hairline: f32,
    /// How much higher the hairline is at the temples.
    pub(super) temples: f32,
    /// Where the hairline is parted; the fringe falls to both sides from here.
    pub(super) parting: f32,
    /// How far the fringe rises at the parting.
    pub(super) sweep: f32,
    /// How far down hair lies before the ears.
    pub(super) sideburn: f32,
    /// How far down hair falls behind the face, if it does.
    pub(super) length: Option<f32>,
    /// Width of the hair behind the face.
    pub(super) flare: f32,
    /// Depth of waves or curls on the outline.
    pub(super) curl: f32,
    /// Whether a bun sits on the crown.
    pub(super) bun: bool,
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Bald,
    Buzz,
    Short,
    Quiff,
    Receding,
    Afro,
    Curly,
    Bob,
    Long,
    Wavy,
    Fringe,
    Bun,
    Bowl,
}

impl HairShape {
    pub(super) fn sample(dice: &mut Dice, masculine: bool, age: f32) -> Self {
        let style = if masculine {
            dice.weighted(
                Style::Short,
                &[
                    (0.06 + 0.14 * age, Style::Bald),
                    (0.14, Style::Buzz),
                    (0.15, Style::Quiff),
                    (0.05 + 0.15 * age, Style::Receding),
                    (0.07, Style::Afro),
                    (0.09, Style::Curly),
                    (0.06, Style::Long),
                    (0.05, Style::Bun),
                    (0.06, Style::Bowl),
                ],
            )
        } else {
            dice.weighted(
                Style::Long,
                &[
                    (0.16, Style::Bob),
                    (0.16, Style::Wavy),
                    (0.16, Style::Fringe),
                    (0.12, Style::Bun),
                    (0.1, Style::Afro),
                    (0.08, Style::Curly),
                    (0.07, Style::Short),
                    (0.03, Style::Buzz),
                ],
            )
        };
        let full = Self {
            cover: 1.0,
            crown: 0.14,
            side: 0.05,
            hairline: -0.62,
            temples: 0.05,
            parting: 0.0,
            sweep: 0.0,
            sideburn: 0.0,
            length: None,
            flare: 0.1,
            curl: 0.0,
            bun: false,
        };
        let mut d = |low, high| dice.between(low, high);
        let mut hair = match style {
            Style::Bald => Self { cover: 0.0, ..full },
            Style::Buzz => Self {
                cover: 0.72,
                crown: 0.02,
                side: 0.01,
                temples: d(0.05, 0.12),
                ..full
            },
            Style::Short => Self {
                crown: d(0.08, 0.16),
                hairline: d(-0.62, -0.5),
                sweep: d(0.05, 0.16),
                parting: d(-0.4, 0.4),
                sideburn: d(-0.05, 0.2),
                ..full
            },
            Style::Quiff => Self {
                crown: d(0.22, 0.32),
                hairline: d(-0.7, -0.6),
                side: 0.02,
                curl: 0.015,
                temples: 0.02,
                ..full
            },
            Style::Receding => Self {
                crown: d(0.03, 0.08),
                hairline: d(-0.78, -0.68),
                temples: d(0.12, 0.2),
                side: 0.05,
                ..full
            },
            Style::Afro => Self {
                crown: d(0.28, 0.4),
                side: d(0.2, 0.34),
                curl: 0.035,
                sideburn: d(0.05, 0.25),
                length: Some(d(0.1, 0.45)),
                flare: d(0.22, 0.34),
                ..full
            },
            Style::Curly => Self {
                crown: d(0.18, 0.26),
                side: d(0.07, 0.13),
                curl: d(0.03, 0.05),
                hairline: d(-0.6, -0.45),
                sideburn: d(0.0, 0.2),
                ..full
            },
            Style::Bob => Self {
                hairline: d(-0.62, -0.5),
                sweep: d(0.05, 0.2),
                parting: d(-0.4, 0.4),
                side: d(0.08, 0.14),
                sideburn: d(0.5, 0.75),
                length: Some(d(0.6, 0.85)),
                flare: d(0.16, 0.26),
                ..full
            },
            Style::Long => Self {
                sweep: d(0.08, 0.2),
                parting: d(-0.3, 0.3),
                hairline: d(-0.55, -0.45),
                side: d(0.06, 0.12),
                sideburn: d(0.4, 0.8),
                length: Some(d(1.3, 1.9)),
                flare: d(0.1, 0.2),
                ..full
            },
            Style::Wavy => Self {
                crown: d(0.16, 0.24),
                sweep: d(0.1, 0.2),
                parting: d(-0.35, 0.35),
                hairline: d(-0.55, -0.45),
                side: d(0.12, 0.18),
                sideburn: d(0.3, 0.6),
                length: Some(d(1.1, 1.8)),
                flare: d(0.22, 0.36),
                curl: d(0.025, 0.045),
                ..full
            },
            Style::Fringe => Self {
                hairline: d(-0.36, -0.24),
                temples: -0.06,
                side: d(0.05, 0.12),
                sideburn: d(0.5, 0.8),
                length: Some(d(0.7, 1.7)),
                flare: d(0.1, 0.22),
                ..full
            },
            Style::Bun => Self {
                crown: d(0.05, 0.09),
                side: 0.02,
                bun: true,
                ..full
            },
            Style::Bowl => Self {
                hairline: d(-0.4, -0.3),
                temples: -0.04,
                side: d(0.08, 0.14),
                sideburn: d(0.0, 0.2),
                ..full
            },
        };
        hair.hairline += d(-0.05, 0.05);
        hair
    }
}

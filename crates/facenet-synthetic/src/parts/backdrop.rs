use crate::angle::cos_sin;
use crate::canvas::Canvas;
use crate::color::Color;
use crate::random::Dice;
use crate::view::Px;

/// What is seen around the head.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Background {
    /// Direction of the gradient.
    along: [f32; 2],
    pub(crate) colors: [Color; 2],
    /// Out-of-focus patches: place and radius as shares of the image, color, opacity.
    patches: Vec<([f32; 2], f32, Color, f32)>,
    /// Bars: distance from the middle and width as shares of the image.
    bars: Vec<(f32, f32, Color)>,
    slant: [f32; 2],
}

fn color(dice: &mut Dice) -> Color {
    Color::hsv(
        dice.between(0.0, 1.0),
        dice.between(0.0, 0.6),
        dice.between(0.08, 0.97),
    )
}

impl Background {
    pub(crate) fn sample(dice: &mut Dice) -> Self {
        let along = cos_sin(dice.between(-3.1, 3.1));
        let colors = [color(dice), color(dice)];
        let patches = if dice.chance(0.5) {
            dice.between(2.0, 9.0) as usize
        } else {
            0
        };
        let bars = if dice.chance(0.35) {
            dice.between(1.0, 7.0) as usize
        } else {
            0
        };
        Self {
            along,
            colors,
            patches: (0..patches)
                .map(|_| {
                    let place = [dice.between(0.0, 1.0), dice.between(0.0, 1.0)];
                    (
                        place,
                        dice.between(0.08, 0.4),
                        color(dice),
                        dice.between(0.3, 0.9),
                    )
                })
                .collect(),
            bars: (0..bars)
                .map(|_| {
                    (
                        dice.between(-0.6, 0.6),
                        dice.between(0.02, 0.2),
                        color(dice),
                    )
                })
                .collect(),
            // Upright or level, and a little off.
            slant: cos_sin(if dice.chance(0.7) { 0.0 } else { 1.57 } + 0.1 * dice.normal()),
        }
    }

    pub(crate) fn plain() -> Self {
        Self {
            along: [0.0, 1.0],
            colors: [Color::rgb(186, 196, 206), Color::rgb(140, 152, 166)],
            patches: Vec::new(),
            bars: Vec::new(),
            slant: [1.0, 0.0],
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas) {
        let (width, height) = (canvas.pixmap.width() as f32, canvas.pixmap.height() as f32);
        let place = |[x, y]: [f32; 2]| -> Px { [x * width, y * height] };
        let [a, b] = self.along;
        let ends = [-1.0, 1.0].map(|s: f32| place([0.5 + 0.5 * s * a, 0.5 + 0.5 * s * b]));
        canvas.gradient((ends[0], self.colors[0]), (ends[1], self.colors[1]));
        let [c, s] = self.slant;
        for &(offset, wide, color) in &self.bars {
            // A band across the image at `offset` along the slant, far longer than the image.
            let corner = |o: f32, l: f32| place([0.5 + o * c - l * s, 0.5 + o * s + l * c]);
            let band = [
                corner(offset, -2.0),
                corner(offset + wide, -2.0),
                corner(offset + wide, 2.0),
                corner(offset, 2.0),
            ];
            canvas.polygon(&band, color, 0.85);
        }
        let unit = canvas.view.px(1.0);
        for &(at, radius, color, alpha) in &self.patches {
            canvas.glow(place(at), radius * height / unit, color, alpha);
        }
    }
}

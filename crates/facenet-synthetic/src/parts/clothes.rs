use crate::canvas::Canvas;
use crate::color::Color;
use crate::curve::mirrored;
use crate::random::Dice;
use crate::view::Px;

/// What is worn below the neck.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Clothes {
    pub(crate) color: Color,
    second: Color,
    /// How deep the neckline is.
    neckline: f32,
    collar: bool,
    stripes: bool,
}

impl Clothes {
    pub(crate) fn sample(dice: &mut Dice) -> Self {
        let mut color = || {
            Color::hsv(
                dice.between(0.0, 1.0),
                dice.between(0.0, 0.75),
                dice.between(0.1, 0.95),
            )
        };
        Self {
            color: color(),
            second: color(),
            neckline: dice.between(0.0, 0.3),
            collar: dice.chance(0.4),
            stripes: dice.chance(0.2),
        }
    }

    pub(crate) fn plain() -> Self {
        let color = Color::rgb(70, 84, 110);
        Self {
            color,
            second: Color::WHITE,
            neckline: 0.1,
            collar: false,
            stripes: false,
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas) {
        let view = canvas.view;
        let half = [
            [0.0, 1.22 + self.neckline],
            [0.3, 1.17 + 0.5 * self.neckline],
            [0.56, 1.1],
            [1.05, 1.22],
            [1.5, 1.5],
            [1.6, 2.4],
            [0.0, 2.4],
        ];
        let body: Vec<Px> = mirrored(&half)
            .into_iter()
            .map(|[x, y]| view.body(x, y))
            .collect();
        canvas.fill(&body, self.color, 1.0);
        if self.stripes {
            canvas.within(&body, |canvas| {
                for step in 0..6 {
                    let y = 1.15 + 0.16 * step as f32;
                    let stripe = [
                        view.body(-1.6, y + 0.12),
                        view.body(0.0, y),
                        view.body(1.6, y + 0.12),
                    ];
                    canvas.stroke(&stripe, 0.06, self.second, 0.9);
                }
            });
        }
        if self.collar {
            for side in [-1.0, 1.0] {
                let flap = [
                    [0.06, 1.42],
                    [0.36, 1.05],
                    [0.5, 1.02],
                    [0.62, 1.2],
                    [0.4, 1.5],
                ];
                let flap = flap.map(|[x, y]| view.body(side * x, y));
                canvas.polygon(&flap, self.second.mix(self.color, 0.3), 1.0);
            }
        }
    }
}

use super::{Build, SIDES};
use crate::canvas::Canvas;
use crate::color::Color;
use crate::curve::{between, ellipse, mirrored, sampled};
use crate::identity::Identity;
use crate::random::Dice;
use crate::view::{Px, View};

const NATURAL: [Color; 8] = [
    Color::rgb(22, 19, 20),
    Color::rgb(40, 28, 24),
    Color::rgb(72, 48, 34),
    Color::rgb(108, 72, 46),
    Color::rgb(126, 60, 34),
    Color::rgb(176, 92, 44),
    Color::rgb(186, 146, 90),
    Color::rgb(224, 194, 136),
];

/// How the hair is cut and worn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Bald,
    Ring,
    Buzz,
    Short,
    Parted,
    Quiff,
    Receding,
    Curly,
    Afro,
    Bob,
    Long,
    Wavy,
    Fringe,
    Bun,
}

/// Cut, fall and color of the hair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hair {
    style: Style,
    color: Color,
    /// What grows, dyed or not: the color of brows and beard.
    pub(crate) natural: Color,
    /// How far it stands above the skull.
    top: f32,
    /// How far it stands out at the temples.
    side: f32,
    /// Where the hair at the back ends; above the ears for short hair.
    length: f32,
    /// Where the hair before the ears ends.
    burns: f32,
    /// Where the hairline meets the middle of the forehead.
    line: f32,
    /// How far the hairline withdraws at the temples.
    recess: f32,
    /// Sideways place of the parting.
    part: f32,
    /// How much lower the hairline is on the long side of the parting.
    sweep: f32,
    curl: f32,
    /// Contrast of the strands.
    streaks: f32,
    opacity: f32,
}

impl Hair {
    pub(crate) fn sample(dice: &mut Dice, build: &Build) -> Self {
        let style = style(dice, build);
        let part = if dice.chance(0.5) { 0.28 } else { -0.28 } + 0.06 * dice.normal();
        let n = dice.normal();
        // top, side, length, burns, line, recess, sweep, curl
        let [top, side, length, burns, line, recess, sweep, curl] = match style {
            Style::Bald => [0.0; 8],
            Style::Ring => [0.0, 0.04, -0.5, 0.08, -0.3, 0.0, 0.0, 0.0],
            Style::Buzz => [0.03, 0.02, -0.5, 0.0, -0.6, 0.05, 0.0, 0.0],
            Style::Short => [0.1, 0.05, -0.5, 0.06, -0.55, 0.03, 0.0, 0.012],
            Style::Parted => [0.14, 0.05, -0.5, 0.1, -0.5, 0.06, 0.14, 0.0],
            Style::Quiff => [0.25, 0.03, -0.5, 0.02, -0.62, 0.04, 0.0, 0.03],
            Style::Receding => [0.05, 0.05, -0.5, 0.08, -0.72, 0.16, 0.0, 0.0],
            Style::Curly => [0.2, 0.17, 0.25, 0.12, -0.48, -0.04, 0.0, 0.05],
            Style::Afro => [0.36, 0.34, 0.2, 0.05, -0.56, -0.03, 0.0, 0.035],
            Style::Bob => [0.1, 0.13, 0.72, 0.58, -0.55, -0.03, 0.12, 0.0],
            Style::Long => [0.08, 0.1, 1.5, 0.95, -0.58, -0.02, 0.05, 0.0],
            Style::Wavy => [0.12, 0.18, 1.35, 0.85, -0.55, -0.03, 0.1, 0.05],
            Style::Fringe => [0.1, 0.12, 0.9, 0.6, -0.24, -0.1, 0.0, 0.0],
            Style::Bun => [0.05, 0.03, -0.5, 0.04, -0.6, 0.0, 0.0, 0.0],
        };
        let centered = matches!(style, Style::Long | Style::Wavy) && dice.chance(0.5);
        let (color, natural) = colors(dice, build);
        Self {
            style,
            color,
            natural,
            top: top * (1.0 + 0.2 * dice.normal()),
            side: side * (1.0 + 0.2 * dice.normal()),
            length: if length > 0.0 {
                length + 0.12 * dice.normal()
            } else {
                length
            },
            burns: burns + 0.05 * dice.normal(),
            line: (line + 0.045 * dice.normal()).max(-0.84),
            recess: recess + 0.02 * n,
            part: if centered { 0.0 } else { part },
            sweep,
            curl,
            streaks: dice.between(0.25, 0.6),
            opacity: if style == Style::Buzz { 0.78 } else { 1.0 },
        }
    }

    /// How far the hair stands above the skull.
    pub(crate) fn top(&self) -> f32 {
        self.top
    }

    /// Draws what is behind head and neck.
    pub(crate) fn draw_back(&self, canvas: &mut Canvas, person: &Identity) {
        let view = canvas.view;
        if self.style == Style::Bun {
            let bun = ellipse([0.0, -1.16], [0.27, 0.24], |x, y| view.rim(x, y));
            canvas.fill(&bun, self.color.scaled(0.85), 1.0);
            canvas.outline(&bun, 0.02, self.color.scaled(0.5), 0.5);
            return;
        }
        if self.length <= 0.0 {
            return;
        }
        let (w, side, l) = (person.head.width, self.side, self.length);
        let flare = 0.06 + 0.35 * side;
        let half = [
            [0.0, -1.0 - self.top],
            [0.6 * w, -0.9 - 0.8 * self.top],
            [w + side, -0.45],
            [w + side * 1.15, 0.05],
            [w + side + 0.4 * flare, 0.45 * l + 0.1],
            [w + side + 0.3 * flare, l - 0.1],
            [0.78 * w, l],
            [0.0, l + 0.04],
        ];
        let outline: Vec<Px> = mirrored(&half)
            .into_iter()
            .map(|[x, y]| view.rim(x, y))
            .collect();
        let outline = self.curled(&view, &outline, true);
        canvas.fill(&outline, self.color.scaled(0.7), 1.0);
        let strands: Vec<Vec<Px>> = SIDES
            .into_iter()
            .flat_map(|s| [0.02, 0.4, 0.75].map(|share| (s, share)))
            .map(|(s, share)| {
                let out = |o: f32| s * (w + share * (side + o * flare));
                vec![
                    view.rim(out(0.0), -0.1),
                    view.rim(out(0.3), 0.4 * l),
                    view.rim(out(0.1), l - 0.08),
                ]
            })
            .collect();
        canvas.strands(&strands, 0.035, self.color.scaled(0.45), self.streaks);
    }

    /// Draws what lies on the head.
    pub(crate) fn draw_front(&self, canvas: &mut Canvas, person: &Identity) {
        match self.style {
            Style::Bald => self.draw_gloss(canvas),
            Style::Ring => {
                self.draw_ring(canvas, person);
                self.draw_gloss(canvas);
            }
            _ => self.draw_cap(canvas, person),
        }
    }

    fn draw_cap(&self, canvas: &mut Canvas, person: &Identity) {
        let view = canvas.view;
        let (inner, outer) = (
            sampled(&self.inner(&view, person), 3),
            sampled(&self.outer(&view, person), 3),
        );
        let outer = self.curled(&view, &outer, false);
        let inner = if self.style == Style::Fringe {
            jagged(&view, &inner)
        } else {
            self.curled(&view, &inner, false)
        };
        let shape: Vec<Px> = outer.iter().chain(inner.iter().rev()).copied().collect();
        // The hair shades the skin below it.
        if self.opacity == 1.0 {
            let below: Vec<Px> = inner
                .iter()
                .map(|&[x, y]| [x, y + view.px(0.025)])
                .collect();
            let middle = below
                .get(3..below.len().saturating_sub(3))
                .unwrap_or_default();
            canvas.stroke(middle, 0.06, person.skin.shade, 0.35);
        }
        canvas.fill(&shape, self.color, self.opacity);
        canvas.within(&shape, |canvas| {
            let dark = self.color.scaled(0.55);
            let light = self.color.mix(Color::rgb(255, 236, 210), 0.3);
            let strand = |share: f32| self.curled(&view, &between(&outer, &inner, share), false);
            match self.style {
                Style::Buzz => {}
                Style::Curly | Style::Afro => {
                    for (share, color) in [
                        (0.18, light),
                        (0.35, dark),
                        (0.52, light),
                        (0.7, dark),
                        (0.86, light),
                    ] {
                        canvas.stroke(&strand(share), 0.05, color, self.streaks * 0.6);
                    }
                }
                Style::Quiff | Style::Bun | Style::Receding | Style::Fringe => {
                    // Combed back (or forward): from the hairline over the top.
                    let across = |offset: usize| -> Vec<Vec<Px>> {
                        let pairs = outer.iter().zip(&inner).skip(offset).step_by(3);
                        pairs
                            .map(|(o, i)| {
                                vec![*i, [(o[0] + i[0]) / 2.0, (o[1] * 0.55 + i[1] * 0.45)], *o]
                            })
                            .collect()
                    };
                    canvas.strands(&across(1), 0.03, dark, self.streaks);
                    canvas.strands(&across(2), 0.025, light, self.streaks * 0.7);
                }
                _ => {
                    let family = |shares: &[f32]| -> Vec<Vec<Px>> {
                        shares.iter().map(|&s| strand(s)).collect()
                    };
                    canvas.strands(&family(&[0.14, 0.42, 0.68, 0.9]), 0.026, dark, self.streaks);
                    canvas.strands(
                        &family(&[0.28, 0.55, 0.8]),
                        0.022,
                        light,
                        self.streaks * 0.7,
                    );
                }
            }
            if self.sweep > 0.0 || self.part == 0.0 {
                let parting = [
                    view.face(self.part, self.line),
                    view.rim(self.part * 0.9, -1.0 - 0.5 * self.top),
                ];
                canvas.stroke(&parting, 0.03, person.skin.shade.mix(dark, 0.5), 0.6);
            }
            canvas.glow(view.rim(-0.25, -0.9 - 0.5 * self.top), 0.42, light, 0.32);
        });
    }

    /// Where the hair ends against the background, from left to right.
    fn outer(&self, view: &View, person: &Identity) -> [Px; 9] {
        let (head, side) = (&person.head, self.side);
        // Short hair tapers off towards the ears.
        let taper = if self.length > 0.0 {
            side
        } else {
            0.25 * side + 0.005
        };
        let half = [
            [head.width + taper, self.burns],
            [head.width + 0.6 * taper + 0.4 * side + 0.01, -0.15],
            [head.forehead + side + 0.03, -0.55],
            [head.width * 0.58 + 0.4 * side, -0.93 - 0.85 * self.top],
        ];
        let lean = if self.sweep > 0.0 {
            -self.part * 0.25
        } else {
            0.0
        };
        let map = |x: f32, y: f32| view.rim(x, y);
        let [a, b, c, d] = half;
        [
            map(-a[0], a[1]),
            map(-b[0], b[1]),
            map(-c[0], c[1]),
            map(-d[0], d[1]),
            map(lean, -1.02 - self.top),
            map(d[0], d[1]),
            map(c[0], c[1]),
            map(b[0], b[1]),
            map(a[0], a[1]),
        ]
    }

    /// Where the hair ends against the face, from left to right.
    fn inner(&self, view: &View, person: &Identity) -> [Px; 9] {
        let (w, f) = (person.head.width, person.head.forehead);
        let long = self.length > 0.4;
        // Long hair hangs over the edge of the cheeks.
        let cheek = if long { w * 0.86 } else { w * 0.97 };
        let shift = |x: f32| {
            x + self.part
                * if self.sweep > 0.0 || self.part == 0.0 {
                    1.0
                } else {
                    0.0
                }
        };
        let falls = |side: f32| {
            // The side away from the parting carries the sweep.
            if self.part * side < 0.0 {
                self.sweep
            } else {
                0.0
            }
        };
        let at = |side: f32, x: f32, y: f32| view.edge(side * x, y, w);
        let half = |side: f32| {
            [
                at(side, cheek * if long { 0.98 } else { 1.0 }, self.burns),
                at(side, cheek, -0.12_f32.min(self.burns - 0.05)),
                at(side, f * 0.86, -0.4 + 0.3 * falls(side)),
                view.face(
                    side * f * 0.52 + 0.5 * (shift(0.0)),
                    self.line - self.recess + falls(side) * 0.6,
                ),
            ]
        };
        let ([a, b, c, d], [e, g, h, i]) = (half(-1.0), half(1.0));
        [a, b, c, d, view.face(shift(0.0), self.line), i, h, g, e]
    }

    /// A ring of hair from ear to ear around a bald head.
    fn draw_ring(&self, canvas: &mut Canvas, person: &Identity) {
        let (view, w) = (canvas.view, person.head.width);
        for side in SIDES {
            let patch = [
                view.rim(side * w * 1.0, 0.08),
                view.rim(side * (w + self.side), -0.12),
                view.rim(side * (person.head.forehead + self.side), -0.46),
                view.edge(side * person.head.forehead * 0.93, -0.44, w),
                view.edge(side * w * 0.93, -0.14, w),
            ];
            canvas.fill(&patch, self.color, 0.95);
        }
    }

    fn draw_gloss(&self, canvas: &mut Canvas) {
        let at = canvas.view.face(-0.2, -0.72);
        canvas.glow(at, 0.26, Color::WHITE, 0.35);
    }

    /// Bends a curve in and out as curly hair does.
    fn curled(&self, view: &View, curve: &[Px], closed: bool) -> Vec<Px> {
        if self.curl <= 0.0 {
            return curve.to_vec();
        }
        let fine = if closed {
            sampled(curve, 2)
        } else {
            curve.to_vec()
        };
        let by = view.px(self.curl);
        let last = fine.len().saturating_sub(1);
        fine.iter()
            .enumerate()
            .map(|(i, &[x, y])| {
                let [a, b] = fine.get(i.saturating_sub(1)).copied().unwrap_or([x, y]);
                let [c, d] = fine.get((i + 1).min(last)).copied().unwrap_or([x, y]);
                let (dx, dy) = (c - a, d - b);
                let length = (dx * dx + dy * dy).sqrt().max(1e-3);
                let sign = if i % 2 == 0 { by } else { -by };
                [x + sign * dy / length, y - sign * dx / length]
            })
            .collect()
    }
}

/// The uneven lower edge of a fringe.
fn jagged(view: &View, curve: &[Px]) -> Vec<Px> {
    let last = curve.len().saturating_sub(1);
    let uneven = |(i, &[x, y]): (usize, &Px)| {
        let inside = i > 5 && i + 5 < last;
        [
            x,
            if inside && i % 2 == 0 {
                y - view.px(0.045)
            } else {
                y
            },
        ]
    };
    curve.iter().enumerate().map(uneven).collect()
}

fn style(dice: &mut Dice, build: &Build) -> Style {
    let old = (build.age - 0.45).max(0.0);
    let curly = if build.tone > 0.55 { 0.16 } else { 0.02 };
    if build.is_man() {
        dice.weighted(
            Style::Short,
            &[
                (0.07 + 0.12 * old, Style::Bald),
                (0.2 * old, Style::Ring),
                (0.05 + 0.25 * old, Style::Receding),
                (0.13, Style::Buzz),
                (0.2, Style::Parted),
                (0.13, Style::Quiff),
                (0.08, Style::Curly),
                (curly, Style::Afro),
                (0.04, Style::Long),
                (0.03, Style::Wavy),
            ],
        )
    } else {
        dice.weighted(
            Style::Long,
            &[
                (0.18, Style::Wavy),
                (0.17, Style::Bob),
                (0.15, Style::Fringe),
                (0.14, Style::Bun),
                (0.09, Style::Curly),
                (curly, Style::Afro),
                (0.07, Style::Parted),
            ],
        )
    }
}

/// What is worn and what grows.
fn colors(dice: &mut Dice, build: &Build) -> (Color, Color) {
    let light = (1.25 - 1.6 * build.tone).clamp(0.1, 1.0);
    let natural = Color::along(&NATURAL, dice.between(0.0, 1.0) * light);
    let silver = Color::along(
        &[
            Color::rgb(112, 110, 110),
            Color::rgb(176, 174, 172),
            Color::rgb(228, 226, 222),
        ],
        dice.between(0.0, 1.0),
    );
    let gray = if dice.chance(1.6 * (build.age - 0.5)) {
        dice.between(0.55, 1.0)
    } else {
        0.0
    };
    let hue = dice.between(0.0, 1.0);
    let natural = natural.mix(silver, gray);
    let dyed = dice.chance(0.04);
    let color = if dyed {
        Color::hsv(hue, 0.6, 0.7)
    } else {
        natural
    };
    (color, natural)
}

use super::{Build, Head, SIDES};
use crate::canvas::Canvas;
use crate::color::Color;
use crate::identity::Identity;
use crate::photograph::Photograph;
use crate::random::Dice;
use crate::view::Px;

/// Hair on the face: which parts, how dense.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Beard {
    moustache: f32,
    goatee: f32,
    /// On cheeks and jaw.
    full: f32,
    /// How far it hangs below the chin.
    length: f32,
    color: Color,
}

impl Beard {
    pub(crate) fn sample(dice: &mut Dice, build: &Build, hair: Color) -> Self {
        let color = hair.scaled(0.88).mix(Color::rgb(70, 44, 32), 0.15);
        let dense = dice.between(0.75, 0.95);
        let stubble = dice.between(0.2, 0.42);
        let length = dice.between(0.0, 0.22);
        let [moustache, goatee, full, length] = dice.weighted(
            [0.0; 4],
            &[
                (0.22, [stubble, stubble, stubble, 0.0]),
                (0.08, [dense, 0.0, 0.0, 0.0]),
                (0.08, [dense, dense, 0.0, 0.3 * length]),
                (0.05, [stubble, dense, stubble, 0.3 * length]),
                (0.17, [dense, dense, dense, length]),
            ],
        );
        let grows = if build.is_man() { 1.0 } else { 0.0 };
        Self {
            moustache: moustache * grows,
            goatee: goatee * grows,
            full: full * grows,
            length,
            color,
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
        let view = canvas.view;
        let (head, mouth, nose) = (&person.head, &person.mouth, &person.nose);
        let drop = Head::drop(photograph);
        let smile = photograph.expression.smile.max(0.0);
        let lip = mouth.y + mouth.lower + 0.17 * photograph.expression.open + 0.02;
        let chin = head.chin + drop;
        if self.full > 0.0 {
            let mut edge = Vec::new();
            for side in SIDES {
                let mut half: Vec<Px> = vec![
                    view.rim(side * head.width * 0.99, 0.08),
                    view.edge(side * head.width * 0.86, 0.1, head.width),
                    view.edge(side * head.width * 0.76, mouth.y - 0.16, head.width),
                    view.face(side * (mouth.width + 0.1), mouth.y - 0.06),
                ];
                half.push(view.face(side * (mouth.width * 0.75), lip + 0.02));
                half.push(view.face(side * mouth.width * 0.3, lip + 0.06));
                if side > 0.0 {
                    half.reverse();
                }
                edge.extend(half);
            }
            let l = self.length;
            let below = [
                [head.jaw * 1.01 + 0.2 * l, 0.64 * head.chin + 0.5 * drop],
                [head.chin_width * 1.15 + 0.4 * l, 0.94 * chin + 0.4 * l],
                [head.chin_width * 0.4, chin + 0.02 + l],
                [-head.chin_width * 0.4, chin + 0.02 + l],
                [-head.chin_width * 1.15 - 0.4 * l, 0.94 * chin + 0.4 * l],
                [-head.jaw * 1.01 - 0.2 * l, 0.64 * head.chin + 0.5 * drop],
            ];
            edge.extend(below.map(|[x, y]| view.rim(x, y)));
            canvas.fill(&edge, self.color, self.full);
            self.draw_bristles(canvas, &edge, head, chin + l);
        }
        if self.goatee > 0.0 && self.goatee > self.full {
            let w = head.chin_width * 0.8;
            let shape = [
                view.face(-w * 0.5, lip + 0.035),
                view.face(0.0, lip + 0.05),
                view.face(w * 0.5, lip + 0.035),
                view.edge(w, chin * 0.9, head.width),
                view.rim(w * 0.6, chin + self.length),
                view.rim(-w * 0.6, chin + self.length),
                view.edge(-w, chin * 0.9, head.width),
            ];
            canvas.fill(&shape, self.color, self.goatee);
        }
        if self.moustache > 0.0 {
            let top = nose.tip + 0.065;
            let low = mouth.y - 0.045 + 0.3 * drop;
            let wide = mouth.width * (1.05 + 0.15 * smile);
            let shape = [
                view.raised(0.0, top, 0.05),
                view.raised(wide * 0.5, top + 0.02, 0.05),
                view.raised(wide * 1.02, low + 0.05 - 0.05 * smile, 0.04),
                view.raised(wide * 0.6, low + 0.015, 0.05),
                view.raised(0.0, low - 0.005, 0.06),
                view.raised(-wide * 0.6, low + 0.015, 0.05),
                view.raised(-wide * 1.02, low + 0.05 - 0.05 * smile, 0.04),
                view.raised(-wide * 0.5, top + 0.02, 0.05),
            ];
            canvas.fill(&shape, self.color, self.moustache);
        }
    }

    fn draw_bristles(&self, canvas: &mut Canvas, edge: &[Px], head: &Head, bottom: f32) {
        if self.full < 0.5 {
            return;
        }
        let view = canvas.view;
        canvas.within(edge, |canvas| {
            for (offset, color) in [
                (0.0, self.color.scaled(0.55)),
                (0.055, self.color.mix(Color::WHITE, 0.3)),
            ] {
                let strands: Vec<Vec<Px>> = (-5..=5)
                    .map(|i| {
                        let x = (i as f32 / 5.0 + offset) * head.jaw;
                        vec![
                            view.edge(x, 0.45, head.width),
                            view.edge(x * 0.9, 0.75, head.width),
                            view.rim(x * 0.6, bottom),
                        ]
                    })
                    .collect();
                canvas.strands(&strands, 0.022, color, 0.3);
            }
        });
    }
}

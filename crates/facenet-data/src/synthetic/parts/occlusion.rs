use super::head::half_width;
use crate::synthetic::canvas::Canvas;
use crate::synthetic::identity::Identity;
use crate::synthetic::photograph::{Occlusion, Photograph};
use crate::synthetic::view::Px;

/// Caps, scarves and things before the camera; dark glasses are drawn with the others.
pub(super) fn draw(canvas: &mut Canvas, who: &Identity, shot: &Photograph) {
    let view = canvas.view;
    let colour = shot.prop;
    match shot.occlusion {
        None | Some(Occlusion::Sunglasses) => {}
        Some(Occlusion::Cap) => {
            let w = who.head.forehead + who.hair.side.min(0.12) + 0.05;
            let crown: Vec<Px> = [
                [-w, -0.36],
                [-w * 0.98, -0.75],
                [-w * 0.6, -1.14],
                [0.0, -1.24],
                [w * 0.6, -1.14],
                [w * 0.98, -0.75],
                [w, -0.36],
            ]
            .iter()
            .map(|&[x, y]| view.rim(x, y))
            .chain([view.face(0.3, -0.46), view.face(-0.3, -0.46)])
            .collect();
            canvas.fill(&crown, colour, 1.0);
            let peak = [
                view.face(-0.55, -0.42),
                view.face(0.0, -0.5),
                view.face(0.55, -0.42),
                view.head(0.5, -0.33, 0.95),
                view.head(0.0, -0.3, 1.1),
                view.head(-0.5, -0.33, 0.95),
            ];
            canvas.fill(&peak, colour.scaled(0.75), 1.0);
        }
        Some(Occlusion::Scarf) => {
            let y = who.mouth.y - 0.08;
            let w = half_width(who, y) + 0.08;
            let scarf = [
                view.rim(-w, y - 0.05),
                view.face(-0.35, y + 0.02),
                view.face(0.0, y - 0.03),
                view.face(0.35, y + 0.02),
                view.rim(w, y - 0.05),
                view.body(0.85, 1.5),
                view.body(0.0, 1.7),
                view.body(-0.85, 1.5),
            ];
            canvas.fill(&scarf, colour, 1.0);
            for fold in [0.16, 0.32] {
                let line =
                    [-0.5, 0.0, 0.5].map(|x: f32| view.rim(x, y + fold + 0.1 * (1.0 - x.abs())));
                canvas.stroke(&line, 0.03, colour.scaled(0.65), 0.8);
            }
        }
        Some(Occlusion::Object { at: [x, y] }) => {
            let block: Vec<Px> = [
                [0.0, -0.3],
                [0.24, -0.22],
                [0.3, 0.3],
                [0.2, 1.9],
                [-0.24, 1.9],
                [-0.28, 0.2],
                [-0.2, -0.24],
            ]
            .iter()
            .map(|&[dx, dy]| view.body(x + dx, y + dy))
            .collect();
            canvas.fill(&block, colour, 1.0);
        }
    }
}

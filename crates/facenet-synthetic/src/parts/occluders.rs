use super::{Glasses, SIDES};
use crate::canvas::Canvas;
use crate::color::Color;
use crate::identity::Identity;
use crate::photograph::{Occlusion, Photograph};
use crate::view::Px;

/// Draws what hides a part of the face.
pub(crate) fn occlude(canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
    let [hue, value] = photograph.cloth;
    let cloth = Color::hsv(hue, 0.5, value);
    match photograph.occlusion {
        Occlusion::None => {}
        Occlusion::Sunglasses => Glasses::dark().draw(canvas, person),
        Occlusion::Scarf => scarf(canvas, person, cloth),
        Occlusion::Mask => mask(canvas, person, cloth.mix(Color::WHITE, 0.5)),
        Occlusion::Hand => hand(canvas, person, photograph.side),
        Occlusion::Hat => hat(canvas, person, cloth, photograph.side > 0.0),
    }
}

fn scarf(canvas: &mut Canvas, person: &Identity, cloth: Color) {
    let (view, head) = (canvas.view, &person.head);
    let top = person.mouth.y - 0.1;
    let w = head.width;
    let shape = [
        view.rim(-w * 1.12, 0.45),
        view.edge(-w * 0.6, top + 0.02, w),
        view.face(0.0, top),
        view.edge(w * 0.6, top + 0.02, w),
        view.rim(w * 1.12, 0.45),
        view.body(w * 1.35, 1.2),
        view.body(w * 0.8, 1.6),
        view.body(-w * 0.8, 1.6),
        view.body(-w * 1.35, 1.2),
    ];
    canvas.fill(&shape, cloth, 1.0);
    canvas.within(&shape, |canvas| {
        for fold in [0.16, 0.36, 0.58] {
            let line = [
                view.rim(-w * 1.1, 0.45 + fold),
                view.face(0.1, top + fold + 0.08),
                view.rim(w * 1.1, 0.42 + fold),
            ];
            canvas.stroke(&line, 0.05, cloth.scaled(0.6), 0.7);
        }
    });
}

fn mask(canvas: &mut Canvas, person: &Identity, cloth: Color) {
    let (view, head) = (canvas.view, &person.head);
    let (top, w) = (person.nose.tip - 0.18, head.width);
    let chin = head.chin * 0.97;
    let shape = [
        view.raised(0.0, top, 0.12),
        view.edge(0.45 * w, top + 0.07, w),
        view.edge(0.9 * w, top + 0.16, w),
        view.edge(head.jaw * 0.96, 0.62, w),
        view.edge(head.chin_width, chin, w),
        view.rim(0.0, chin + 0.06),
        view.edge(-head.chin_width, chin, w),
        view.edge(-head.jaw * 0.96, 0.62, w),
        view.edge(-0.9 * w, top + 0.16, w),
        view.edge(-0.45 * w, top + 0.07, w),
    ];
    for side in SIDES {
        let strap = [
            view.edge(side * 0.88 * w, top + 0.16, w),
            view.rim(side * w, 0.08),
        ];
        canvas.stroke(&strap, 0.025, Color::WHITE, 0.9);
    }
    canvas.fill(&shape, cloth, 1.0);
    canvas.within(&shape, |canvas| {
        for y in [0.12, 0.24, 0.36] {
            let line = [
                view.edge(-0.8 * w, top + y + 0.06, w),
                view.raised(0.0, top + y, 0.15),
                view.edge(0.8 * w, top + y + 0.06, w),
            ];
            canvas.stroke(&line, 0.018, cloth.scaled(0.75), 0.8);
        }
    });
}

fn hand(canvas: &mut Canvas, person: &Identity, side: f32) {
    let (view, skin) = (canvas.view, &person.skin);
    let w = person.head.width;
    let at = |x: f32, y: f32| -> Px { view.rim(side * x, y) };
    let palm = [
        at(w * 0.7, 0.75),
        at(w * 1.15, 0.55),
        at(w * 1.3, 0.9),
        at(w * 1.25, 1.7),
        at(w * 0.65, 1.7),
        at(w * 0.55, 1.1),
    ];
    canvas.fill(&palm, skin.base, 1.0);
    for finger in 0..4 {
        let spread = finger as f32;
        let line = [
            at(w * (0.78 + 0.13 * spread), 0.85),
            at(w * (0.55 + 0.17 * spread), 0.42 - 0.02 * spread),
            at(w * (0.5 + 0.16 * spread), 0.1 - 0.03 * spread),
        ];
        canvas.stroke(&line, 0.19, skin.shade, 0.9);
        canvas.stroke(&line, 0.16, skin.base, 1.0);
    }
}

fn hat(canvas: &mut Canvas, person: &Identity, cloth: Color, brim: bool) {
    let (view, head) = (canvas.view, &person.head);
    let w = head.width + 0.07;
    let crown = 1.12 + person.hair.top().min(0.12);
    let line = -0.42;
    let dome = [
        view.rim(-w, line),
        view.rim(-w * 1.02, -0.7),
        view.rim(-w * 0.62, -crown + 0.08),
        view.rim(0.0, -crown - 0.06),
        view.rim(w * 0.62, -crown + 0.08),
        view.rim(w * 1.02, -0.7),
        view.rim(w, line),
        view.edge(w * 0.5, line + 0.02, w),
        view.face(0.0, line + 0.03),
        view.edge(-w * 0.5, line + 0.02, w),
    ];
    canvas.fill(&dome, cloth, 1.0);
    let band = [
        view.rim(-w, line - 0.05),
        view.edge(-w * 0.5, line - 0.06, w),
        view.face(0.0, line - 0.05),
        view.edge(w * 0.5, line - 0.06, w),
        view.rim(w, line - 0.05),
    ];
    canvas.stroke(&band, 0.16, cloth.scaled(0.7), 1.0);
    if brim {
        let peak = [
            view.edge(-w * 0.75, line - 0.02, w),
            view.raised(0.0, line - 0.06, 0.1),
            view.edge(w * 0.75, line - 0.02, w),
            view.raised(0.45, line + 0.1, 0.3),
            view.raised(0.0, line + 0.14, 0.42),
            view.raised(-0.45, line + 0.1, 0.3),
        ];
        canvas.fill(&peak, cloth.scaled(0.55), 1.0);
    }
}

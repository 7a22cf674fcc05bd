use crate::synthetic::canvas::Canvas;
use crate::synthetic::colour::Colour;
use crate::synthetic::identity::Identity;
use crate::synthetic::photograph::Photograph;

/// Blush, and the folds that age and expression draw.
pub(super) fn draw(canvas: &mut Canvas, who: &Identity, shot: &Photograph) {
    let view = canvas.view;
    let flush = who.skin.mix(Colour::rgb(214, 70, 66), 0.4);
    let dark = who.skin.mix(Colour::rgb(60, 22, 18), 0.5);
    let smile = shot.expression.smile.max(0.0);
    let blush = if who.makeup { 0.5 } else { 0.28 };
    for side in [-1.0, 1.0] {
        canvas.glow(
            view.face(side * 0.62 * who.head.cheeks, 0.3),
            0.26,
            flush,
            blush,
        );
        let (w, m) = (who.nose.half_width, who.mouth.half_width);
        let fold = [
            view.face(side * (w + 0.02), who.nose.base - 0.04),
            view.face(
                side * (0.5 * (w + m) + 0.07),
                0.5 * (who.nose.base + who.mouth.y),
            ),
            view.face(side * (m + 0.06 + 0.05 * smile), who.mouth.y),
        ];
        canvas.stroke(&fold, 0.028, dark, 0.1 + 0.45 * who.age + 0.25 * smile);
        let bag = [
            view.face(side * (who.eyes.apart - 0.13), who.eyes.y + 0.1),
            view.face(side * who.eyes.apart, who.eyes.y + 0.145),
            view.face(side * (who.eyes.apart + 0.13), who.eyes.y + 0.11),
        ];
        canvas.stroke(&bag, 0.024, dark, 0.05 + 0.45 * who.age + 0.2 * smile);
    }
    for line in 0..3 {
        let y = -0.42 - 0.09 * line as f32;
        let furrow = [-0.3, 0.0, 0.3].map(|x: f32| view.face(x, y + 0.02 * x.abs()));
        let raise = shot.expression.brow_raise.max(0.0);
        canvas.stroke(&furrow, 0.018, dark, who.age * (0.25 + 0.4 * raise));
    }
}

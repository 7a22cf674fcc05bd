use super::Build;
use crate::canvas::Canvas;
use crate::color::Color;
use crate::identity::Identity;
use crate::random::Dice;
use crate::view::Px;

/// Moles, freckles and scars.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Marks {
    /// Place and radius.
    moles: Vec<([f32; 2], f32)>,
    freckles: Vec<([f32; 2], f32)>,
    /// From where to where.
    scar: Option<[[f32; 2]; 2]>,
}

impl Marks {
    pub(crate) fn sample(dice: &mut Dice, build: &Build) -> Self {
        let moles = (dice.between(0.0, 1.0) * dice.between(0.0, 5.0)) as usize;
        let freckled = dice.chance(0.3 - 0.4 * build.tone);
        let freckles = if freckled {
            dice.between(20.0, 46.0) as usize
        } else {
            0
        };
        let scar = [dice.between(-0.45, 0.45), dice.between(-0.55, 0.75)];
        let to = [
            scar[0] + 0.1 * dice.normal(),
            scar[1] + dice.between(0.12, 0.25),
        ];
        Self {
            moles: (0..moles)
                .map(|_| {
                    let place = [dice.between(-0.5, 0.5), dice.between(-0.5, 0.85)];
                    (place, dice.between(0.016, 0.036))
                })
                .collect(),
            freckles: (0..freckles)
                .map(|_| {
                    let x = 0.22 * dice.normal();
                    ([x, 0.22 + 0.09 * dice.normal()], dice.between(0.009, 0.018))
                })
                .collect(),
            scar: dice.chance(0.07).then_some([scar, to]),
        }
    }

    pub(crate) fn draw(&self, canvas: &mut Canvas, person: &Identity) {
        let (view, skin) = (canvas.view, &person.skin);
        let place =
            |&([x, y], radius): &([f32; 2], f32)| -> (Px, f32) { (view.face(x, y), radius) };
        let freckles: Vec<(Px, f32)> = self.freckles.iter().map(place).collect();
        canvas.dots(&freckles, skin.shade.mix(Color::rgb(176, 96, 52), 0.4), 0.5);
        let moles: Vec<(Px, f32)> = self.moles.iter().map(place).collect();
        canvas.dots(&moles, skin.shade.scaled(0.5), 0.85);
        if let Some([from, to]) = self.scar {
            let line = [view.face(from[0], from[1]), view.face(to[0], to[1])];
            canvas.stroke(&line, 0.03, skin.flush.mix(Color::WHITE, 0.35), 0.8);
            canvas.stroke(&line, 0.01, skin.shade, 0.6);
        }
    }
}

use super::colour::Colour;
use super::hair_shape::HairShape;
use super::random::{Dice, Purpose};

/// A person who never existed: what stays the same between two photographs.
///
/// Lengths are in half heights of a head.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub(super) head: Head,
    pub(super) ears: Ears,
    pub(super) eyes: Eyes,
    pub(super) brows: Brows,
    pub(super) nose: Nose,
    pub(super) mouth: Mouth,
    pub(super) hair: HairShape,
    pub(super) hair_colour: Colour,
    pub(super) skin: Colour,
    pub(super) beard: Option<Beard>,
    pub(super) marks: Vec<Mark>,
    pub(super) freckles: Vec<[f32; 2]>,
    pub(super) glasses: Option<Glasses>,
    pub(super) makeup: bool,
    /// 0 young, 1 old: the depth of the folds.
    pub(super) age: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Head {
    pub(super) forehead: f32,
    pub(super) cheeks: f32,
    pub(super) jaw: f32,
    pub(super) chin: f32,
    /// Height of the lowest point.
    pub(super) bottom: f32,
    pub(super) neck: f32,
    /// How far the cheekbones stand out.
    pub(super) cheekbones: f32,
    /// How far the brow ridge stands out.
    pub(super) ridge: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ears {
    pub(super) size: f32,
    pub(super) out: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Eyes {
    pub(super) y: f32,
    /// Half the distance between the pupils.
    pub(super) apart: f32,
    pub(super) half_width: f32,
    pub(super) height: f32,
    /// How much higher the outer corner is.
    pub(super) tilt: f32,
    /// Height of the fold above the upper lid; 0 for a single lid.
    pub(super) fold: f32,
    pub(super) iris: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Brows {
    /// Height above the eyes.
    pub(super) above: f32,
    pub(super) half_width: f32,
    pub(super) thickness: f32,
    pub(super) arch: f32,
    /// How much higher the outer end is.
    pub(super) tilt: f32,
    pub(super) colour: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Nose {
    /// Height of the base.
    pub(super) base: f32,
    pub(super) half_width: f32,
    pub(super) bridge: f32,
    pub(super) length: f32,
    pub(super) height: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mouth {
    pub(super) y: f32,
    pub(super) half_width: f32,
    pub(super) upper: f32,
    pub(super) lower: f32,
    /// Depth of the bow in the upper lip.
    pub(super) bow: f32,
    pub(super) colour: Colour,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Beard {
    pub(super) moustache: f32,
    pub(super) chin: f32,
    pub(super) cheeks: f32,
    /// 0 stubble, 1 a thick beard.
    pub(super) density: f32,
    /// How far the beard falls below the chin.
    pub(super) length: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    Mole { at: [f32; 2], radius: f32 },
    Scar { at: [f32; 2], to: [f32; 2] },
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Glasses {
    pub(super) half_width: f32,
    pub(super) half_height: f32,
    /// 2 for an ellipse, larger for a rectangle with round corners.
    pub(super) squareness: f32,
    pub(super) rim: f32,
    pub(super) colour: Colour,
}

const SKIN: [Colour; 7] = [
    Colour::rgb(252, 222, 200),
    Colour::rgb(242, 205, 176),
    Colour::rgb(226, 180, 145),
    Colour::rgb(202, 150, 112),
    Colour::rgb(160, 110, 78),
    Colour::rgb(116, 76, 54),
    Colour::rgb(80, 53, 40),
];

impl Identity {
    /// Identity number `number` of the population that `seed` names.
    pub fn sample(seed: u64, number: u64) -> Self {
        let mut dice = Dice::new(seed, Purpose::Identity, number, 0);
        let dice = &mut dice;
        let masculine = dice.chance(0.5);
        let m = if masculine { 1.0 } else { 0.0 };
        let age = dice.between(0.0, 1.0).powf(1.5);
        let melanin = dice.between(0.0, 1.0);
        let skin = skin(dice, melanin);
        let hair_colour = hair_colour(dice, melanin, age);
        let cheeks = dice.between(0.6, 0.78);
        let head = Head {
            forehead: cheeks * dice.between(0.84, 1.0),
            cheeks,
            jaw: cheeks * (dice.between(0.66, 0.88) + 0.08 * m),
            chin: dice.between(0.16, 0.32) + 0.06 * m,
            bottom: dice.between(0.9, 1.06),
            neck: dice.between(0.34, 0.44) + 0.12 * m,
            cheekbones: dice.between(0.0, 0.07),
            ridge: dice.between(0.0, 0.04) + 0.03 * m,
        };
        let ears = Ears { size: dice.between(0.16, 0.26), out: dice.between(0.02, 0.13) };
        let eyes = Eyes {
            y: dice.between(-0.06, 0.06),
            apart: dice.between(0.27, 0.37) * (0.6 + 0.57 * cheeks),
            half_width: dice.between(0.125, 0.18),
            height: dice.between(0.05, 0.1),
            tilt: dice.between(-0.045, 0.06),
            fold: dice.weighted(dice.clone().between(0.02, 0.06), &[(0.25, 0.0)]),
            iris: iris(dice, melanin),
        };
        let brows = Brows {
            above: dice.between(0.15, 0.27) - 0.03 * m,
            half_width: dice.between(0.16, 0.23),
            thickness: dice.between(0.018, 0.055) + 0.02 * m,
            arch: dice.between(0.0, 0.09),
            tilt: dice.between(-0.06, 0.08),
            colour: hair_colour.mix(Colour::rgb(40, 28, 22), dice.between(0.2, 0.7)),
        };
        let base = dice.between(0.34, 0.48);
        let nose = Nose {
            base,
            half_width: dice.between(0.1, 0.2) + 0.015 * m,
            bridge: dice.between(0.05, 0.1),
            length: dice.between(0.32, 0.48),
            height: dice.between(0.14, 0.32),
        };
        let mouth = Mouth {
            y: base + (head.bottom - base) * dice.between(0.36, 0.48),
            half_width: dice.between(0.19, 0.31),
            upper: dice.between(0.025, 0.075),
            lower: dice.between(0.04, 0.1),
            bow: dice.between(0.0, 0.6),
            colour: skin.mix(Colour::rgb(176, 62, 68), dice.between(0.25, 0.5)).scaled(0.92),
        };
        let makeup = !masculine && dice.chance(0.4);
        let mouth = if makeup {
            let red = Colour::hsv(dice.between(0.93, 1.03), 0.75, dice.between(0.5, 0.8));
            Mouth { colour: mouth.colour.mix(red, dice.between(0.4, 0.9)), ..mouth }
        } else {
            mouth
        };
        Self {
            head,
            ears,
            eyes,
            brows,
            nose,
            mouth,
            hair: HairShape::sample(dice, masculine, age),
            hair_colour,
            skin,
            beard: (masculine && dice.chance(0.5)).then(|| beard(dice)),
            marks: (0..dice.weighted(0, &[(0.25, 1), (0.12, 2), (0.05, 3)]))
                .map(|_| mark(dice))
                .collect(),
            freckles: if melanin < 0.45 && dice.chance(0.2) { freckles(dice) } else { Vec::new() },
            glasses: dice.chance(0.33).then(|| glasses(dice)),
            makeup,
            age,
        }
    }
}

fn skin(dice: &mut Dice, melanin: f32) -> Colour {
    let [r, g, b] = Colour::along(&SKIN, melanin).0;
    let (red, yellow) = (dice.between(-0.03, 0.03), dice.between(-0.03, 0.03));
    Colour([r + red, g + 0.3 * yellow, b - yellow])
}

fn hair_colour(dice: &mut Dice, melanin: f32, age: f32) -> Colour {
    let black = Colour::rgb(28, 23, 22);
    let brown = Colour::rgb(62, 41, 28);
    let natural = if melanin > 0.55 {
        dice.weighted(black, &[(0.3, brown)])
    } else {
        dice.weighted(
            brown,
            &[
                (0.2, black),
                (0.2, Colour::rgb(104, 70, 44)),
                (0.18, Colour::rgb(196, 158, 100)),
                (0.1, Colour::rgb(226, 200, 148)),
                (0.12, Colour::rgb(150, 70, 34)),
            ],
        )
    };
    let grey = Colour::along(&[Colour::rgb(120, 118, 116), Colour::rgb(222, 220, 216)], dice.between(0.0, 1.0));
    let turned = if dice.chance(age * 0.8) { dice.between(0.5, 1.0) } else { 0.0 };
    natural.scaled(dice.between(0.85, 1.15)).mix(grey, turned)
}

fn iris(dice: &mut Dice, melanin: f32) -> Colour {
    let dark = Colour::rgb(58, 36, 24);
    if melanin > 0.5 {
        return dice.weighted(dark, &[(0.3, Colour::rgb(92, 58, 34))]);
    }
    dice.weighted(
        dark,
        &[
            (0.25, Colour::rgb(92, 140, 184)),
            (0.2, Colour::rgb(96, 130, 84)),
            (0.15, Colour::rgb(130, 140, 146)),
            (0.2, Colour::rgb(124, 84, 44)),
        ],
    )
}

fn beard(dice: &mut Dice) -> Beard {
    let none = Beard { moustache: 0.0, chin: 0.0, cheeks: 0.0, density: 1.0, length: 0.0 };
    let kind = dice.weighted(
        Beard { moustache: 1.0, chin: 1.0, cheeks: 1.0, density: 0.3, ..none },
        &[
            (0.35, Beard { moustache: 1.0, chin: 1.0, cheeks: 1.0, ..none }),
            (0.2, Beard { moustache: 1.0, ..none }),
            (0.2, Beard { moustache: 1.0, chin: 1.0, ..none }),
            (0.08, Beard { chin: 1.0, ..none }),
        ],
    );
    let density = kind.density * dice.between(0.75, 1.0);
    Beard { density, length: kind.chin * density * dice.between(-0.02, 0.22), ..kind }
}

fn mark(dice: &mut Dice) -> Mark {
    let side = if dice.chance(0.5) { 1.0 } else { -1.0 };
    let at = [side * dice.between(0.12, 0.5), dice.between(0.16, 0.78)];
    if dice.chance(0.8) {
        return Mark::Mole { at, radius: dice.between(0.018, 0.034) };
    }
    let at = [side * dice.between(0.15, 0.5), dice.between(-0.4, 0.6)];
    Mark::Scar { at, to: [at[0] + dice.between(-0.12, 0.12), at[1] + dice.between(0.1, 0.2)] }
}

fn freckles(dice: &mut Dice) -> Vec<[f32; 2]> {
    (0..dice.between(20.0, 50.0) as usize)
        .map(|_| [0.21 * dice.normal(), 0.26 + 0.08 * dice.normal()])
        .collect()
}

fn glasses(dice: &mut Dice) -> Glasses {
    let colour = dice.weighted(
        Colour::rgb(24, 22, 24),
        &[
            (0.15, Colour::rgb(150, 120, 60)),
            (0.15, Colour::rgb(150, 152, 156)),
            (0.15, Colour::rgb(96, 52, 28)),
            (0.08, Colour::rgb(140, 28, 36)),
            (0.08, Colour::rgb(36, 60, 120)),
        ],
    );
    let half_width = dice.between(0.2, 0.265);
    Glasses {
        half_width,
        half_height: half_width * dice.between(0.62, 1.0),
        squareness: dice.weighted(2.0, &[(0.5, 4.0)]),
        rim: dice.between(0.018, 0.055),
        colour,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_is_the_same_person() {
        assert_eq!(Identity::sample(3, 9), Identity::sample(3, 9));
    }

    #[test]
    fn other_numbers_and_seeds_are_other_persons() {
        let people: Vec<_> = (0..300).map(|n| Identity::sample(3, n)).collect();
        for (i, a) in people.iter().enumerate() {
            assert!(people.iter().skip(i + 1).all(|b| a != b));
        }
        assert_ne!(Identity::sample(3, 9), Identity::sample(4, 9));
    }

    /// Every trait that the documentation promises occurs, and none is everybody's.
    #[test]
    fn traits_are_spread_over_the_population() {
        let n = 1000;
        let share = |has: fn(&Identity) -> bool| {
            (0..n).filter(|&i| has(&Identity::sample(1, i))).count() as f64 / n as f64
        };
        assert!((0.28..0.38).contains(&share(|p| p.glasses.is_some())));
        assert!((0.2..0.3).contains(&share(|p| p.beard.is_some())));
        assert!((0.3..0.55).contains(&share(|p| !p.marks.is_empty())));
        assert!((0.03..0.2).contains(&share(|p| !p.freckles.is_empty())));
        assert!((0.02..0.15).contains(&share(|p| p.hair.cover == 0.0)));
        assert!((0.3..0.7).contains(&share(|p| p.hair.length.is_some())));
        assert!((0.3..0.7).contains(&share(|p| p.skin.0[0] > 0.75)));
    }
}

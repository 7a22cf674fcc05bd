use super::parts::{
    Beard, Brows, Build, Ears, Eyes, Glasses, Hair, Head, Marks, Mouth, Nose, Skin,
};
use super::random::{Dice, Purpose};

/// A person who never existed: what all photographs of them share.
///
/// The traits are drawn from their own random stream, correlated only as far as faces are: darker
/// skin with darker hair and eyes, age with gray hair and lines, beards with heavier brows and jaws.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    pub(super) build: Build,
    pub(super) skin: Skin,
    pub(super) head: Head,
    pub(super) ears: Ears,
    pub(super) eyes: Eyes,
    pub(super) brows: Brows,
    pub(super) nose: Nose,
    pub(super) mouth: Mouth,
    pub(super) hair: Hair,
    pub(super) beard: Beard,
    pub(super) marks: Marks,
    pub(super) glasses: Option<Glasses>,
}

impl Identity {
    /// Draws identity `number` of the population of `seed`.
    pub fn sample(seed: u64, number: u64) -> Self {
        let dice = &mut Dice::new(seed, Purpose::Identity, number, 0);
        let build = Build::sample(dice);
        let skin = Skin::sample(dice, &build);
        let hair = Hair::sample(dice, &build);
        let nose = Nose::sample(dice);
        Self {
            build,
            skin,
            head: Head::sample(dice, &build),
            ears: Ears::sample(dice),
            eyes: Eyes::sample(dice, &build),
            brows: Brows::sample(dice, &build, hair.natural),
            nose,
            mouth: Mouth::sample(dice, &build, nose.tip),
            beard: Beard::sample(dice, &build, hair.natural),
            hair,
            marks: Marks::sample(dice, &build),
            glasses: Glasses::sample(dice),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_reproducible_and_distinct() {
        let people: Vec<Identity> = (0..200).map(|number| Identity::sample(3, number)).collect();
        for (i, one) in people.iter().enumerate() {
            assert_eq!(*one, Identity::sample(3, i as u64));
            assert!(people.iter().skip(i + 1).all(|other| other != one));
        }
        assert_ne!(people[0], Identity::sample(4, 0));
    }

    #[test]
    fn every_trait_of_the_population_appears() {
        let people: Vec<Identity> = (0..300).map(|number| Identity::sample(1, number)).collect();
        let share = |has: &dyn Fn(&Identity) -> bool| {
            people.iter().filter(|p| has(p)).count() as f32 / people.len() as f32
        };
        assert!((0.1..0.4).contains(&share(&|p| p.glasses.is_some())));
        assert!((0.15..0.6).contains(&share(&|p| p.build.tone > 0.5)));
        assert!((0.35..0.65).contains(&share(&|p| p.build.masculine > 0.5)));
    }
}

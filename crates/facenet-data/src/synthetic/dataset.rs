use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::photograph::Photograph;
use super::render::{check_size, render};
use crate::{DataError, FaceDataset};

/// Settings of [`SyntheticFaces`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyntheticFacesConfig {
    /// Number of identities.
    pub identities: usize,
    /// Number of photographs of each identity.
    pub photographs_per_identity: usize,
    /// Height of a photograph in pixels, 8 to 2048. Default: 70.
    #[serde(default = "default_height")]
    pub height: u32,
    /// Width of a photograph in pixels, 8 to 2048. Default: 58.
    #[serde(default = "default_width")]
    pub width: u32,
    /// Names the population; identity `n` of one seed has nothing to do with that of another.
    /// Default: 0.
    #[serde(default)]
    pub seed: u64,
    /// Number of the first identity in the population. Default: 0.
    ///
    /// Data sets of one seed whose ranges of numbers do not meet have no identity in common.
    #[serde(default)]
    pub first_identity: u64,
}

fn default_height() -> u32 {
    70
}

fn default_width() -> u32 {
    58
}

impl SyntheticFacesConfig {
    /// `photographs_per_identity` photographs of each of `identities` people.
    pub fn new(identities: usize, photographs_per_identity: usize) -> Self {
        Self {
            identities,
            photographs_per_identity,
            height: default_height(),
            width: default_width(),
            seed: 0,
            first_identity: 0,
        }
    }

    /// Sets the height and width of the photographs in pixels.
    pub fn with_size(mut self, height: u32, width: u32) -> Self {
        (self.height, self.width) = (height, width);
        self
    }

    /// Sets the seed that names the population.
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the number of the first identity.
    pub fn with_first_identity(mut self, first_identity: u64) -> Self {
        self.first_identity = first_identity;
        self
    }

    /// Makes the people; their photographs are rendered when they are asked for.
    ///
    /// # Errors
    /// [`DataError::Setting`] if a side is not in 8..=2048 or there are more than 2³² identities or
    /// images, or identities past the last number.
    pub fn init(&self) -> Result<SyntheticFaces, DataError> {
        SyntheticFaces::new(self)
    }
}

/// Photographs of people who never existed, rendered when they are asked for.
///
/// Image `i` shows photograph `i % K` of identity `i / K`, K the photographs per identity. It is a
/// function of the seed and the two numbers alone: the same bytes in any order and on any number of
/// threads.
#[derive(Debug, Clone)]
pub struct SyntheticFaces {
    config: SyntheticFacesConfig,
    people: Vec<Identity>,
    names: Vec<String>,
    labels: Vec<u32>,
}

impl SyntheticFaces {
    fn new(config: &SyntheticFacesConfig) -> Result<Self, DataError> {
        check_size("height", config.height)?;
        check_size("width", config.width)?;
        let setting = |setting, found: String, expected| DataError::Setting {
            setting,
            found,
            expected,
        };
        let identities = u32::try_from(config.identities).map_err(|_| {
            setting(
                "identities",
                config.identities.to_string(),
                "fewer than 2^32",
            )
        })?;
        let per_identity = config.photographs_per_identity;
        if config
            .identities
            .checked_mul(per_identity)
            .is_none_or(|n| u32::try_from(n).is_err())
        {
            let found = format!("{per_identity} for each of {identities} identities");
            return Err(setting(
                "photographs_per_identity",
                found,
                "fewer than 2^32 images",
            ));
        }
        let first = config.first_identity;
        let end = first.checked_add(u64::from(identities)).ok_or_else(|| {
            setting(
                "first_identity",
                first.to_string(),
                "at most 2^64 minus the identities",
            )
        })?;
        Ok(Self {
            config: config.clone(),
            people: (first..end)
                .map(|number| Identity::sample(config.seed, number))
                .collect(),
            names: (first..end)
                .map(|number| format!("synthetic-{number:05}"))
                .collect(),
            labels: (0..identities)
                .flat_map(|label| std::iter::repeat_n(label, per_identity))
                .collect(),
        })
    }

    /// The settings this data set was made with.
    pub fn config(&self) -> &SyntheticFacesConfig {
        &self.config
    }

    /// The person and the conditions of image `index`, to render them otherwise.
    ///
    /// # Errors
    /// [`DataError::IndexOutOfRange`] if `index` is not below [`FaceDataset::len`].
    pub fn scene(&self, index: usize) -> Result<(&Identity, Photograph), DataError> {
        let outside = || DataError::IndexOutOfRange {
            index,
            len: self.labels.len(),
        };
        let &label = self.labels.get(index).ok_or_else(outside)?;
        let who = self.people.get(label as usize).ok_or_else(outside)?;
        let (number, photograph) = self.numbers(index);
        Ok((
            who,
            Photograph::sample(self.config.seed, number, photograph),
        ))
    }

    /// The number of the identity in its population, and of the photograph.
    fn numbers(&self, index: usize) -> (u64, u64) {
        let k = self.config.photographs_per_identity.max(1);
        (
            self.config
                .first_identity
                .saturating_add((index / k) as u64),
            (index % k) as u64,
        )
    }
}

impl FaceDataset for SyntheticFaces {
    fn len(&self) -> usize {
        self.labels.len()
    }

    fn labels(&self) -> &[u32] {
        &self.labels
    }

    fn identities(&self) -> &[String] {
        &self.names
    }

    fn describe(&self, index: usize) -> String {
        let (number, photograph) = self.numbers(index);
        format!("synthetic identity {number}, photograph {photograph}")
    }

    fn image(&self, index: usize) -> Result<RgbImage, DataError> {
        let (who, shot) = self.scene(index)?;
        render(who, &shot, self.config.height, self.config.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_names_and_images_agree() {
        let faces = SyntheticFacesConfig::new(3, 4).with_seed(5).init().unwrap();
        assert_eq!(faces.len(), 12);
        assert!(!faces.is_empty());
        assert_eq!(faces.labels(), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
        assert_eq!(
            faces.identities(),
            ["synthetic-00000", "synthetic-00001", "synthetic-00002"]
        );
        assert_eq!(faces.describe(7), "synthetic identity 1, photograph 3");
        for index in 0..faces.len() {
            assert_eq!(faces.image(index).unwrap().dimensions(), (58, 70));
        }
        let error = faces.image(12).unwrap_err().to_string();
        assert_eq!(error, "index 12 is outside the data set; expected 0..12");
    }

    #[test]
    fn emptiness_is_a_value() {
        for (identities, photographs) in [(0, 5), (5, 0), (0, 0)] {
            let faces = SyntheticFacesConfig::new(identities, photographs)
                .init()
                .unwrap();
            assert!(faces.is_empty());
            assert_eq!(faces.identities().len(), identities);
            assert!(faces.image(0).is_err());
        }
    }

    #[test]
    fn the_first_identity_shifts_the_same_population() {
        let config = SyntheticFacesConfig::new(6, 2).with_seed(5);
        let all = config.clone().init().unwrap();
        let config = SyntheticFacesConfig {
            identities: 2,
            ..config
        };
        let later = config.with_first_identity(4).init().unwrap();
        for index in 0..4 {
            assert_eq!(later.image(index).unwrap(), all.image(8 + index).unwrap());
            assert_eq!(later.describe(index), all.describe(8 + index));
        }
        assert_eq!(later.identities(), &all.identities()[4..]);
        assert!(later.people.iter().all(|p| !all.people[..4].contains(p)));
    }

    #[test]
    fn bytes_do_not_depend_on_threads_or_order() {
        let config = SyntheticFacesConfig::new(5, 6)
            .with_size(50, 44)
            .with_seed(9);
        let faces = config.init().unwrap();
        let alone: Vec<_> = (0..30).map(|i| faces.image(i).unwrap()).collect();
        let again = config.init().unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (alone, again) = (&alone, &again);
                scope.spawn(move || {
                    for i in (0..30).rev().filter(|i| i % 4 == thread) {
                        assert_eq!(again.image(i).unwrap(), alone[i]);
                    }
                });
            }
        });
    }

    #[test]
    fn impossible_settings_are_named() {
        let message = |config: SyntheticFacesConfig| config.init().unwrap_err().to_string();
        let config = SyntheticFacesConfig::new(2, 2);
        assert_eq!(
            message(config.clone().with_size(4, 58)),
            "height: 4 pixels; expected 8 to 2048 pixels"
        );
        assert!(
            message(config.clone().with_first_identity(u64::MAX)).starts_with("first_identity")
        );
        assert!(message(SyntheticFacesConfig::new(2, usize::MAX)).starts_with("photographs"));
    }
}

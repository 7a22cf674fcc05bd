use serde::{Deserialize, Serialize};

use crate::DataError;

/// Settings of [`Augment`](crate::Augment).
///
/// The defaults are mild, for faces that are already cropped: FaceNet itself flips and crops at
/// random (davidsandberg/facenet, `--random_flip --random_crop`); the colour jitter is that of the
/// common face recipes, and erasing follows Zhong et al., *Random Erasing Data Augmentation*, 2017.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AugmentConfig {
    /// Probability of a horizontal flip. Default: 0.5.
    pub flip: f32,
    /// Least and greatest area of the crop, as a part of the largest box with the view's proportions,
    /// above 0 and at most 1. Default: 0.8 to 1.
    pub scale: (f32, f32),
    /// Least and greatest change of the crop's proportions, above 0; 1 is none. Default: 0.95 to
    /// 1.0526.
    pub aspect: (f32, f32),
    /// Greatest rotation either way, in degrees, 0 to 180. Default: 8.
    pub rotation: f32,
    /// Brightness is multiplied by 1 ± this, 0 to 1. Default: 0.2.
    pub brightness: f32,
    /// The distance to the mean grey is multiplied by 1 ± this, 0 to 1. Default: 0.2.
    pub contrast: f32,
    /// The distance of each pixel to its grey is multiplied by 1 ± this, 0 to 1. Default: 0.2.
    pub saturation: f32,
    /// Probability of no colour at all. Default: 0.05.
    pub grey: f32,
    /// Probability of a Gaussian blur. Default: 0.1.
    pub blur: f32,
    /// Least and greatest standard deviation of the blur, in pixels of the view, above 0 and at most
    /// 20. Default: 0.3 to 1.2.
    pub blur_sigma: (f32, f32),
    /// Probability that a rectangle is filled with noise. Default: 0.1.
    pub erase: f32,
    /// Least and greatest area of that rectangle, as a part of the view, above 0 and at most 1.
    /// Default: 0.02 to 0.15.
    pub erase_area: (f32, f32),
    /// Least and greatest width : height of that rectangle, above 0. Default: 0.5 to 2.
    pub erase_aspect: (f32, f32),
}

impl Default for AugmentConfig {
    fn default() -> Self {
        Self {
            flip: 0.5,
            scale: (0.8, 1.0),
            aspect: (0.95, 1.0 / 0.95),
            rotation: 8.0,
            brightness: 0.2,
            contrast: 0.2,
            saturation: 0.2,
            grey: 0.05,
            blur: 0.1,
            erase: 0.1,
            ..Self::none()
        }
    }
}

impl AugmentConfig {
    /// No change: the largest box with the view's proportions, at a random place where the image has
    /// others, resized.
    pub fn none() -> Self {
        Self {
            flip: 0.0,
            scale: (1.0, 1.0),
            aspect: (1.0, 1.0),
            rotation: 0.0,
            brightness: 0.0,
            contrast: 0.0,
            saturation: 0.0,
            grey: 0.0,
            blur: 0.0,
            blur_sigma: (0.3, 1.2),
            erase: 0.0,
            erase_area: (0.02, 0.15),
            erase_aspect: (0.5, 2.0),
        }
    }

    /// Sets the probability of a horizontal flip.
    pub fn with_flip(mut self, flip: f32) -> Self {
        self.flip = flip;
        self
    }

    /// Sets least and greatest area of the crop.
    pub fn with_scale(mut self, least: f32, greatest: f32) -> Self {
        self.scale = (least, greatest);
        self
    }

    /// Sets the greatest rotation, in degrees.
    pub fn with_rotation(mut self, rotation: f32) -> Self {
        self.rotation = rotation;
        self
    }

    /// Sets the jitter of brightness, contrast and saturation.
    pub fn with_colour(mut self, brightness: f32, contrast: f32, saturation: f32) -> Self {
        (self.brightness, self.contrast, self.saturation) = (brightness, contrast, saturation);
        self
    }

    /// Sets the probability of no colour.
    pub fn with_grey(mut self, grey: f32) -> Self {
        self.grey = grey;
        self
    }

    /// Sets the probability of a blur.
    pub fn with_blur(mut self, blur: f32) -> Self {
        self.blur = blur;
        self
    }

    /// Sets the probability of an erased rectangle.
    pub fn with_erase(mut self, erase: f32) -> Self {
        self.erase = erase;
        self
    }

    /// Whether all settings can work.
    ///
    /// # Errors
    /// [`DataError::Setting`] naming the setting that cannot.
    pub fn check(&self) -> Result<(), DataError> {
        let above_zero = f32::MIN_POSITIVE;
        for (setting, value, highest, expected) in [
            ("flip", self.flip, 1.0, "a probability"),
            ("rotation", self.rotation, 180.0, "0 to 180 degrees"),
            ("brightness", self.brightness, 1.0, "a number from 0 to 1"),
            ("contrast", self.contrast, 1.0, "a number from 0 to 1"),
            ("saturation", self.saturation, 1.0, "a number from 0 to 1"),
            ("grey", self.grey, 1.0, "a probability"),
            ("blur", self.blur, 1.0, "a probability"),
            ("erase", self.erase, 1.0, "a probability"),
        ] {
            if !(0.0..=highest).contains(&value) {
                return Err(DataError::Setting {
                    setting,
                    found: value.to_string(),
                    expected,
                });
            }
        }
        for (setting, (low, high), highest) in [
            ("scale", self.scale, 1.0),
            ("aspect", self.aspect, 100.0),
            ("blur_sigma", self.blur_sigma, 20.0),
            ("erase_area", self.erase_area, 1.0),
            ("erase_aspect", self.erase_aspect, 100.0),
        ] {
            if !(low >= above_zero && low <= high && high <= highest) {
                return Err(DataError::Setting {
                    setting,
                    found: format!("{low} to {high}"),
                    expected: "two numbers above 0 in ascending order, at most 1 for areas, 20 for \
                               blur, 100 for proportions",
                });
            }
        }
        Ok(())
    }
}

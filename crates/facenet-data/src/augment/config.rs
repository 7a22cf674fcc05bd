use serde::{Deserialize, Serialize};

use crate::DataError;

/// Settings of [`Augment`](crate::Augment).
///
/// The defaults are mild, for faces that are already cropped: FaceNet itself flips and crops at
/// random (davidsandberg/facenet, `--random_flip --random_crop`); the color jitter is that of the
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
    /// The distance to the mean gray is multiplied by 1 ± this, 0 to 1. Default: 0.2.
    pub contrast: f32,
    /// The distance of each pixel to its gray is multiplied by 1 ± this, 0 to 1. Default: 0.2.
    pub saturation: f32,
    /// Probability of no color at all. Default: 0.05.
    #[serde(alias = "grey")]
    pub gray: f32,
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
    /// Probability that something stands before the face: a patch of one gray, of noise, or of
    /// another part of the view, each as likely. It is there before blur and compression, as a hand
    /// or a microphone is. Default: 0.
    pub occlude: f32,
    /// Least and greatest area of the patch, as a part of the view, above 0 and at most 1. Its
    /// proportions are those of `erase_aspect`. Default: 0.05 to 0.25.
    pub occlude_area: (f32, f32),
    /// Probability that the view is shrunk and enlarged again, as a face far from the camera is.
    /// Default: 0.
    pub downscale: f32,
    /// Least size that it is shrunk to, as a part of its height and width, above 0 and at most 1.
    /// Default: 0.25.
    pub downscale_least: f32,
    /// Probability that the view is compressed as JPEG and decoded again. Default: 0.
    pub jpeg: f32,
    /// Least and greatest quality of that JPEG, 1 to 100. Default: 30 to 95.
    pub jpeg_quality: (u8, u8),
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
            gray: 0.05,
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
            gray: 0.0,
            blur: 0.0,
            blur_sigma: (0.3, 1.2),
            erase: 0.0,
            erase_area: (0.02, 0.15),
            erase_aspect: (0.5, 2.0),
            occlude: 0.0,
            occlude_area: (0.05, 0.25),
            downscale: 0.0,
            downscale_least: 0.25,
            jpeg: 0.0,
            jpeg_quality: (30, 95),
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
    pub fn with_color(mut self, brightness: f32, contrast: f32, saturation: f32) -> Self {
        (self.brightness, self.contrast, self.saturation) = (brightness, contrast, saturation);
        self
    }

    /// Sets the probability of no color.
    pub fn with_gray(mut self, gray: f32) -> Self {
        self.gray = gray;
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

    /// Sets the probability of a patch before the face.
    pub fn with_occlude(mut self, occlude: f32) -> Self {
        self.occlude = occlude;
        self
    }

    /// Sets the probability of a lower resolution, and the least part of the size it goes down to.
    pub fn with_downscale(mut self, downscale: f32, least: f32) -> Self {
        (self.downscale, self.downscale_least) = (downscale, least);
        self
    }

    /// Sets the probability of a compression as JPEG, and its least and greatest quality.
    pub fn with_jpeg(mut self, jpeg: f32, least_quality: u8, greatest: u8) -> Self {
        (self.jpeg, self.jpeg_quality) = (jpeg, (least_quality, greatest));
        self
    }

    /// Whether all settings can work.
    ///
    /// # Errors
    /// [`DataError::Setting`] naming the setting that cannot.
    pub fn validate(&self) -> Result<(), DataError> {
        let above_zero = f32::MIN_POSITIVE;
        for (setting, value, highest, expected) in [
            ("flip", self.flip, 1.0, "a probability"),
            ("rotation", self.rotation, 180.0, "0 to 180 degrees"),
            ("brightness", self.brightness, 1.0, "a number from 0 to 1"),
            ("contrast", self.contrast, 1.0, "a number from 0 to 1"),
            ("saturation", self.saturation, 1.0, "a number from 0 to 1"),
            ("gray", self.gray, 1.0, "a probability"),
            ("blur", self.blur, 1.0, "a probability"),
            ("erase", self.erase, 1.0, "a probability"),
            ("occlude", self.occlude, 1.0, "a probability"),
            ("downscale", self.downscale, 1.0, "a probability"),
            ("jpeg", self.jpeg, 1.0, "a probability"),
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
            ("occlude_area", self.occlude_area, 1.0),
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
        if !(above_zero..=1.0).contains(&self.downscale_least) {
            return Err(DataError::Setting {
                setting: "downscale_least",
                found: self.downscale_least.to_string(),
                expected: "a part of the size, above 0 and at most 1",
            });
        }
        let (least, greatest) = self.jpeg_quality;
        if least == 0 || least > greatest || greatest > 100 {
            return Err(DataError::Setting {
                setting: "jpeg_quality",
                found: format!("{least} to {greatest}"),
                expected: "two qualities from 1 to 100 in ascending order",
            });
        }
        Ok(())
    }
}

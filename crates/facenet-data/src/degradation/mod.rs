//! Images made worse on purpose, to measure what an embedding bears.

use std::fmt;
use std::str::FromStr;

use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::images::pixels;
use crate::{DataError, DecodeLimits, decode, resize};

/// A way in which a face crop is made worse, by a level.
///
/// The paper's table 4 (§5.2) degrades by JPEG quality and by the number of pixels; the others are
/// what robustness benchmarks add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Degradation {
    /// Compressed as JPEG; the level is the quality, 1 to 100.
    Jpeg,
    /// Shrunk and enlarged again; the level is the number of pixels in between, width × height.
    Pixels,
    /// Gaussian blur; the level is its standard deviation in pixels.
    Blur,
    /// Gaussian noise; the level is its standard deviation, where black to white is 255.
    Noise,
    /// A gray rectangle in the proportions of the image, at a random place; the level is its share of
    /// the area, 0 to 1.
    Occlusion,
    /// Multiplied; the level is the factor.
    Brightness,
}

impl Degradation {
    /// All of them.
    pub const ALL: [Degradation; 6] = [
        Degradation::Jpeg,
        Degradation::Pixels,
        Degradation::Blur,
        Degradation::Noise,
        Degradation::Occlusion,
        Degradation::Brightness,
    ];

    /// The name: `jpeg`, `pixels`, `blur`, `noise`, `occlusion`, `brightness`.
    pub fn name(self) -> &'static str {
        match self {
            Degradation::Jpeg => "jpeg",
            Degradation::Pixels => "pixels",
            Degradation::Blur => "blur",
            Degradation::Noise => "noise",
            Degradation::Occlusion => "occlusion",
            Degradation::Brightness => "brightness",
        }
    }

    /// What a level is, for the axis of a figure.
    pub fn unit(self) -> &'static str {
        match self {
            Degradation::Jpeg => "JPEG quality",
            Degradation::Pixels => "pixels of the face",
            Degradation::Blur => "blur, standard deviation in pixels",
            Degradation::Noise => "noise, standard deviation of 255",
            Degradation::Occlusion => "share of the face covered",
            Degradation::Brightness => "brightness, factor",
        }
    }

    /// `face`, made worse. What is random depends on `index` alone, so that a sweep over levels moves
    /// nothing but the level.
    ///
    /// # Errors
    ///
    /// [`DataError::Setting`] for a level that cannot be, or an image without pixels.
    pub fn apply(self, face: &RgbImage, level: f64, index: usize) -> Result<RgbImage, DataError> {
        self.check(level)?;
        if face.is_empty() {
            return Err(DataError::Setting {
                setting: "face to degrade",
                found: format!("{} x {}", face.width(), face.height()),
                expected: "at least one pixel",
            });
        }
        let mut face = face.clone();
        match self {
            Degradation::Jpeg => return compressed(&face, level as u8),
            Degradation::Pixels => return shrunk(&face, level),
            Degradation::Blur if level > 0.0 => pixels::blur(&mut face, level as f32),
            Degradation::Blur => {}
            Degradation::Noise => add_noise(&mut face, level, index),
            Degradation::Occlusion => cover(&mut face, level, index),
            Degradation::Brightness => {
                for value in face.iter_mut() {
                    // A cast to u8 clamps.
                    *value = (f64::from(*value) * level).round() as u8;
                }
            }
        }
        Ok(face)
    }

    fn check(self, level: f64) -> Result<(), DataError> {
        let (fits, expected) = match self {
            Degradation::Jpeg => (
                (1.0..=100.0).contains(&level) && level.fract() == 0.0,
                "a JPEG quality, 1 to 100",
            ),
            Degradation::Pixels => (
                (1.0..=1e8).contains(&level),
                "a number of pixels, 1 to 100,000,000",
            ),
            Degradation::Blur => (
                (0.0..=1000.0).contains(&level),
                "a standard deviation, 0 to 1000 pixels",
            ),
            Degradation::Noise => (
                (0.0..=255.0).contains(&level),
                "a standard deviation, 0 to 255",
            ),
            Degradation::Occlusion => ((0.0..=1.0).contains(&level), "a share, 0 to 1"),
            Degradation::Brightness => ((0.0..=255.0).contains(&level), "a factor, 0 to 255"),
        };
        match fits {
            true => Ok(()),
            false => Err(DataError::Setting {
                setting: self.name(),
                found: level.to_string(),
                expected,
            }),
        }
    }
}

impl fmt::Display for Degradation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Degradation {
    type Err = DataError;

    fn from_str(name: &str) -> Result<Self, DataError> {
        let known = Degradation::ALL.into_iter().find(|d| d.name() == name);
        known.ok_or_else(|| DataError::Setting {
            setting: "degradation",
            found: name.to_owned(),
            expected: "jpeg, pixels, blur, noise, occlusion or brightness",
        })
    }
}

fn compressed(face: &RgbImage, quality: u8) -> Result<RgbImage, DataError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(face)
        .map_err(|error| DataError::Image {
            origin: "a face to compress".to_owned(),
            problem: error.to_string(),
            expected: "an image that JPEG can hold".to_owned(),
        })?;
    decode(&bytes, "a compressed face", &DecodeLimits::default())
}

/// Shrinks to about so many pixels, in the proportions of the image, and enlarges again.
fn shrunk(face: &RgbImage, count: f64) -> Result<RgbImage, DataError> {
    let (width, height) = face.dimensions();
    let scale = (count / (f64::from(width) * f64::from(height))).sqrt();
    if scale >= 1.0 {
        return Ok(face.clone());
    }
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    let small = resize(face, side(height), side(width))?;
    resize(&small, height, width)
}

fn add_noise(face: &mut RgbImage, deviation: f64, index: usize) {
    let rng = &mut ChaCha8Rng::seed_from_u64(index as u64);
    for value in face.iter_mut() {
        *value = (f64::from(*value) + deviation * normal(rng)).round() as u8;
    }
}

/// A standard normal number, by Box and Muller.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    let (radius, turn): (f64, f64) = (rng.random(), rng.random());
    // 1 − radius is never zero.
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * turn).cos()
}

fn cover(face: &mut RgbImage, share: f64, index: usize) {
    let rng = &mut ChaCha8Rng::seed_from_u64(index as u64);
    let (across, down): (f64, f64) = (rng.random(), rng.random());
    let side = |side: u32| (f64::from(side) * share.sqrt()).round() as u32;
    let (width, height) = (side(face.width()), side(face.height()));
    let at = |room: u32, share: f64| (f64::from(room + 1) * share) as u32;
    let left = at(face.width() - width, across);
    let top = at(face.height() - height, down);
    for y in top..top + height {
        for x in left..left + width {
            face.put_pixel(x, y, Rgb([128; 3]));
        }
    }
}

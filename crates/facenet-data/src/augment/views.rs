use facenet_kernels::random::keyed_stream;
use image::RgbImage;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::damage;
use crate::images::crop::{Region, resize_region};
use crate::images::pixels;
use crate::{AugmentConfig, DataError};

/// Turns an image into a training input: a random view of it, `height` × `width`, RGB.
///
/// The result depends on the settings, the image, the seed, the epoch and the index of the image, and
/// on nothing else: neither on the order of calls nor on the thread. The epoch belongs to the key so
/// that an image looks different each time; the position in a batch may stand for the index where a
/// batch holds an image twice.
#[derive(Debug, Clone)]
pub struct Augment {
    config: AugmentConfig,
    height: u32,
    width: u32,
    seed: u64,
}

impl Augment {
    /// Prepares views of `height` × `width` pixels.
    ///
    /// # Errors
    /// [`DataError::Setting`] where a setting of the configuration, or the size, cannot work.
    pub fn new(
        config: AugmentConfig,
        height: u32,
        width: u32,
        seed: u64,
    ) -> Result<Self, DataError> {
        config.validate()?;
        if height == 0 || width == 0 {
            return Err(DataError::Setting {
                setting: "size of the views",
                found: format!("{width} x {height}"),
                expected: "at least one pixel each way",
            });
        }
        Ok(Self {
            config,
            height,
            width,
            seed,
        })
    }

    /// The view of image `index` in `epoch`.
    ///
    /// # Errors
    /// [`DataError::Setting`] where the image has no pixel, [`DataError::Image`] where the view is too
    /// large to be compressed as JPEG (65,535 pixels each way).
    pub fn apply(
        &self,
        image: &RgbImage,
        epoch: usize,
        index: usize,
    ) -> Result<RgbImage, DataError> {
        let config = &self.config;
        let key = [self.seed, epoch as u64, index as u64, KEY];
        // All numbers are drawn whether they are used or not, so that switching one transformation
        // off leaves the others as they were.
        let rng = &mut keyed_stream(key);
        let flip = chance(rng, config.flip);
        let angle = between(rng, -config.rotation, config.rotation).to_radians();
        let area = between(rng, config.scale.0, config.scale.1);
        let aspect = log_between(rng, config.aspect.0, config.aspect.1);
        let (across, down) = (rng.random::<f32>(), rng.random::<f32>());
        let brightness = jitter(rng, config.brightness);
        let contrast = jitter(rng, config.contrast);
        let saturation = jitter(rng, config.saturation);
        let gray = chance(rng, config.gray);
        let blur = chance(rng, config.blur);
        let sigma = between(rng, config.blur_sigma.0, config.blur_sigma.1);
        let erase = chance(rng, config.erase);
        // A stream of their own: what came later changes nothing of what older settings give.
        let later = &mut keyed_stream(key);
        later.set_stream(1);
        let occlude = chance(later, config.occlude);
        let downscale = chance(later, config.downscale);
        let part = between(later, config.downscale_least, 1.0);
        let jpeg = chance(later, config.jpeg);
        let quality = later.random_range(config.jpeg_quality.0..=config.jpeg_quality.1);

        let region = self.region(image, area, aspect, across, down)?;
        let mut view = if angle == 0.0 {
            resize_region(image, region, self.height, self.width)?
        } else {
            self.rotated(image, region, angle)?
        };
        if flip {
            pixels::flip(&mut view);
        }
        if occlude {
            let area = between(later, config.occlude_area.0, config.occlude_area.1);
            let aspect = log_between(later, config.erase_aspect.0, config.erase_aspect.1);
            damage::occlude(&mut view, area, aspect, later);
        }
        let saturation = if gray { 0.0 } else { saturation };
        pixels::adjust_colors(&mut view, brightness, contrast, saturation);
        if blur {
            pixels::blur(&mut view, sigma);
        }
        if downscale {
            view = damage::downscale(&view, part)?;
        }
        if jpeg {
            view = damage::compress(&view, quality)?;
        }
        if erase {
            let area = between(rng, config.erase_area.0, config.erase_area.1);
            let aspect = log_between(rng, config.erase_aspect.0, config.erase_aspect.1);
            pixels::erase(&mut view, area, aspect, rng);
        }
        Ok(view)
    }

    /// The part of the image that is seen: `area` of the largest box that has the proportions of the
    /// view, its proportions changed by `aspect`, and at least one pixel.
    fn region(
        &self,
        image: &RgbImage,
        area: f32,
        aspect: f32,
        across: f32,
        down: f32,
    ) -> Result<Region, DataError> {
        if image.is_empty() {
            return Err(DataError::Setting {
                setting: "image to augment",
                found: format!("{} x {}", image.width(), image.height()),
                expected: "at least one pixel",
            });
        }
        let (w, h) = (f64::from(image.width()), f64::from(image.height()));
        let proportions = f64::from(self.width) / f64::from(self.height);
        let (box_w, box_h) = if w / h > proportions {
            (h * proportions, h)
        } else {
            (w, w / proportions)
        };
        let (side, stretch) = (f64::from(area).sqrt(), f64::from(aspect).sqrt());
        // Less than a pixel shows nothing, and the resizer cannot stand it.
        let width = (box_w * side * stretch).clamp(1.0, w);
        let height = (box_h * side / stretch).clamp(1.0, h);
        Ok(Region {
            left: (w - width) * f64::from(across),
            top: (h - height) * f64::from(down),
            width,
            height,
        })
    }

    /// The region turned about its center, the edge of the image repeated outside of it.
    fn rotated(&self, image: &RgbImage, region: Region, angle: f32) -> Result<RgbImage, DataError> {
        let (sin, cos) = f64::from(angle).sin_cos();
        let (center_x, center_y) = (
            region.left + region.width / 2.0,
            region.top + region.height / 2.0,
        );
        // What the turned region covers is first shrunk with a filter as wide as that needs, then
        // turned at the scale of the view, where four neighbors are enough.
        let reach_x = (region.width * cos.abs() + region.height * sin.abs()) / 2.0;
        let reach_y = (region.height * cos.abs() + region.width * sin.abs()) / 2.0;
        let left = (center_x - reach_x).max(0.0);
        let top = (center_y - reach_y).max(0.0);
        let covered = Region {
            left,
            top,
            width: (center_x + reach_x).min(f64::from(image.width())) - left,
            height: (center_y + reach_y).min(f64::from(image.height())) - top,
        };
        let (scale_x, scale_y) = (
            f64::from(self.width) / region.width,
            f64::from(self.height) / region.height,
        );
        let patch_w = (covered.width * scale_x).round().max(1.0) as u32;
        let patch_h = (covered.height * scale_y).round().max(1.0) as u32;
        let patch = resize_region(image, covered, patch_h, patch_w)?;
        // Pixels of the view, relative to its center, to pixels of the patch.
        let (fit_x, fit_y) = (
            f64::from(patch_w) / covered.width,
            f64::from(patch_h) / covered.height,
        );
        let map = pixels::Affine {
            xx: (cos / scale_x * fit_x) as f32,
            xy: (-sin / scale_y * fit_x) as f32,
            x0: ((center_x - left) * fit_x) as f32,
            yx: (sin / scale_x * fit_y) as f32,
            yy: (cos / scale_y * fit_y) as f32,
            y0: ((center_y - top) * fit_y) as f32,
        };
        Ok(pixels::warp(&patch, &map, self.height, self.width))
    }
}

/// Keeps the random numbers of augmentation apart from those of other uses of the same seed.
const KEY: u64 = u64::from_le_bytes(*b"augment\0");

fn chance(rng: &mut ChaCha8Rng, probability: f32) -> bool {
    rng.random::<f32>() < probability
}

fn between(rng: &mut ChaCha8Rng, low: f32, high: f32) -> f32 {
    low + (high - low) * rng.random::<f32>()
}

/// Equally likely to enlarge and to shrink by the same factor.
fn log_between(rng: &mut ChaCha8Rng, low: f32, high: f32) -> f32 {
    if low == high {
        // No rounding where nothing is to change.
        let _ = rng.random::<f32>();
        return low;
    }
    between(rng, low.ln(), high.ln()).exp()
}

fn jitter(rng: &mut ChaCha8Rng, amount: f32) -> f32 {
    between(rng, 1.0 - amount, 1.0 + amount)
}

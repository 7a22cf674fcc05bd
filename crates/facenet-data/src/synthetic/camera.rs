use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{DynamicImage, ImageError, RgbImage};
use tiny_skia::Pixmap;

use super::light::tint;
use super::photograph::Photograph;
use super::random::{Dice, Purpose};
use crate::DataError;

/// What a camera makes of a scene: exposure, white balance, blur, noise and compression.
pub(super) fn expose(scene: &Pixmap, shot: &Photograph) -> Result<RgbImage, DataError> {
    let mut image = RgbImage::new(scene.width(), scene.height());
    // The camera's automatic white balance takes back half of what the light did.
    let gains = tint(-0.5 * shot.light.warmth).map(|t| t * shot.exposure);
    for (out, rgba) in image.pixels_mut().zip(scene.data().chunks_exact(4)) {
        for ((out, value), gain) in out.0.iter_mut().zip(rgba).zip(gains) {
            *out = shoulder(f32::from(*value) / 255.0 * gain);
        }
    }
    let sigma = shot.blur / 1000.0 * image.height() as f32;
    if sigma > 0.2 {
        image = image::imageops::fast_blur(&image, sigma);
    }
    if shot.noise > 0.0 {
        let mut dice = Dice::new(shot.grain, Purpose::Noise, 0, 0);
        for channel in image.iter_mut() {
            *channel = (f32::from(*channel) + shot.noise * dice.normal()).round() as u8;
        }
    }
    compress(image, shot.jpeg_quality).map_err(|error| DataError::Image {
        origin: "synthetic face".into(),
        problem: error.to_string(),
        expected: "an image that JPEG can hold".into(),
    })
}

/// A channel as a byte; near white the response flattens instead of clipping.
fn shoulder(value: f32) -> u8 {
    const KNEE: f32 = 0.8;
    let value = if value > KNEE {
        let over = (value - KNEE) / (1.0 - KNEE);
        KNEE + (1.0 - KNEE) * over / (1.0 + 0.6 * over)
    } else {
        value
    };
    (value * 255.0).round() as u8
}

fn compress(image: RgbImage, quality: u8) -> Result<RgbImage, ImageError> {
    let mut bytes = Vec::with_capacity(image.len() / 4);
    JpegEncoder::new_with_quality(&mut bytes, quality.clamp(1, 100)).encode_image(&image)?;
    let decoder = JpegDecoder::new(std::io::Cursor::new(bytes))?;
    Ok(DynamicImage::from_decoder(decoder)?.into_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_response_rises_and_never_wraps() {
        let mut last = 0;
        for i in 0..=1000 {
            let now = shoulder(i as f32 / 250.0);
            assert!(now >= last);
            last = now;
        }
        assert!(last > 240);
    }

    #[test]
    fn low_quality_loses_more() {
        let image = RgbImage::from_fn(64, 64, |x, y| {
            image::Rgb([(x * 4) as u8, (y * 4) as u8, 90])
        });
        let loss = |quality| {
            let back = compress(image.clone(), quality).unwrap();
            image
                .iter()
                .zip(back.iter())
                .map(|(a, b)| u32::from(a.abs_diff(*b)))
                .sum::<u32>()
        };
        assert!(loss(20) > loss(95));
    }
}

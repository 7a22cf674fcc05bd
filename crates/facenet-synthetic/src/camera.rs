use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::{DynamicImage, ImageError, RgbImage};

use super::color::channel;
use super::light::Exposed;
use super::photograph::{Camera, Photograph};
use super::random::{Dice, Purpose};
use facenet_data::DataError;

/// Largest share of its weight that a blurred pixel gives to each neighbor in one pass.
const PASS: f32 = 0.25;

/// Turns exposed light into the picture that the camera stores.
///
/// `scale` is the number of pixels in half a head.
pub(super) fn take(
    mut exposed: Exposed,
    width: u32,
    height: u32,
    scale: f32,
    photograph: &Photograph,
) -> Result<RgbImage, DataError> {
    let camera = &photograph.camera;
    blur(&mut exposed, width as usize, camera.blur / 100.0 * scale);
    develop(&mut exposed, camera);
    if camera.noise > 0.0 {
        add_noise(&mut exposed, camera.noise, photograph.noise_key);
    }
    let bytes = exposed
        .iter()
        .flat_map(|pixel| pixel.map(channel))
        .collect();
    let picture = RgbImage::from_raw(width, height, bytes)
        .ok_or_else(|| failed(photograph, "its pixels do not fill it".to_string()))?;
    match camera.jpeg_quality {
        None => Ok(picture),
        Some(quality) => {
            compressed(&picture, quality).map_err(|error| failed(photograph, error.to_string()))
        }
    }
}

fn failed(photograph: &Photograph, problem: String) -> DataError {
    let [_, identity, number] = photograph.noise_key;
    DataError::Image {
        origin: format!("synthetic identity {identity}, photograph {number}"),
        problem,
        expected: "a picture that JPEG can hold".to_string(),
    }
}

/// A Gaussian blur of deviation `sigma` pixels as repeated three-point averages, each of which adds
/// a variance of twice the share that it moves to a neighbor.
fn blur(exposed: &mut [[f32; 3]], width: usize, sigma: f32) {
    let variance = sigma * sigma;
    let passes = (variance / (2.0 * PASS)).ceil() as usize;
    if passes == 0 || width == 0 {
        return;
    }
    let share = variance / (2.0 * passes as f32);
    let average = |here: &mut f32, before: f32, after: f32| {
        *here += share * (before + after - 2.0 * *here);
    };
    let channels = 3 * width;
    // A row between two copies of its ends, then the row above the present one.
    let mut framed = vec![[0.0; 3]; width + 2];
    let mut above = vec![0.0; channels];
    for _ in 0..passes {
        for row in exposed.chunks_exact_mut(width) {
            framed[0] = row[0];
            framed[1..=width].copy_from_slice(row);
            framed[width + 1] = row[width - 1];
            let (before, after) = (framed.as_flattened(), framed[2..].as_flattened());
            let row = row.as_flattened_mut();
            for ((here, &before), &after) in row.iter_mut().zip(before).zip(after) {
                average(here, before, after);
            }
        }
        let mut rest = exposed.as_flattened_mut();
        above.copy_from_slice(&rest[..channels]);
        while let Some((row, below)) = rest.split_at_mut_checked(channels) {
            for (i, (here, above)) in row.iter_mut().zip(&mut above).enumerate() {
                let before = std::mem::replace(above, *here);
                // The last row is its own neighbor.
                let after = below.get(i).copied().unwrap_or(*here);
                average(here, before, after);
            }
            rest = below;
        }
    }
}

/// Contrast, saturation, and a soft shoulder so that bright skin keeps its shape.
fn develop(exposed: &mut [[f32; 3]], camera: &Camera) {
    for pixel in exposed {
        let [r, g, b] = *pixel;
        let gray = 0.299 * r + 0.587 * g + 0.114 * b;
        *pixel = pixel.map(|c| {
            let c = gray + (c - gray) * camera.saturation;
            let c = 0.5 + (c - 0.5) * camera.contrast;
            if c > 0.75 {
                0.75 + (c - 0.75) / (1.0 + 2.0 * (c - 0.75))
            } else {
                c
            }
        });
    }
}

fn add_noise(exposed: &mut [[f32; 3]], deviation: f32, [seed, identity, photograph]: [u64; 3]) {
    let mut dice = Dice::new(seed, Purpose::Noise, identity, photograph);
    for pixel in exposed {
        let common = dice.normal();
        for c in pixel {
            *c += deviation * (0.8 * common + 0.6 * dice.normal());
        }
    }
}

fn compressed(picture: &RgbImage, quality: u8) -> Result<RgbImage, ImageError> {
    let mut bytes = Vec::with_capacity(picture.as_raw().len() / 4);
    picture.write_with_encoder(JpegEncoder::new_with_quality(
        &mut bytes,
        quality.clamp(1, 100),
    ))?;
    Ok(DynamicImage::from_decoder(JpegDecoder::new(Cursor::new(bytes))?)?.into_rgb8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_spreads_a_point_by_its_variance_and_keeps_its_light() {
        let (width, height) = (31, 31);
        let mut picture = vec![[0.0; 3]; width * height];
        picture[15 * width + 15] = [1.0, 2.0, 0.5];
        blur(&mut picture, width, 1.7);
        let (mut light, mut across, mut down) = (0.0, 0.0, 0.0);
        for (i, pixel) in picture.iter().enumerate() {
            let (x, y) = ((i % width) as f32 - 15.0, (i / width) as f32 - 15.0);
            light += pixel[1];
            across += pixel[1] * x * x;
            down += pixel[1] * y * y;
        }
        assert!((light - 2.0).abs() < 1e-4);
        assert!((across / 2.0 - 1.7 * 1.7).abs() < 1e-3, "{across}");
        assert!((down / 2.0 - 1.7 * 1.7).abs() < 1e-3, "{down}");
    }

    #[test]
    fn blur_leaves_a_flat_picture_and_sigma_zero_alone() {
        let flat = vec![[0.25, 0.5, 0.75]; 12];
        let mut blurred = flat.clone();
        blur(&mut blurred, 4, 2.0);
        assert!(
            blurred
                .iter()
                .flatten()
                .zip(flat.iter().flatten())
                .all(|(a, b)| (a - b).abs() < 1e-5)
        );
        let mut picture = vec![[0.1, 0.9, 0.3], [0.7, 0.2, 0.4]];
        let same = picture.clone();
        blur(&mut picture, 2, 0.0);
        assert_eq!(picture, same);
    }
}

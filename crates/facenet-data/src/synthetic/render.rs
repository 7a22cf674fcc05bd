use image::RgbImage;
use tiny_skia::{Pixmap, PixmapPaint, Transform};

use super::camera;
use super::canvas::Canvas;
use super::identity::Identity;
use super::light::light_person;
use super::parts;
use super::photograph::Photograph;
use super::view::View;
use crate::DataError;

/// Heights and widths that can be rendered: below, no feature of a face is a pixel.
const SIZES: std::ops::RangeInclusive<u32> = 8..=2048;

/// Draws a photograph of a person, `height` × `width` pixels.
///
/// The person is drawn without light, front to back of the head in painter's order; the light is
/// put on it by the slopes of the face; then the camera adds blur, noise and compression. The
/// result depends on nothing but the arguments.
///
/// # Errors
/// [`DataError::Setting`] if a side is not in 8..=2048, [`DataError::Image`] if the JPEG codec
/// refuses the image.
///
/// ```
/// use facenet_data::synthetic::{Identity, Photograph, render};
///
/// let person = Identity::sample(7, 0);
/// let mut photograph = Photograph::neutral();
/// photograph.pose.yaw = 0.3;
/// assert_eq!(render(&person, &photograph, 70, 58)?.dimensions(), (58, 70));
/// # Ok::<(), facenet_data::DataError>(())
/// ```
pub fn render(
    who: &Identity,
    shot: &Photograph,
    height: u32,
    width: u32,
) -> Result<RgbImage, DataError> {
    check_size("height", height)?;
    check_size("width", width)?;
    let layer = || Pixmap::new(width, height).ok_or_else(|| bad_size("size", width));
    let view = View::new(&shot.pose, height, width);

    let mut canvas = Canvas::new(layer()?, view);
    parts::person(&mut canvas, who, shot);
    let mut person = canvas.pixmap;
    light_person(&mut person, &view, who, shot);

    let mut canvas = Canvas::new(layer()?, view);
    parts::background(&mut canvas, shot);
    let mut scene = canvas.pixmap;
    let paint = PixmapPaint::default();
    scene.draw_pixmap(0, 0, person.as_ref(), &paint, Transform::identity(), None);

    camera::expose(&scene, shot)
}

pub(super) fn check_size(setting: &'static str, size: u32) -> Result<(), DataError> {
    if SIZES.contains(&size) {
        Ok(())
    } else {
        Err(bad_size(setting, size))
    }
}

fn bad_size(setting: &'static str, size: u32) -> DataError {
    DataError::Setting {
        setting,
        found: format!("{size} pixels"),
        expected: "8 to 2048 pixels",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_size_is_rendered(
            height in 16_u32..=256,
            width in 16_u32..=256,
            seed: u64,
            number: u64,
            photograph: u64,
        ) {
            let who = Identity::sample(seed, number);
            let shot = Photograph::sample(seed, number, photograph);
            let image = render(&who, &shot, height, width).unwrap();
            prop_assert_eq!(image.dimensions(), (width, height));
        }
    }

    #[test]
    fn sizes_outside_the_range_are_refused() {
        let (who, shot) = (Identity::sample(0, 0), Photograph::neutral());
        for (height, width) in [(0, 58), (70, 0), (7, 58), (70, 2049)] {
            let error = render(&who, &shot, height, width).unwrap_err().to_string();
            assert!(error.contains("expected 8 to 2048 pixels"), "{error}");
        }
    }

    #[test]
    fn the_same_arguments_give_the_same_bytes() {
        let (who, shot) = (Identity::sample(1, 2), Photograph::sample(1, 2, 3));
        assert_eq!(
            render(&who, &shot, 70, 58).unwrap(),
            render(&who, &shot, 70, 58).unwrap()
        );
    }

    /// In one and the same photograph, any two of a hundred people differ visibly.
    #[test]
    fn identities_look_different() {
        let shot = Photograph::neutral();
        let faces: Vec<_> = (0..100)
            .map(|n| render(&Identity::sample(1, n), &shot, 70, 58).unwrap())
            .collect();
        for (i, a) in faces.iter().enumerate() {
            for (j, b) in faces.iter().enumerate().skip(i + 1) {
                let difference = mean_difference(a, b);
                assert!(
                    difference > 4.0,
                    "identities {i} and {j}: {difference} grey levels"
                );
            }
        }
    }

    /// What the photograph says shows: turning, light and smile each change the image.
    #[test]
    fn conditions_show() {
        let who = Identity::sample(1, 3);
        let neutral = Photograph::neutral();
        let still = render(&who, &neutral, 70, 58).unwrap();
        let changes: [fn(&mut Photograph); 6] = [
            |p| p.pose.yaw = 0.3,
            |p| p.light.azimuth = 1.2,
            |p| p.expression.mouth_open = 0.8,
            |p| p.occlusion = Some(crate::synthetic::Occlusion::Scarf),
            |p| p.blur = 12.0,
            |p| p.noise = 5.0,
        ];
        for (i, change) in changes.into_iter().enumerate() {
            let mut shot = neutral.clone();
            change(&mut shot);
            let difference = mean_difference(&still, &render(&who, &shot, 70, 58).unwrap());
            assert!(difference > 0.5, "change {i}: {difference} grey levels");
        }
    }

    fn mean_difference(a: &RgbImage, b: &RgbImage) -> f64 {
        let sum: u64 = a
            .iter()
            .zip(b.iter())
            .map(|(x, y)| u64::from(x.abs_diff(*y)))
            .sum();
        sum as f64 / a.len() as f64
    }
}

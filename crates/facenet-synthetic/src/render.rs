use image::RgbImage;
use tiny_skia::Pixmap;

use super::camera;
use super::canvas::Canvas;
use super::identity::Identity;
use super::light;
use super::parts::occlude;
use super::photograph::{Occlusion, Photograph};
use super::relief::Relief;
use super::view::View;
use facenet_data::DataError;

/// Smallest and largest side of a picture.
pub(super) const SIDES: std::ops::RangeInclusive<u32> = 16..=2048;

/// Renders one photograph of a person, `height` × `width` pixels.
///
/// The picture is a pure function of its arguments: its noise comes from the key of the photograph,
/// and up to the JPEG codec it uses no arithmetic that differs between platforms.
///
/// # Errors
/// A side is outside 16..=2048 pixels.
pub fn render(
    person: &Identity,
    photograph: &Photograph,
    height: u32,
    width: u32,
) -> Result<RgbImage, DataError> {
    check_side("height", height)?;
    check_side("width", width)?;
    let layer = || {
        Pixmap::new(width, height).ok_or_else(|| DataError::Setting {
            setting: "height, width",
            found: format!("{height}, {width}"),
            expected: "a size that fits into memory",
        })
    };
    let view = View::new(&photograph.pose, height, width);
    let mut scene = Canvas::new(layer()?, view);
    photograph.background.draw(&mut scene);
    let mut head = Canvas::new(layer()?, view);
    person.hair.draw_back(&mut head, person);
    person.head.draw_neck(&mut head, person);
    photograph.clothes.draw(&mut head);
    draw_head(&mut head, person, photograph);
    let relief = Relief::new(person);
    let exposed = light::expose(
        &scene.pixmap,
        &head.pixmap,
        &view,
        &relief,
        &photograph.light,
    );
    camera::take(exposed, width, height, view.scale, photograph)
}

fn draw_head(canvas: &mut Canvas, person: &Identity, photograph: &Photograph) {
    person.ears.draw(canvas, person, false);
    person.head.draw(canvas, person, photograph);
    person.ears.draw(canvas, person, true);
    person.eyes.draw(canvas, person, photograph);
    person.marks.draw(canvas, person);
    person.mouth.draw(canvas, person, photograph);
    person.beard.draw(canvas, person, photograph);
    person.nose.draw(canvas, person, photograph);
    person.brows.draw(canvas, person, photograph);
    person.hair.draw_front(canvas, person);
    let dark = photograph.occlusion == Occlusion::Sunglasses;
    if let Some(glasses) = person.glasses.filter(|_| photograph.glasses && !dark) {
        glasses.draw(canvas, person);
    }
    occlude(canvas, person, photograph);
}

/// Checks one side of a picture.
pub(super) fn check_side(setting: &'static str, side: u32) -> Result<(), DataError> {
    if SIDES.contains(&side) {
        return Ok(());
    }
    let expected = "16..=2048 pixels";
    Err(DataError::Setting {
        setting,
        found: side.to_string(),
        expected,
    })
}

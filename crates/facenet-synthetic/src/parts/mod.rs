//! The parts of a picture: what each looks like, and how it is drawn.

mod backdrop;
mod beard;
mod brows;
mod build;
mod clothes;
mod ears;
mod eyes;
mod glasses;
mod hair;
mod head;
mod marks;
mod mouth;
mod nose;
mod occluders;
mod skin;

pub(super) use backdrop::Background;
pub(super) use beard::Beard;
pub(super) use brows::Brows;
pub(super) use build::Build;
pub(super) use clothes::Clothes;
pub(super) use ears::Ears;
pub(super) use eyes::Eyes;
pub(super) use glasses::Glasses;
pub(super) use hair::Hair;
pub(super) use head::Head;
pub(super) use marks::Marks;
pub(super) use mouth::Mouth;
pub(super) use nose::Nose;
pub(super) use occluders::occlude;
pub(super) use skin::Skin;

/// Left and right, as seen in the image.
const SIDES: [f32; 2] = [-1.0, 1.0];

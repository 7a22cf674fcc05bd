use image::RgbImage;

use super::{DuplicateGroup, Inspection};
use crate::{ContactSheet, DataError, FaceDataset, group_color, resize};

/// Pixels each way of a face on the sheet.
const SIDE: u32 = 96;
/// Faces of a group that are shown.
const FACES: usize = 8;
/// The strip of a group with several identities: something is wrong.
const ACROSS: [u8; 3] = [200, 30, 30];
/// The strip of a group with one.
const WITHIN: [u8; 3] = [150, 150, 150];

impl Inspection {
    /// A contact sheet of the duplicates, one row for each of the first `rows` groups: first those
    /// across identities, with a red strip, then those within one, with a gray strip. Each border has
    /// the color of the image's identity; of a large group the first eight images are shown.
    ///
    /// `data` is the data set that was inspected.
    ///
    /// # Errors
    /// That of an image that can no longer be read.
    pub fn sheet(&self, data: &dyn FaceDataset, rows: usize) -> Result<ContactSheet, DataError> {
        let strip = |color: [u8; 3]| move |group| (group, color);
        let across = self.exact.across.iter().chain(&self.near.across);
        let within = self.exact.within.iter().chain(&self.near.within);
        let groups = across.map(strip(ACROSS)).chain(within.map(strip(WITHIN)));
        let mut sheet = ContactSheet::new(SIDE, SIDE);
        for (DuplicateGroup { images, .. }, color) in groups.take(rows) {
            let faces = images
                .iter()
                .take(FACES)
                .map(|&index| {
                    let image = data.image(index)?;
                    // The sheet's own filter is slow on large images.
                    let face = match image.width().max(image.height()) > 4 * SIDE {
                        true => shrunk(&image)?,
                        false => image,
                    };
                    let label = data.labels().get(index).copied();
                    Ok((face, label.map(group_color)))
                })
                .collect::<Result<Vec<_>, DataError>>()?;
            sheet.row(
                Some(color),
                faces.iter().map(|(face, border)| (face, *border)),
            );
        }
        Ok(sheet)
    }
}

/// An image that is as large as the sheet needs it, its proportions kept.
fn shrunk(image: &RgbImage) -> Result<RgbImage, DataError> {
    let longest = u64::from(image.width().max(image.height()));
    let less = |length: u32| (u64::from(length) * u64::from(SIDE) / longest).max(1) as u32;
    resize(image, less(image.height()), less(image.width()))
}

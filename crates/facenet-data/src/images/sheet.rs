use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

/// Pixels between two cells.
const GAP: u32 = 3;
/// Thickness of a cell's border.
const BORDER: u32 = 4;
/// Width of the strip at the left of a row.
const STRIP: u32 = 10;
const PAPER: Rgb<u8> = Rgb([250, 250, 248]);

/// A contact sheet: rows of faces, the border of each face in the color of its group.
///
/// With one row for each cluster and one color for each true identity, a row of a single color is
/// a pure cluster.
///
/// ```
/// use facenet_data::{ContactSheet, group_color};
/// use image::RgbImage;
///
/// let face = RgbImage::new(58, 70);
/// let mut sheet = ContactSheet::new(70, 58);
/// sheet.row(None, [(&face, Some(group_color(0))), (&face, Some(group_color(1)))]);
/// sheet.row(Some(group_color(2)), [(&face, None)]);
/// // The strip at the left of a row takes 13 pixels in every row.
/// assert_eq!(sheet.draw().dimensions(), (13 + 2 * 69 + 3, 2 * 81 + 3));
/// ```
#[derive(Debug, Clone)]
pub struct ContactSheet {
    height: u32,
    width: u32,
    rows: Vec<Row>,
}

#[derive(Debug, Clone)]
struct Row {
    strip: Option<Rgb<u8>>,
    faces: Vec<(RgbImage, Option<Rgb<u8>>)>,
}

impl ContactSheet {
    /// An empty sheet, each face scaled to fit into `height` × `width` pixels.
    pub fn new(height: u32, width: u32) -> Self {
        Self {
            height: height.max(1),
            width: width.max(1),
            rows: Vec::new(),
        }
    }

    /// Adds a row: the color of the strip at its left, then each face with the color of its border.
    ///
    /// Faces keep their proportions.
    pub fn row<'a>(
        &mut self,
        strip: Option<[u8; 3]>,
        faces: impl IntoIterator<Item = (&'a RgbImage, Option<[u8; 3]>)>,
    ) -> &mut Self {
        let faces = faces
            .into_iter()
            .map(|(face, border)| (self.fitted(face), border.map(Rgb)))
            .collect();
        self.rows.push(Row {
            strip: strip.map(Rgb),
            faces,
        });
        self
    }

    /// Draws the sheet; 1 × 1 pixel where it is empty.
    pub fn draw(&self) -> RgbImage {
        let columns = self
            .rows
            .iter()
            .map(|row| row.faces.len())
            .max()
            .unwrap_or(0) as u32;
        let strip = if self.rows.iter().any(|row| row.strip.is_some()) {
            STRIP + GAP
        } else {
            0
        };
        let (cell_height, cell_width) = (
            self.height + 2 * BORDER + GAP,
            self.width + 2 * BORDER + GAP,
        );
        let width = (strip + columns * cell_width + GAP).max(1);
        let height = self.rows.len() as u32 * cell_height + GAP;
        if self.rows.is_empty() {
            return RgbImage::from_pixel(1, 1, PAPER);
        }
        let mut sheet = RgbImage::from_pixel(width, height, PAPER);
        for (row, top) in self.rows.iter().zip((0..).map(|r| GAP + r * cell_height)) {
            if let Some(color) = row.strip {
                fill(&mut sheet, [GAP, top], [STRIP, cell_height - GAP], color);
            }
            for ((face, border), column) in row.faces.iter().zip(0..) {
                let left = strip + GAP + column * cell_width;
                if let Some(color) = *border {
                    fill(
                        &mut sheet,
                        [left, top],
                        [cell_width - GAP, cell_height - GAP],
                        color,
                    );
                }
                let x = left + BORDER + (self.width - face.width()) / 2;
                let y = top + BORDER + (self.height - face.height()) / 2;
                imageops::replace(&mut sheet, face, x.into(), y.into());
            }
        }
        sheet
    }

    fn fitted(&self, face: &RgbImage) -> RgbImage {
        let (width, height) = (face.width().max(1), face.height().max(1));
        if (width, height) == (self.width, self.height) {
            return face.clone();
        }
        // The largest size of these proportions that fits, rounded to nearest.
        let by_width =
            (u64::from(self.width) * u64::from(height) * 2).div_ceil(u64::from(width) * 2);
        let (w, h) = if by_width <= u64::from(self.height) {
            (self.width, by_width as u32)
        } else {
            let by_height = u64::from(self.height) * u64::from(width) / u64::from(height);
            (by_height as u32, self.height)
        };
        imageops::resize(face, w.max(1), h.max(1), FilterType::Triangle)
    }
}

fn fill(sheet: &mut RgbImage, [left, top]: [u32; 2], [width, height]: [u32; 2], color: Rgb<u8>) {
    for y in top..(top + height).min(sheet.height()) {
        for x in left..(left + width).min(sheet.width()) {
            sheet.put_pixel(x, y, color);
        }
    }
}

/// A color for group `number`, far from those of the groups before it.
///
/// The hue advances by the golden section, which spreads any number of groups evenly; lightness
/// alternates, because more than a dozen hues are hard to tell.
pub fn group_color(number: u32) -> [u8; 3] {
    // 0x9E37_79B9 is 2³² divided by the golden ratio.
    let hue = number.wrapping_mul(0x9E37_79B9) as f32 / 4_294_967_296.0 * 6.0;
    let (saturation, value) = match number % 3 {
        0 => (0.85, 0.9),
        1 => (0.9, 0.6),
        _ => (0.5, 0.95),
    };
    [5.0, 3.0, 1.0].map(|n: f32| {
        let k = (n + hue) % 6.0;
        let channel = value * (1.0 - saturation * k.min(4.0 - k).clamp(0.0, 1.0));
        (channel * 255.0 + 0.5) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_stands_inside_its_border_and_the_strip_at_the_left() {
        let face = RgbImage::from_pixel(4, 6, Rgb([9, 9, 9]));
        let mut sheet = ContactSheet::new(6, 4);
        sheet.row(Some([1, 2, 3]), [(&face, Some([200, 0, 0])), (&face, None)]);
        let drawn = sheet.draw();
        let left = STRIP + GAP + GAP;
        assert_eq!(drawn.get_pixel(GAP, GAP).0, [1, 2, 3]);
        assert_eq!(drawn.get_pixel(left, GAP).0, [200, 0, 0]);
        assert_eq!(drawn.get_pixel(left + BORDER, GAP + BORDER).0, [9, 9, 9]);
        assert_eq!(
            drawn.get_pixel(left + BORDER + 3, GAP + BORDER + 5).0,
            [9, 9, 9]
        );
        assert_eq!(
            drawn.get_pixel(left + BORDER + 4, GAP + BORDER).0,
            [200, 0, 0]
        );
        // The second face has no border.
        assert_eq!(*drawn.get_pixel(left + 4 + 2 * BORDER + GAP, GAP), PAPER);
    }

    #[test]
    fn faces_of_any_shape_fit_their_cell_and_keep_their_proportions() {
        let sheet = ContactSheet::new(70, 58);
        for (width, height, fitted) in [
            (250, 250, (58, 58)),
            (92, 112, (57, 70)),
            (1000, 1, (58, 1)),
            (1, 900, (1, 70)),
            (58, 70, (58, 70)),
        ] {
            assert_eq!(
                sheet.fitted(&RgbImage::new(width, height)).dimensions(),
                fitted
            );
        }
    }

    #[test]
    fn an_empty_sheet_and_an_empty_row_are_drawn() {
        assert_eq!(ContactSheet::new(10, 10).draw().dimensions(), (1, 1));
        let mut sheet = ContactSheet::new(10, 10);
        sheet.row(None, []);
        assert_eq!(sheet.draw().dimensions(), (GAP, 10 + 2 * BORDER + 2 * GAP));
    }

    #[test]
    fn neighboring_groups_differ_in_color() {
        let colors: Vec<[u8; 3]> = (0..60).map(group_color).collect();
        let apart = |a: [u8; 3], b: [u8; 3]| {
            a.iter()
                .zip(b)
                .map(|(x, y)| x.abs_diff(y) as u32)
                .sum::<u32>()
        };
        for pair in colors.windows(2) {
            assert!(apart(pair[0], pair[1]) > 80, "{pair:?}");
        }
        for (i, a) in colors.iter().enumerate() {
            assert!(colors[i + 1..].iter().all(|b| a != b));
        }
    }
}

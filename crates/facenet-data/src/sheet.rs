//! Contact sheets: rows of faces in one image, to look at a data set or at clusters.

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};

use crate::DataError;

/// One face on a sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The face; it is resized to the cells of the sheet.
    pub image: RgbImage,
    /// Colour of the border, if it has one.
    pub border: Option<Rgb<u8>>,
}

impl Cell {
    /// A face without a border.
    pub fn new(image: RgbImage) -> Self {
        Self {
            image,
            border: None,
        }
    }

    /// A face whose border tells its identity, by [`label_colour`].
    pub fn with_label(image: RgbImage, label: u32) -> Self {
        Self {
            image,
            border: Some(label_colour(label)),
        }
    }
}

/// Settings of a contact sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetConfig {
    /// Height of a face in pixels.
    pub height: u32,
    /// Width of a face in pixels.
    pub width: u32,
    /// Thickness of the borders in pixels. Default: 3.
    pub border: u32,
    /// Distance between cells, and to the edge of the sheet, in pixels. Default: 2.
    pub gap: u32,
    /// Colour of the paper. Default: white.
    pub paper: Rgb<u8>,
}

impl SheetConfig {
    /// Faces of `height` × `width` pixels.
    pub fn new(height: u32, width: u32) -> Self {
        Self {
            height,
            width,
            border: 3,
            gap: 2,
            paper: Rgb([255; 3]),
        }
    }

    /// Sets the thickness of the borders in pixels.
    pub fn with_border(mut self, border: u32) -> Self {
        self.border = border;
        self
    }

    /// Sets the distance between cells in pixels.
    pub fn with_gap(mut self, gap: u32) -> Self {
        self.gap = gap;
        self
    }

    /// Sets the colour of the paper.
    pub fn with_paper(mut self, paper: Rgb<u8>) -> Self {
        self.paper = paper;
        self
    }

    /// Lays out rows of faces, which may differ in length, from the top left.
    ///
    /// If any cell has a border, room for one is left around all. Without a single face the sheet
    /// is one empty cell.
    ///
    /// # Errors
    /// [`DataError::Setting`] if a side of a face is 0, or a side of the sheet is over 65535 pixels.
    ///
    /// ```
    /// use facenet_data::sheet::{Cell, SheetConfig};
    /// use image::RgbImage;
    ///
    /// let face = RgbImage::new(58, 70);
    /// let clusters = [
    ///     vec![Cell::with_label(face.clone(), 0), Cell::with_label(face.clone(), 0)],
    ///     vec![Cell::with_label(face, 1)],
    /// ];
    /// let sheet = SheetConfig::new(70, 58).with_border(3).with_gap(2).compose(&clusters)?;
    /// assert_eq!(sheet.dimensions(), (2 + 2 * (58 + 6 + 2), 2 + 2 * (70 + 6 + 2)));
    /// # Ok::<(), facenet_data::DataError>(())
    /// ```
    pub fn compose(&self, rows: &[Vec<Cell>]) -> Result<RgbImage, DataError> {
        for (setting, side) in [("height", self.height), ("width", self.width)] {
            if side == 0 {
                let found = "0 pixels".into();
                return Err(DataError::Setting {
                    setting,
                    found,
                    expected: "at least 1 pixel",
                });
            }
        }
        let bordered = rows.iter().flatten().any(|cell| cell.border.is_some());
        let border = if bordered { self.border } else { 0 };
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let step_x = self.step(self.width, border);
        let step_y = self.step(self.height, border);
        let width = self.extent("columns of the sheet", columns, step_x)?;
        let height = self.extent("rows of the sheet", rows.len(), step_y)?;

        let mut sheet = RgbImage::from_pixel(width, height, self.paper);
        let (gap, border) = (i64::from(self.gap), i64::from(border));
        for (row, y) in rows.iter().zip((0_i64..).map(|i| gap + i * step_y as i64)) {
            for (cell, x) in row.iter().zip((0_i64..).map(|i| gap + i * step_x as i64)) {
                if let Some(colour) = cell.border {
                    let thick = 2 * border as u32;
                    let frame =
                        RgbImage::from_pixel(self.width + thick, self.height + thick, colour);
                    imageops::replace(&mut sheet, &frame, x, y);
                }
                imageops::replace(
                    &mut sheet,
                    &self.fitted(&cell.image),
                    x + border,
                    y + border,
                );
            }
        }
        Ok(sheet)
    }

    /// From one cell to the next.
    fn step(&self, side: u32, border: u32) -> u64 {
        u64::from(side) + 2 * u64::from(border) + u64::from(self.gap)
    }

    fn extent(&self, setting: &'static str, cells: usize, step: u64) -> Result<u32, DataError> {
        (cells.max(1) as u64)
            .checked_mul(step)
            .and_then(|n| u16::try_from(n + u64::from(self.gap)).ok())
            .map(u32::from)
            .ok_or_else(|| DataError::Setting {
                setting,
                found: format!("{cells} cells of {step} pixels"),
                expected: "at most 65535 pixels in all",
            })
    }

    fn fitted(&self, image: &RgbImage) -> RgbImage {
        if image.dimensions() == (self.width, self.height) || image.is_empty() {
            return image.clone();
        }
        imageops::resize(image, self.width, self.height, FilterType::Triangle)
    }
}

/// A colour for each label; labels near each other get colours far apart.
///
/// Hues step by the golden ratio, which keeps any number of them spread; lightness alternates, as
/// hue alone tells about a dozen colours apart.
pub fn label_colour(label: u32) -> Rgb<u8> {
    let hue = (f64::from(label) * 0.618_033_988_749_895).fract();
    let value = [0.95, 0.65, 0.8][label as usize % 3];
    Rgb([5.0, 3.0, 1.0].map(|n: f64| {
        let k = (n + 6.0 * hue) % 6.0;
        (255.0 * value * (1.0 - 0.85 * k.min(4.0 - k).clamp(0.0, 1.0))).round() as u8
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(level: u8) -> RgbImage {
        RgbImage::from_pixel(4, 6, Rgb([level; 3]))
    }

    #[test]
    fn faces_lie_in_their_cells() {
        let rows = [
            vec![Cell::new(grey(10)), Cell::new(grey(20))],
            vec![Cell::new(grey(30))],
        ];
        let sheet = SheetConfig::new(6, 4).with_gap(1).compose(&rows).unwrap();
        assert_eq!(sheet.dimensions(), (11, 15));
        for (x, y, level) in [
            (1, 1, 10),
            (4, 6, 10),
            (6, 1, 20),
            (1, 8, 30),
            (5, 1, 255),
            (6, 8, 255),
        ] {
            assert_eq!(sheet.get_pixel(x, y).0, [level; 3], "at ({x}, {y})");
        }
    }

    #[test]
    fn borders_surround_faces() {
        let red = Rgb([255, 0, 0]);
        let rows = [vec![
            Cell {
                image: grey(10),
                border: Some(red),
            },
            Cell::new(grey(20)),
        ]];
        let sheet = SheetConfig::new(6, 4)
            .with_gap(0)
            .with_border(2)
            .compose(&rows)
            .unwrap();
        assert_eq!(sheet.dimensions(), (16, 10));
        assert_eq!(*sheet.get_pixel(0, 0), red);
        assert_eq!(*sheet.get_pixel(7, 9), red);
        assert_eq!(sheet.get_pixel(2, 2).0, [10; 3]);
        assert_eq!(sheet.get_pixel(8, 0).0, [255; 3]);
        assert_eq!(sheet.get_pixel(10, 2).0, [20; 3]);
    }

    #[test]
    fn other_sizes_are_resized() {
        let cell = Cell::new(RgbImage::from_pixel(30, 30, Rgb([77; 3])));
        let sheet = SheetConfig::new(6, 4)
            .with_gap(0)
            .compose(&[vec![cell]])
            .unwrap();
        assert_eq!(sheet.dimensions(), (4, 6));
        assert!(sheet.pixels().all(|p| p.0 == [77; 3]));
    }

    #[test]
    fn emptiness_is_a_value() {
        let empty = Cell::new(RgbImage::new(0, 0));
        for rows in [vec![], vec![vec![]], vec![vec![empty]]] {
            let sheet = SheetConfig::new(6, 4).compose(&rows).unwrap();
            assert!(sheet.pixels().all(|p| p.0 == [255; 3]));
        }
    }

    #[test]
    fn impossible_sheets_are_refused() {
        let rows = [vec![Cell::new(grey(1)); 300]];
        let error = SheetConfig::new(300, 300)
            .compose(&rows)
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("columns of the sheet: 300 cells of 302 pixels"),
            "{error}"
        );
        let error = SheetConfig::new(0, 4).compose(&[]).unwrap_err().to_string();
        assert_eq!(error, "height: 0 pixels; expected at least 1 pixel");
        let huge = SheetConfig::new(u32::MAX, u32::MAX)
            .with_gap(u32::MAX)
            .with_border(u32::MAX);
        assert!(huge.compose(&[]).is_err());
    }

    #[test]
    fn neighbouring_labels_differ_in_colour() {
        for label in 0..200_u32 {
            for other in label + 1..label + 6 {
                let (a, b) = (label_colour(label).0, label_colour(other).0);
                let difference: u32 = a.iter().zip(b).map(|(x, y)| u32::from(x.abs_diff(y))).sum();
                assert!(difference > 40, "{label} and {other}");
            }
        }
        label_colour(u32::MAX);
    }
}

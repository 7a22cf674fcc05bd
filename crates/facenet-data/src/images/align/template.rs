use crate::DataError;

/// Where the five points of a face lie in an aligned crop of `height` × `width` pixels.
///
/// Left eye, right eye, nose, left and right corner of the mouth as (x, y), as in
/// [`FaceBox::landmarks`](crate::FaceBox::landmarks); (0, 0) is the center of the first pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceTemplate {
    points: [[f32; 2]; 5],
    height: u32,
    width: u32,
}

impl FaceTemplate {
    /// The template of ArcFace (Deng et al., 2019) and of insightface, 112 × 112.
    pub const ARCFACE_112: FaceTemplate = FaceTemplate {
        points: [
            [38.2946, 51.6963],
            [73.5318, 51.5014],
            [56.0252, 71.7366],
            [41.5493, 92.3655],
            [70.7299, 92.2041],
        ],
        height: 112,
        width: 112,
    };

    /// The narrow form of SphereFace and CosFace, 112 high and 96 wide: eight columns less on each
    /// side.
    pub const ARCFACE_96: FaceTemplate = FaceTemplate {
        points: [
            [30.2946, 51.6963],
            [65.5318, 51.5014],
            [48.0252, 71.7366],
            [33.5493, 92.3655],
            [62.7299, 92.2041],
        ],
        height: 112,
        width: 96,
    };

    /// A template of one's own.
    ///
    /// # Errors
    /// [`DataError::Setting`] where the size is zero, or the points are not finite or all the same.
    pub fn new(points: [[f32; 2]; 5], height: u32, width: u32) -> Result<Self, DataError> {
        if height == 0 || width == 0 {
            return Err(DataError::Setting {
                setting: "size of the face template",
                found: format!("{width} x {height}"),
                expected: "at least one pixel each way",
            });
        }
        let finite = points.as_flattened().iter().all(|value| value.is_finite());
        if !finite || points.iter().all(|point| *point == points[0]) {
            return Err(DataError::Setting {
                setting: "points of the face template",
                found: format!("{points:?}"),
                expected: "five finite points, not all the same",
            });
        }
        Ok(Self {
            points,
            height,
            width,
        })
    }

    /// The same face in a crop of another size: x is multiplied by the ratio of the widths, y by that
    /// of the heights, as insightface does for 224 × 224.
    ///
    /// The proportions of the face are kept only where those of the crop are.
    ///
    /// # Errors
    /// [`DataError::Setting`] where the size is zero.
    pub fn resized(&self, height: u32, width: u32) -> Result<Self, DataError> {
        let (down, across) = (
            f64::from(height) / f64::from(self.height),
            f64::from(width) / f64::from(self.width),
        );
        let points = self
            .points
            .map(|[x, y]| [(f64::from(x) * across) as f32, (f64::from(y) * down) as f32]);
        Self::new(points, height, width)
    }

    /// The five points as (x, y).
    pub fn points(&self) -> &[[f32; 2]; 5] {
        &self.points
    }

    /// The height of the crop, in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The width of the crop, in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }
}

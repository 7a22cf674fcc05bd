use crate::DataError;

/// A rotation, one scale and a shift of the plane: what turns a face upright without distorting it.
///
/// ```text
/// x' = a·x − b·y + shift.x      a = scale · cos angle
/// y' = b·x + a·y + shift.y      b = scale · sin angle
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimilarityTransform {
    a: f64,
    b: f64,
    shift: [f64; 2],
}

impl SimilarityTransform {
    /// The transform that brings the points `from` closest to the points `to`, by the sum of the
    /// squared distances; never a reflection.
    ///
    /// Umeyama, *Least-squares estimation of transformation parameters between two point patterns*,
    /// 1991. In the plane its singular value decomposition comes down to a division: with the points
    /// about their means as complex numbers, `a + ib = Σ conj(from)·to / Σ |from|²`.
    ///
    /// ```
    /// use facenet_data::SimilarityTransform;
    ///
    /// let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
    /// // Turned by 90 degrees, twice as large, and shifted.
    /// let turned = [[5.0, 5.0], [5.0, 7.0], [3.0, 7.0], [3.0, 5.0]];
    /// let transform = SimilarityTransform::fit(&square, &turned)?;
    /// assert_eq!(transform.scale(), 2.0);
    /// assert_eq!(transform.apply([2.0, 0.0]), [5.0, 9.0]);
    /// # Ok::<(), facenet_data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// [`DataError::Setting`] where the two are not of one length, a point is not finite, or no two
    /// points of `from` differ.
    pub fn fit(from: &[[f32; 2]], to: &[[f32; 2]]) -> Result<Self, DataError> {
        let refused = |found: String| DataError::Setting {
            setting: "points of the similarity transform",
            found,
            expected: "as many finite points on both sides, at least two of them different",
        };
        if from.len() != to.len() {
            return Err(refused(format!("{} and {} points", from.len(), to.len())));
        }
        let values = [from, to].concat();
        if !values.as_flattened().iter().all(|value| value.is_finite()) {
            return Err(refused("a point that is not finite".to_owned()));
        }
        let (from_mean, to_mean) = (mean(from), mean(to));
        let (mut a, mut b, mut spread) = (0.0, 0.0, 0.0);
        for (&from, &to) in from.iter().zip(to) {
            let [x, y] = less(from, from_mean);
            let [u, v] = less(to, to_mean);
            a += x * u + y * v;
            b += x * v - y * u;
            spread += x * x + y * y;
        }
        // The mean of equal numbers is rounded, so their distance to it may not be zero.
        if from.iter().all(|point| *point == from[0]) || spread == 0.0 {
            return Err(refused(format!("{} points in one place", from.len())));
        }
        let (a, b) = (a / spread, b / spread);
        let [x, y] = from_mean;
        Ok(Self {
            a,
            b,
            shift: [to_mean[0] - (a * x - b * y), to_mean[1] - (b * x + a * y)],
        })
    }

    /// Where a point (x, y) goes.
    pub fn apply(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [
            self.a * x - self.b * y + self.shift[0],
            self.b * x + self.a * y + self.shift[1],
        ]
    }

    /// How much larger things get.
    pub fn scale(&self) -> f64 {
        self.a.hypot(self.b)
    }

    /// The rotation in radians, from the x axis towards the y axis: clockwise, as images have y
    /// downwards.
    pub fn angle(&self) -> f64 {
        self.b.atan2(self.a)
    }

    /// The transform back, or `None` where the scale is too small to go back.
    pub fn inverse(&self) -> Option<Self> {
        let square = self.a * self.a + self.b * self.b;
        let (a, b) = (self.a / square, -self.b / square);
        let [x, y] = self.shift;
        let back = Self {
            a,
            b,
            shift: [-(a * x - b * y), -(b * x + a * y)],
        };
        let finite = [a, b, back.shift[0], back.shift[1]]
            .iter()
            .all(|value| value.is_finite());
        finite.then_some(back)
    }
}

fn mean(points: &[[f32; 2]]) -> [f64; 2] {
    let count = points.len() as f64;
    let sum = points.iter().fold([0.0, 0.0], |[x, y], &[px, py]| {
        [x + f64::from(px), y + f64::from(py)]
    });
    sum.map(|sum| sum / count)
}

fn less(point: [f32; 2], mean: [f64; 2]) -> [f64; 2] {
    [f64::from(point[0]) - mean[0], f64::from(point[1]) - mean[1]]
}

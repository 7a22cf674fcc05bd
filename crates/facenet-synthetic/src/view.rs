use super::angle::cos_sin;
use super::photograph::Pose;

/// A place in the image, in pixels.
pub(super) type Px = [f32; 2];

/// Head units that the image shows from top to bottom.
const SHOWN_HEIGHT: f32 = 2.7;
/// Head units that the image must show from left to right.
const SHOWN_WIDTH: f32 = 2.1;
/// How far the middle of the face stands before the middle of the head.
pub(super) const DEPTH: f32 = 0.62;
/// Half axes of the ellipse on which the depth of the face falls to nothing.
const HALF: [f32; 2] = [0.86, 1.2];

/// Where places of the head come to lie in the image.
///
/// Head units: the chin is near y = 1, the crown of the skull near y = −1, x to the right of the
/// image and z towards the camera. The projection is orthographic, after rotating by yaw, pitch and
/// roll.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) yaw: [f32; 2],
    pub(super) pitch: [f32; 2],
    roll: [f32; 2],
    center: Px,
    /// Pixels in a head unit.
    pub(super) scale: f32,
}

impl View {
    pub(super) fn new(pose: &Pose, height: u32, width: u32) -> Self {
        let (height, width) = (height as f32, width as f32);
        let base = (height / SHOWN_HEIGHT).min(width / SHOWN_WIDTH);
        Self {
            yaw: cos_sin(pose.yaw),
            pitch: cos_sin(pose.pitch),
            roll: cos_sin(pose.roll),
            center: [
                width / 2.0 + pose.shift[0] * base,
                height / 2.0 + (pose.shift[1] + 0.05) * base,
            ],
            scale: base * pose.scale,
        }
    }

    /// A place that turns with the head.
    pub(super) fn head(&self, x: f32, y: f32, z: f32) -> Px {
        let [cos, sin] = self.yaw;
        let (x, z) = (x * cos + z * sin, z * cos - x * sin);
        let [cos, sin] = self.pitch;
        self.rolled(x, y * cos - z * sin)
    }

    /// A place on the front of the face.
    pub(super) fn face(&self, x: f32, y: f32) -> Px {
        self.head(x, y, depth(x, y))
    }

    /// A place that stands `out` before the front of the face.
    pub(super) fn raised(&self, x: f32, y: f32, out: f32) -> Px {
        self.head(x, y, depth(x, y) + out)
    }

    /// A place on a head of half width `width`: on the face in the middle, on the silhouette at the
    /// sides, so that what lies along the edge stays there when the head turns.
    pub(super) fn edge(&self, x: f32, y: f32, width: f32) -> Px {
        let share = (x / width).abs().min(1.0);
        let share = share * share * share;
        let ([a, b], [c, d]) = (self.face(x, y), self.rim(x, y));
        [a + (c - a) * share, b + (d - b) * share]
    }

    /// The light's direction, given in the image's axes, in the axes of the head.
    pub(super) fn head_axes(&self, [x, y, z]: [f32; 3]) -> [f32; 3] {
        let [cos, sin] = self.roll;
        let (x, y) = (x * cos + y * sin, y * cos - x * sin);
        let [cos, sin] = self.pitch;
        let (y, z) = (y * cos + z * sin, z * cos - y * sin);
        let [cos, sin] = self.yaw;
        [x * cos - z * sin, y, z * cos + x * sin]
    }

    /// A place on the silhouette, which turning the head hardly narrows; only the jaw moves.
    pub(super) fn rim(&self, x: f32, y: f32) -> Px {
        let jaw = 0.32 * y.clamp(0.0, 1.0);
        // The head is deeper than wide: turning it shows more of its back on the side turned away.
        let back = if x * self.yaw[1] < 0.0 {
            0.16 * self.yaw[1].abs() * (1.0 - y.max(0.0))
        } else {
            0.0
        };
        let x = x * (1.0 + back) + jaw * self.yaw[1];
        self.rolled(x, y * self.pitch[0] - jaw * self.pitch[1])
    }

    /// A place that neither turns nor nods: neck and shoulders.
    pub(super) fn body(&self, x: f32, y: f32) -> Px {
        [
            self.center[0] + x * self.scale,
            self.center[1] + y * self.scale,
        ]
    }

    /// A length in pixels.
    pub(super) fn px(&self, length: f32) -> f32 {
        length * self.scale
    }

    /// The place on the face that is seen at a pixel, approximately: the inverse of [`View::face`].
    pub(super) fn unface(&self, [px, py]: Px) -> [f32; 2] {
        let (x, y) = (
            (px - self.center[0]) / self.scale,
            (py - self.center[1]) / self.scale,
        );
        let [cos, sin] = self.roll;
        let (x, y) = (x * cos + y * sin, y * cos - x * sin);
        let z = depth(x - 0.5 * self.yaw[1], y + 0.5 * self.pitch[1]);
        [
            (x - z * self.yaw[1]) / self.yaw[0],
            (y + z * self.pitch[1]) / self.pitch[0],
        ]
    }

    fn rolled(&self, x: f32, y: f32) -> Px {
        let [cos, sin] = self.roll;
        self.body(x * cos - y * sin, x * sin + y * cos)
    }
}

/// How far the face stands before the middle of the head.
pub(super) fn depth(x: f32, y: f32) -> f32 {
    let [a, b] = [x / HALF[0], y / HALF[1]];
    DEPTH * (1.0 - a * a - b * b).max(0.0).sqrt()
}

/// Slope of the depth along x and y, bounded near the edge, where it has none.
pub(super) fn slope(x: f32, y: f32) -> [f32; 2] {
    let [a, b] = [x / HALF[0], y / HALF[1]];
    let q = a * a + b * b;
    // Beyond the edge the slope of the nearest place inside is kept.
    let inside = (0.9 / q.max(0.9)).sqrt();
    let z = (1.0 - q.min(0.9)).sqrt();
    [
        -DEPTH * a * inside / (HALF[0] * z),
        -DEPTH * b * inside / (HALF[1] * z),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose(yaw: f32, pitch: f32, roll: f32) -> Pose {
        Pose {
            yaw,
            pitch,
            roll,
            shift: [0.03, -0.02],
            scale: 1.1,
        }
    }

    #[test]
    fn a_frontal_view_centers_the_face() {
        let view = View::new(&Pose::default(), 108, 84);
        assert_eq!(view.px(1.0), 40.0);
        assert_eq!(view.face(0.0, 0.0), [42.0, 56.0]);
        assert_eq!(view.body(-0.5, 0.5), view.head(-0.5, 0.5, 0.3));
    }

    #[test]
    fn unface_inverts_face() {
        for (yaw, pitch, roll) in [(0.0, 0.0, 0.2), (0.3, 0.0, 0.0), (-0.3, 0.15, -0.1)] {
            let view = View::new(&pose(yaw, pitch, roll), 140, 116);
            for (x, y) in [(0.0, 0.0), (0.3, -0.1), (-0.3, 0.4), (0.0, 0.6)] {
                let [u, v] = view.unface(view.face(x, y));
                assert!(
                    (u - x).abs() < 0.06 && (v - y).abs() < 0.06,
                    "({x}, {y}) became ({u}, {v})"
                );
            }
        }
    }

    #[test]
    fn turning_moves_the_nose_more_than_the_rim() {
        let (front, turned) = (
            View::new(&pose(0.0, 0.0, 0.0), 100, 100),
            View::new(&pose(0.4, 0.0, 0.0), 100, 100),
        );
        let moved = |f: &dyn Fn(&View) -> Px| f(&turned)[0] - f(&front)[0];
        assert!(moved(&|v| v.face(0.0, 0.3)) > 3.0 * moved(&|v| v.rim(0.7, 0.3)).abs());
    }
}

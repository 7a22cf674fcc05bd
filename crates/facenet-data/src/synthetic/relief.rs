use super::identity::Identity;
use super::view::slope;

/// A round elevation of the face, negative for a hollow.
#[derive(Debug, Clone, Copy)]
struct Bump {
    at: [f32; 2],
    radius: [f32; 2],
    height: f32,
}

/// The shape of a face as heights over the ellipsoid of the head, for shading.
///
/// Only slopes are needed, so each part gives its own in closed form.
#[derive(Debug)]
pub(super) struct Relief {
    bumps: Vec<Bump>,
    nose_top: f32,
    nose_base: f32,
    nose_bridge: f32,
    nose_width: f32,
    nose_height: f32,
}

impl Relief {
    pub(super) fn new(who: &Identity, mouth_open: f32) -> Self {
        let Identity {
            head,
            eyes,
            nose,
            mouth,
            ..
        } = who;
        let mut bumps = Vec::with_capacity(14);
        let mut bump = |x, y, rx, ry, height| {
            bumps.push(Bump {
                at: [x, y],
                radius: [rx, ry],
                height,
            });
        };
        for side in [-1.0, 1.0] {
            bump(side * eyes.apart, eyes.y - 0.02, 0.19, 0.12, -0.06);
            bump(
                side * eyes.apart * 0.95,
                eyes.y - 0.2,
                0.24,
                0.07,
                0.015 + head.ridge,
            );
            bump(
                side * (0.6 * head.cheeks),
                0.28,
                0.22,
                0.16,
                0.02 + head.cheekbones,
            );
            bump(
                side * nose.half_width * 0.8,
                nose.base - 0.05,
                0.07,
                0.06,
                0.035,
            );
        }
        bump(
            0.0,
            mouth.y - 0.5 * mouth.upper,
            0.8 * mouth.half_width,
            0.06,
            0.03,
        );
        bump(
            0.0,
            mouth.y + 0.6 * mouth.lower + 0.1 * mouth_open,
            0.7 * mouth.half_width,
            0.06,
            0.03,
        );
        bump(
            0.0,
            mouth.y + mouth.lower + 0.07 + 0.12 * mouth_open,
            0.2,
            0.05,
            -0.025,
        );
        bump(0.0, head.bottom - 0.13, 0.18, 0.12, 0.05);
        Self {
            bumps,
            nose_top: nose.base - nose.length,
            nose_base: nose.base,
            nose_bridge: nose.bridge,
            nose_width: nose.half_width,
            nose_height: nose.height,
        }
    }

    /// The outward normal at a place of the face, before the head is turned.
    pub(super) fn normal(&self, x: f32, y: f32) -> [f32; 3] {
        let [mut dx, mut dy] = slope(x, y);
        for Bump { at, radius, height } in &self.bumps {
            let (a, b) = ((x - at[0]) / radius[0], (y - at[1]) / radius[1]);
            let q = a * a + b * b;
            if q < 6.0 {
                let h = height * (-q).exp();
                dx -= 2.0 * a * h / radius[0];
                dy -= 2.0 * b * h / radius[1];
            }
        }
        let [nx, ny] = self.nose_slope(x, y);
        unit([-(dx + nx), -(dy + ny), 1.0])
    }

    /// A ridge that rises and widens from the bridge to the tip and falls off below it.
    fn nose_slope(&self, x: f32, y: f32) -> [f32; 2] {
        const FALL: f32 = 0.13;
        let t = (y - self.nose_top) / (self.nose_base - FALL - self.nose_top);
        let (profile, along) = if (0.0..1.0).contains(&t) {
            (t, 1.0 / (self.nose_base - FALL - self.nose_top))
        } else {
            let f = (y - (self.nose_base - FALL)) / FALL;
            if !(0.0..1.0).contains(&f) {
                return [0.0; 2];
            }
            (1.0 - f * f * (3.0 - 2.0 * f), -6.0 * f * (1.0 - f) / FALL)
        };
        let width =
            self.nose_bridge + (0.7 * self.nose_width - self.nose_bridge) * t.clamp(0.0, 1.0);
        let a = x / width.max(0.03);
        if a.abs() > 2.5 {
            return [0.0; 2];
        }
        let across = (-a * a).exp();
        [
            -2.0 * a * self.nose_height * profile * across / width.max(0.03),
            self.nose_height * along * across,
        ]
    }
}

pub(super) fn unit([x, y, z]: [f32; 3]) -> [f32; 3] {
    let length = (x * x + y * y + z * z).sqrt();
    [x / length, y / length, z / length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_are_units_that_face_outwards() {
        for number in 0..20 {
            let relief = Relief::new(&Identity::sample(1, number), 0.3);
            for i in -30..=30 {
                for j in -30..=30 {
                    let [x, y, z] = relief.normal(i as f32 / 15.0, j as f32 / 15.0);
                    assert!(z > 0.0 && (x * x + y * y + z * z - 1.0).abs() < 1e-4);
                }
            }
        }
    }

    #[test]
    fn both_sides_of_the_nose_face_away_from_each_other() {
        let who = Identity::sample(1, 4);
        let relief = Relief::new(&who, 0.0);
        let y = who.nose.base - 0.16;
        let (left, right) = (relief.normal(-0.06, y), relief.normal(0.06, y));
        assert!(left[0] < -0.2 && right[0] > 0.2);
        assert!((left[0] + right[0]).abs() < 1e-4);
    }
}

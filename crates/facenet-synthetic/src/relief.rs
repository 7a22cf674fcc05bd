use super::identity::Identity;

/// The small shape of the face, on top of the ellipsoid that [`View`](super::view::View) projects:
/// what light from the side makes visible.
#[derive(Debug, Clone)]
pub(super) struct Relief {
    bumps: Vec<Bump>,
}

/// A smooth hill, h · (1 − q)² with q = (x/rx)² + (y/ry)², where q < 1.
#[derive(Debug, Clone, Copy)]
struct Bump {
    at: [f32; 2],
    /// 1 / r² along x and y.
    inverse: [f32; 2],
    height: f32,
    /// Half height.
    ry: f32,
}

impl Relief {
    pub(super) fn new(person: &Identity) -> Self {
        let (nose, eyes, mouth, head) = (&person.nose, &person.eyes, &person.mouth, &person.head);
        let mut bumps = Vec::with_capacity(18);
        let mut add = |x: f32, y: f32, rx: f32, ry: f32, height: f32| {
            let inverse = [1.0 / (rx * rx), 1.0 / (ry * ry)];
            bumps.push(Bump {
                at: [x, y],
                inverse,
                height,
                ry,
            });
        };
        let ridge = nose.bridge + 0.1;
        add(0.0, nose.tip * 0.45, ridge, nose.tip * 0.8, 0.35 * nose.out);
        add(
            0.0,
            nose.tip - 0.06,
            0.13 + 0.07 * nose.bulb,
            0.17,
            0.5 * nose.out,
        );
        add(0.0, mouth.y, mouth.width * 1.2, 0.16, 0.045);
        add(0.0, mouth.y + mouth.lower + 0.07, 0.2, 0.08, -0.025);
        add(0.0, head.chin * 0.9, head.chin_width.max(0.15), 0.16, 0.05);
        for side in [-1.0, 1.0] {
            add(side * nose.width * 0.8, nose.tip - 0.03, 0.1, 0.1, 0.035);
            add(
                side * (eyes.x - 0.02),
                eyes.y - 0.01,
                0.24,
                0.17,
                -0.04 - 0.04 * eyes.deep,
            );
            add(side * eyes.x, eyes.y, eyes.width, 0.1, 0.025);
            let brow = eyes.y - person.brows.gap;
            add(
                side * 0.27,
                brow,
                0.34,
                0.12,
                0.015 + 0.04 * person.build.masculine,
            );
            add(side * head.width * 0.64, 0.26, 0.3, 0.22, 0.06);
            add(side * head.jaw * 0.75, 0.55, 0.2, 0.25, -0.03);
        }
        Self { bumps }
    }

    /// Adds the slopes along x and y to `slopes`, each at its place on the face.
    pub(super) fn add_slopes(&self, places: &[[f32; 2]], slopes: &mut [[f32; 2]]) {
        let beyond = [f32::INFINITY, f32::NEG_INFINITY];
        let [low, high] = places.iter().fold(beyond, |[low, high], place| {
            [low.min(place[1]), high.max(place[1])]
        });
        // All places of one hill after the other, which the compiler turns into vector code.
        for bump in &self.bumps {
            if bump.at[1] + bump.ry < low || bump.at[1] - bump.ry > high {
                continue;
            }
            for ([x, y], slope) in places.iter().zip(&mut *slopes) {
                let (dx, dy) = (x - bump.at[0], y - bump.at[1]);
                let (a, b) = (dx * bump.inverse[0], dy * bump.inverse[1]);
                let share = (1.0 - a * dx - b * dy).max(0.0);
                let steep = -4.0 * bump.height * share;
                slope[0] += steep * a;
                slope[1] += steep * b;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_the_derivative_of_the_hills() {
        let relief = Relief::new(&Identity::sample(0, 0));
        let slope = |x: f32, y: f32| {
            let mut slopes = [[0.0; 2]];
            relief.add_slopes(&[[x, y]], &mut slopes);
            slopes[0]
        };
        let height = |x: f32, y: f32| -> f64 {
            let hill = |b: &Bump| {
                let (dx, dy) = (f64::from(x - b.at[0]), f64::from(y - b.at[1]));
                let q = dx * dx * f64::from(b.inverse[0]) + dy * dy * f64::from(b.inverse[1]);
                let share = (1.0 - q).max(0.0);
                f64::from(b.height) * share * share
            };
            relief.bumps.iter().map(hill).sum()
        };
        let step = 1.0 / 1024.0;
        for (x, y) in [(0.1, 0.3), (-0.3, 0.0), (0.4, 0.25), (0.0, 0.6)] {
            let [a, b] = slope(x, y);
            let across = (height(x + step, y) - height(x - step, y)) / (2.0 * f64::from(step));
            let down = (height(x, y + step) - height(x, y - step)) / (2.0 * f64::from(step));
            assert!((f64::from(a) - across).abs() < 2e-3, "{a} against {across}");
            assert!((f64::from(b) - down).abs() < 2e-3, "{b} against {down}");
        }
        assert_eq!(slope(2.0, 2.0), [0.0, 0.0]);
    }
}

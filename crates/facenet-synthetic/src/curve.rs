use super::view::Px;

/// A Catmull-Rom spline through the places, sampled `per` times in each segment.
pub(super) fn sampled(points: &[Px], per: usize) -> Vec<Px> {
    let last = points.len().saturating_sub(1);
    let at = |i: isize| {
        points
            .get(i.clamp(0, last as isize) as usize)
            .copied()
            .unwrap_or_default()
    };
    let mut curve = Vec::with_capacity(last * per + 1);
    for segment in 0..last as isize {
        let [a, b, c, d] = [
            at(segment - 1),
            at(segment),
            at(segment + 1),
            at(segment + 2),
        ];
        for step in 0..per {
            let t = step as f32 / per as f32;
            curve.push([0, 1].map(|k| {
                let (a, b, c, d) = (a[k], b[k], c[k], d[k]);
                let square = 2.0 * a - 5.0 * b + 4.0 * c - d;
                let cube = 3.0 * (b - c) + d - a;
                b + 0.5 * t * (c - a + t * (square + t * cube))
            }));
        }
    }
    curve.extend(points.last());
    curve
}

/// The curve that lies `share` of the way from one to the other.
pub(super) fn between(one: &[Px], other: &[Px], share: f32) -> Vec<Px> {
    let mix = |a: f32, b: f32| a + (b - a) * share;
    one.iter()
        .zip(other)
        .map(|(a, b)| [mix(a[0], b[0]), mix(a[1], b[1])])
        .collect()
}

/// An ellipse around a place, in head units; the caller maps it into the image.
pub(super) fn ellipse(
    [x, y]: [f32; 2],
    [rx, ry]: [f32; 2],
    map: impl Fn(f32, f32) -> Px,
) -> Vec<Px> {
    const D: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const CORNERS: [[f32; 2]; 8] = [
        [1.0, 0.0],
        [D, D],
        [0.0, 1.0],
        [-D, D],
        [-1.0, 0.0],
        [-D, -D],
        [0.0, -1.0],
        [D, -D],
    ];
    CORNERS
        .iter()
        .map(|[a, b]| map(x + rx * a, y + ry * b))
        .collect()
}

/// Half of a symmetric outline, its mirror image appended in reverse: a whole outline.
pub(super) fn mirrored(half: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let mut all = half.to_vec();
    // Places on the axis of symmetry appear once.
    all.extend(
        half.iter()
            .rev()
            .filter(|p| p[0] != 0.0)
            .map(|&[x, y]| [-x, y]),
    );
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sampled_curve_passes_through_its_places() {
        let points = [[0.0, 0.0], [1.0, 2.0], [3.0, 1.0]];
        let curve = sampled(&points, 4);
        assert_eq!(curve.len(), 9);
        assert_eq!([curve[0], curve[4], curve[8]], points);
        assert!(sampled(&[], 4).is_empty());
    }

    #[test]
    fn mirroring_keeps_the_axis_once() {
        let whole = mirrored(&[[0.0, -1.0], [0.5, 0.0], [0.0, 1.0]]);
        assert_eq!(whole, [[0.0, -1.0], [0.5, 0.0], [0.0, 1.0], [-0.5, 0.0]]);
    }
}

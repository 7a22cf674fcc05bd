use facenet_data::{
    DataError, DecodeLimits, FaceTemplate, SimilarityTransform, aligned_crop, read_boxes,
    read_image,
};
use image::{Rgb, RgbImage};
use proptest::prelude::*;

use crate::message::assert_message;
use facenet_testing::shared;

/// What a fit gives, as `a`, `b` and the shift.
fn parameters(transform: &SimilarityTransform) -> [f64; 4] {
    let [x, y] = transform.apply([0.0, 0.0]);
    let (scale, angle) = (transform.scale(), transform.angle());
    [scale * angle.cos(), scale * angle.sin(), x, y]
}

#[track_caller]
fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= tolerance, "{found:?}, {expected:?}");
    }
}

// The expected numbers are those of Umeyama's equations 40 to 42 with numpy 2.4.6:
//     A = (to - to.mean(0)).T @ (from - from.mean(0)) / n
//     S = diag(1, sign(det A)); U, D, V = svd(A)
//     R = U @ S @ V; c = trace(diag(D) @ S) / from.var(0).sum(); t = to.mean(0) - c * R @ from.mean(0)
#[test]
fn a_fit_is_umeyamas() {
    let template = FaceTemplate::ARCFACE_112;
    // Aaron_Patterson_0001 of LFW, five points without order, and a face seen in a mirror.
    let face = [
        [104.672, 115.173],
        [146.502, 113.670],
        [120.585, 133.460],
        [108.453, 159.175],
        [141.525, 157.754],
    ];
    let odd = [
        [80.0, 60.0],
        [40.0, 150.0],
        [10.0, 120.0],
        [-3.5, 90.25],
        [200.0, 7.0],
    ];
    let mirrored = template.points().map(|[x, y]| [-x, y]);
    for (from, expected) in [
        (face, [0.888817388, 0.00204673331, -54.2179299, -49.0963683]),
        (odd, [-0.000762108507, 0.0307059181, 58.6997464, 69.9608057]),
        (
            mirrored,
            [0.225302175, -0.00253345416, 68.4668184, 55.5594382],
        ),
    ] {
        let transform = SimilarityTransform::fit(&from, template.points()).unwrap();
        assert_near(&parameters(&transform), &expected, 1e-4);
    }
}

#[test]
fn an_aligned_crop_is_the_bilinear_reading_of_the_inverse() {
    let image = RgbImage::from_fn(150, 120, |x, y| {
        Rgb([x * 5 + y * 3, x * x / 7 + y, y * 2 + 40].map(|value| (value % 256) as u8))
    });
    let landmarks = [
        [50.0, 40.0],
        [95.0, 52.0],
        [66.0, 70.0],
        [40.0, 92.0],
        [78.0, 103.0],
    ];
    let crop = aligned_crop(&image, &landmarks, &FaceTemplate::ARCFACE_112).unwrap();
    assert_eq!(crop.dimensions(), (112, 112));
    // numpy 2.4.6: the inverse of the matrix above, four neighbors, zero outside of the image.
    for ((x, y), expected) in [
        ((0, 0), [0.0, 0.0, 0.0]),
        ((111, 0), [0.0, 0.0, 0.0]),
        ((111, 111), [0.0, 0.0, 0.0]),
        ((60, 5), [0.0, 0.0, 0.0]),
        ((56, 56), [176.2, 9.22, 142.3]),
        ((38, 51), [110.19, 141.33, 117.03]),
        ((20, 90), [57.86, 108.43, 203.79]),
        ((100, 70), [97.1, 177.84, 208.59]),
        ((5, 60), [140.36, 41.46, 116.96]),
    ] {
        let found = crop.get_pixel(x, y).0.map(f64::from);
        assert_near(&found, &expected, 0.6);
    }
}

#[test]
fn points_that_lie_on_the_template_leave_the_image_as_it_is() {
    let image = RgbImage::from_fn(112, 112, |x, y| Rgb([x as u8 * 2, y as u8 * 2, 7]));
    for template in [FaceTemplate::ARCFACE_112, FaceTemplate::ARCFACE_96] {
        let crop = aligned_crop(&image, template.points(), &template).unwrap();
        assert_eq!(crop.dimensions(), (template.width(), template.height()));
        for (x, y, pixel) in crop.enumerate_pixels() {
            let expected = image.get_pixel(x, y).0;
            assert!(
                pixel
                    .0
                    .iter()
                    .zip(expected)
                    .all(|(a, b)| a.abs_diff(b) <= 1)
            );
        }
    }
}

#[test]
fn what_lies_outside_of_the_image_is_black() {
    let white = RgbImage::from_pixel(40, 40, Rgb([255; 3]));
    // The image begins 30 pixels to the right of and below the crop's corner, and ends with 40.
    let landmarks = FaceTemplate::ARCFACE_112
        .points()
        .map(|[x, y]| [x - 30.0, y - 30.0]);
    let crop = aligned_crop(&white, &landmarks, &FaceTemplate::ARCFACE_112).unwrap();
    for (x, y, pixel) in crop.enumerate_pixels() {
        let inside = |at: u32| (31..69).contains(&at);
        let outside = |at: u32| !(29..71).contains(&at);
        if inside(x) && inside(y) {
            assert_eq!(pixel.0, [255; 3], "({x}, {y})");
        } else if outside(x) || outside(y) {
            assert_eq!(pixel.0, [0; 3], "({x}, {y})");
        }
    }
}

#[test]
fn the_narrow_template_is_the_middle_of_the_wide_one() {
    let (wide, narrow) = (FaceTemplate::ARCFACE_112, FaceTemplate::ARCFACE_96);
    assert_eq!((narrow.height(), narrow.width()), (112, 96));
    for (wide, narrow) in wide.points().iter().zip(narrow.points()) {
        assert!((wide[0] - narrow[0] - 8.0).abs() < 1e-4 && wide[1] == narrow[1]);
    }
    let large = wide.resized(224, 224).unwrap();
    assert_eq!((large.height(), large.width()), (224, 224));
    for (small, large) in wide.points().iter().zip(large.points()) {
        assert!((0..2).all(|axis| (small[axis] * 2.0 - large[axis]).abs() < 1e-4));
    }
}

#[test]
fn points_that_say_nothing_are_refused() {
    let image = RgbImage::new(20, 20);
    let template = FaceTemplate::ARCFACE_112;
    let mut nan = *template.points();
    nan[2][1] = f32::NAN;
    for (landmarks, told) in [
        ([[3.1, 4.7]; 5], "5 points in one place"),
        (nan, "a point that is not finite"),
    ] {
        let error = aligned_crop(&image, &landmarks, &template).unwrap_err();
        assert!(matches!(error, DataError::Setting { .. }));
        assert_message(&error, &[told]);
    }
    let error = aligned_crop(&RgbImage::new(0, 5), template.points(), &template).unwrap_err();
    assert_message(&error, &["image to align: 0 x 5"]);

    for (from, to) in [(0, 0), (2, 3), (1, 1)] {
        let points = |count: usize| vec![[1.0, 2.0]; count];
        assert!(SimilarityTransform::fit(&points(from), &points(to)).is_err());
    }
    // All to one place: there is such a transform, and no way back.
    let flat = SimilarityTransform::fit(template.points(), &[[5.0, 5.0]; 5]).unwrap();
    assert!(flat.scale() < 1e-6);

    for (points, height, width) in [
        (*template.points(), 0, 112),
        (*template.points(), 112, 0),
        ([[1.0, 1.0]; 5], 112, 112),
        (nan, 112, 112),
    ] {
        let error = FaceTemplate::new(points, height, width).unwrap_err();
        assert_message(&error, &["of the face template"]);
    }
    assert!(template.resized(0, 1).is_err());
}

#[test]
fn the_points_of_real_faces_come_to_lie_near_the_template() {
    let Some(root) = shared("data/lfw") else {
        return;
    };
    let boxes = read_boxes(root.join("mtcnn.csv")).unwrap();
    let template = FaceTemplate::ARCFACE_112;
    let mut distances = Vec::new();
    for (name, face) in boxes.iter().step_by(97) {
        let landmarks = face.landmarks.unwrap();
        let transform = SimilarityTransform::fit(&landmarks, template.points()).unwrap();
        for (from, to) in landmarks.iter().zip(template.points()) {
            let [x, y] = transform.apply(from.map(f64::from));
            distances.push((x - f64::from(to[0])).hypot(y - f64::from(to[1])));
        }
        let image = read_image(&root.join("images").join(name), &DecodeLimits::default());
        let crop = aligned_crop(&image.unwrap(), &landmarks, &template).unwrap();
        assert_eq!(crop.dimensions(), (112, 112));
    }
    let mean = distances.iter().sum::<f64>() / distances.len() as f64;
    assert!(mean < 5.0, "{mean} pixels");
}

proptest! {
    #[test]
    fn a_transform_is_found_again_and_undone(
        points in prop::collection::vec([-200.0f32..200.0, -200.0f32..200.0], 2..9),
        scale in 0.05f64..20.0, angle in -3.1f64..3.1, shift in [-300.0f64..300.0, -300.0f64..300.0],
    ) {
        let apart = points.iter().any(|point| {
            (point[0] - points[0][0]).hypot(point[1] - points[0][1]) > 1.0
        });
        prop_assume!(apart);
        let (sin, cos) = angle.sin_cos();
        let to: Vec<[f32; 2]> = points.iter().map(|&[x, y]| {
            let (x, y) = (f64::from(x) * scale, f64::from(y) * scale);
            [(cos * x - sin * y + shift[0]) as f32, (sin * x + cos * y + shift[1]) as f32]
        }).collect();
        let transform = SimilarityTransform::fit(&points, &to).unwrap();
        let back = transform.inverse().unwrap();
        for (&from, &to) in points.iter().zip(&to) {
            let (from, to) = (from.map(f64::from), to.map(f64::from));
            let there = transform.apply(from);
            // A coordinate of `to` is rounded to 24 bits of up to 6000.
            prop_assert!((0..2).all(|axis| (there[axis] - to[axis]).abs() < 0.05));
            let again = back.apply(there);
            prop_assert!((0..2).all(|axis| (again[axis] - from[axis]).abs() < 1e-6));
        }
    }
}

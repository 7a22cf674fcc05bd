use facenet_data::{DataError, FaceBox, center_crop, facenet_crop, resize};
use image::{Rgb, RgbImage};
use proptest::prelude::*;

use crate::message::assert_message;

/// Each pixel tells where it is.
fn map(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 9]))
}

fn face(x1: f32, y1: f32, x2: f32, y2: f32) -> FaceBox {
    FaceBox {
        x1,
        y1,
        x2,
        y2,
        prob: None,
        landmarks: None,
    }
}

/// The part of [`map`] from `left`, `top` that has that size.
fn part(left: u32, top: u32, width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(left + x) as u8, (top + y) as u8, 9])
    })
}

#[test]
fn a_face_is_cut_out_with_half_the_margin_on_each_side() {
    let image = map(100, 80);
    // 10.7 - 2 = 8.7, 20.2 - 2 = 18.2, 29.9 + 2 = 31.9, 41.6 + 2 = 43.6, all truncated.
    let face = face(10.7, 20.2, 29.9, 41.6);
    let crop = facenet_crop(&image, &face, 4.0, 43 - 18, 31 - 8).unwrap();
    assert_eq!(crop, part(8, 18, 31 - 8, 43 - 18));
    let crop = facenet_crop(&image, &face, 0.0, 21, 19).unwrap();
    assert_eq!(crop, part(10, 20, 19, 21));
}

#[test]
fn a_face_at_the_edge_is_cut_at_the_edge() {
    let image = map(100, 80);
    let crop = facenet_crop(&image, &face(-7.5, 10.0, 30.0, 90.0), 8.0, 74, 34).unwrap();
    assert_eq!(crop, part(0, 6, 34, 74));
    let crop = facenet_crop(&image, &face(90.0, 3.0, 98.5, 20.0), 8.0, 24, 14).unwrap();
    assert_eq!(crop, part(86, 0, 14, 24));
}

#[test]
fn what_lies_outside_of_the_crop_does_not_shine_in() {
    // A gray face in front of white, as align_dataset_mtcnn cuts before it resizes.
    let image = RgbImage::from_fn(60, 60, |x, y| {
        let inside = (10..40).contains(&x) && (20..50).contains(&y);
        Rgb([if inside { 60 } else { 255 }; 3])
    });
    for side in [7, 16, 30, 45] {
        let crop = facenet_crop(&image, &face(10.0, 20.0, 40.0, 50.0), 0.0, side, side).unwrap();
        assert!(crop.iter().all(|&value| value == 60), "side {side}");
    }
}

#[test]
fn crops_that_cannot_be_are_refused() {
    let image = map(100, 80);
    let whole = face(0.0, 0.0, 100.0, 80.0);
    let refused = |image: &RgbImage, face: &FaceBox, margin: f32, side: u32, parts: &[&str]| {
        let error = facenet_crop(image, face, margin, side, side).unwrap_err();
        assert!(matches!(error, DataError::Setting { .. }), "{error}");
        assert_message(&error, parts);
    };
    for margin in [f32::NAN, f32::INFINITY] {
        refused(&image, &whole, margin, 8, &["margin of the crop", "finite"]);
    }
    let parts = ["face box", "100 x 80", "at least one pixel inside"];
    for outside in [
        face(120.0, 10.0, 140.0, 20.0),
        face(10.0, -30.0, 40.0, -20.0),
        face(10.2, 10.0, 10.8, 20.0),
        face(f32::NAN, 10.0, 40.0, 20.0),
        face(10.0, 10.0, 40.0, f32::NAN),
    ] {
        refused(&image, &outside, 0.0, 8, &parts);
    }
    refused(&image, &whole, -200.0, 8, &parts);
    refused(&RgbImage::new(0, 0), &whole, 0.0, 8, &["0 x 0"]);
    refused(
        &image,
        &whole,
        0.0,
        0,
        &["100 x 80 to 0 x 0", "at least one pixel"],
    );
}

#[test]
fn the_middle_leaves_the_odd_pixel_to_the_right_and_below() {
    let image = map(11, 8);
    assert_eq!(center_crop(&image, 5, 4).unwrap(), part(3, 1, 4, 5));
    assert_eq!(center_crop(&image, 8, 11).unwrap(), image);
    for (height, width) in [(9, 4), (5, 12), (0, 4), (5, 0)] {
        let error = center_crop(&image, height, width).unwrap_err();
        let size = format!("{width} x {height} of an image of 11 x 8");
        assert_message(&error, &["size of the center crop", &size]);
    }
}

#[test]
fn nothing_is_resized_to_nothing() {
    for (image, height, width) in [
        (map(3, 3), 0, 3),
        (map(3, 3), 3, 0),
        (map(0, 3), 3, 3),
        (map(0, 0), 3, 3),
    ] {
        let error = resize(&image, height, width).unwrap_err();
        assert_message(&error, &["resize: ", "at least one pixel before and after"]);
    }
}

/// A line resized with Pillow's triangle filter, as wide as shrinking needs.
fn resized_line(line: &[f64], length: usize) -> Vec<f64> {
    let scale = line.len() as f64 / length as f64;
    let reach = scale.max(1.0);
    (0..length)
        .map(|at| {
            let center = (at as f64 + 0.5) * scale;
            let weight =
                |from: usize| (1.0 - ((from as f64 + 0.5 - center) / reach).abs()).max(0.0);
            let total: f64 = (0..line.len()).map(weight).sum();
            let sum: f64 = line
                .iter()
                .enumerate()
                .map(|(from, value)| value * weight(from))
                .sum();
            sum / total
        })
        .collect()
}

proptest! {
    #[test]
    fn resizing_is_that_of_pillow(
        (w, h) in (1usize..30, 1usize..30), (width, height) in (1usize..40, 1usize..40), seed: u64,
    ) {
        let noise = |at: usize| (seed.wrapping_mul(at as u64 * 2 + 1) >> 40) as u8;
        let image = RgbImage::from_fn(w as u32, h as u32, |x, y| {
            Rgb([0, 1, 2].map(|channel| noise((y as usize * w + x as usize) * 3 + channel)))
        });
        let result = resize(&image, height as u32, width as u32).unwrap();
        prop_assert_eq!(result.dimensions(), (width as u32, height as u32));
        for channel in 0..3 {
            let rows: Vec<_> = (0..h as u32)
                .map(|y| {
                    let line: Vec<_> = (0..w as u32)
                        .map(|x| f64::from(image.get_pixel(x, y)[channel]))
                        .collect();
                    resized_line(&line, width)
                })
                .collect();
            for x in 0..width {
                let column: Vec<_> = rows.iter().map(|row| row[x]).collect();
                for (y, expected) in resized_line(&column, height).into_iter().enumerate() {
                    let found = f64::from(result.get_pixel(x as u32, y as u32)[channel]);
                    // Both passes round.
                    prop_assert!((found - expected).abs() <= 1.01, "{found} for {expected}");
                }
            }
        }
    }

    #[test]
    fn no_box_panics(
        edges: [f32; 4], margin: f32, (w, h) in (0u32..20, 0u32..20), (height, width) in (0u32..9, 0u32..9),
    ) {
        let [x1, y1, x2, y2] = edges;
        for face in [face(x1, y1, x2, y2), face(x1 % 20.0, y1 % 20.0, x2 % 20.0, y2 % 20.0)] {
            match facenet_crop(&map(w, h), &face, margin, height, width) {
                Ok(crop) => prop_assert_eq!(crop.dimensions(), (width, height)),
                Err(error) => assert_message(&error, &[]),
            }
        }
    }
}

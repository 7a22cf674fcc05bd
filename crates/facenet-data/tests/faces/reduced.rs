//! JPEG decoded at a half, a quarter, an eighth of its size.

use facenet_data::{DecodeLimits, decode, resize};
use image::imageops::{flip_horizontal, rotate90};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use proptest::prelude::*;

use crate::bytes::{cmyk_jpeg, encoded, with_orientation};

/// Slopes and waves in three colors, without an edge that a block could ring at.
fn smooth(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (x as f32 / width as f32, y as f32 / height as f32);
        let wave = (6.0 * u + 9.0 * v).sin() * 60.0;
        Rgb([
            (40.0 + 170.0 * u) as u8,
            (120.0 + wave) as u8,
            (200.0 - 150.0 * v) as u8,
        ])
    })
}

fn decoded(jpeg: &[u8], height: u32, width: u32) -> RgbImage {
    decode(jpeg, "face", &DecodeLimits::default().enough(height, width)).unwrap()
}

/// The greatest and the mean difference of the values of two images.
#[track_caller]
fn differences(a: &RgbImage, b: &RgbImage) -> (u8, f64) {
    assert_eq!(a.dimensions(), b.dimensions());
    let each = || {
        a.as_raw()
            .iter()
            .zip(b.as_raw())
            .map(|(a, b)| a.abs_diff(*b))
    };
    let sum: f64 = each().map(f64::from).sum();
    (each().max().unwrap(), sum / a.as_raw().len() as f64)
}

#[test]
fn a_reduced_jpeg_is_near_to_the_whole_one_resized() {
    for (width, height) in [(256, 192), (245, 517), (63, 1000)] {
        let jpeg = encoded(&smooth(width, height), ImageFormat::Jpeg);
        let whole = decode(&jpeg, "face", &DecodeLimits::default()).unwrap();
        for scale in [2, 4, 8] {
            let (h, w) = (height.div_ceil(scale), width.div_ceil(scale));
            let reduced = decoded(&jpeg, h, w);
            assert_eq!(reduced.dimensions(), (w, h));
            let (most, mean) = differences(&reduced, &resize(&whole, h, w).unwrap());
            // At the right and lower edge, half a block may be missing.
            assert!(
                mean < 3.0,
                "1/{scale} of {width} x {height}: mean {mean}, most {most}"
            );
        }
    }
}

#[test]
fn it_is_reduced_no_further_than_is_enough() {
    let jpeg = encoded(&smooth(240, 320), ImageFormat::Jpeg);
    for (enough, expected) in [
        ((40, 30), (30, 40)),
        ((1, 1), (30, 40)),
        ((40, 31), (60, 80)),
        ((41, 30), (60, 80)),
        ((160, 120), (120, 160)),
        ((161, 120), (240, 320)),
        ((1000, 1000), (240, 320)),
    ] {
        assert_eq!(decoded(&jpeg, enough.0, enough.1).dimensions(), expected);
    }
}

#[test]
fn a_wide_one_is_decoded_whole_unless_it_is_large() {
    for ((width, height), expected) in [
        ((256, 40), (128, 20)),
        ((260, 40), (260, 40)),
        ((4000, 990), (4000, 990)),
        ((4000, 1000), (2000, 500)),
    ] {
        let jpeg = encoded(&smooth(width, height), ImageFormat::Jpeg);
        let half = decoded(&jpeg, height / 2, width / 2);
        assert_eq!(half.dimensions(), expected);
    }
}

#[test]
fn what_is_not_reduced_is_as_without_the_wish() {
    let picture = smooth(200, 150);
    let jpeg = encoded(&picture, ImageFormat::Jpeg);
    let limits = DecodeLimits::default();
    assert_eq!(
        decoded(&jpeg, 150, 200),
        decode(&jpeg, "face", &limits).unwrap()
    );
    for format in [ImageFormat::Png, ImageFormat::Pnm] {
        assert_eq!(decoded(&encoded(&picture, format), 10, 10), picture);
    }
    // Four components are left to the other decoder.
    let cmyk = cmyk_jpeg([255, 0, 0, 255]);
    assert_eq!(
        decoded(&cmyk, 1, 1),
        decode(&cmyk, "face", &limits).unwrap()
    );
}

#[test]
fn the_orientation_is_applied_and_the_wish_is_for_the_upright_image() {
    let jpeg = encoded(&smooth(320, 240), ImageFormat::Jpeg);
    let lying = decoded(&jpeg, 60, 80);
    assert_eq!(lying.dimensions(), (80, 60));
    let upright = decoded(&with_orientation(&jpeg, 6), 80, 60);
    assert_eq!(upright, rotate90(&lying));
    let mirrored = decoded(&with_orientation(&jpeg, 2), 60, 80);
    assert_eq!(mirrored, flip_horizontal(&lying));
    // Upright, it is 320 high: 80 of them take a quarter, and an eighth is wide enough.
    let quarter = decoded(&with_orientation(&jpeg, 8), 80, 1);
    assert_eq!(quarter.dimensions(), (60, 80));
}

#[test]
fn a_gray_jpeg_is_reduced_to_three_channels() {
    let gray = DynamicImage::from(smooth(160, 120)).to_luma8();
    let mut jpeg = Vec::new();
    let mut cursor = std::io::Cursor::new(&mut jpeg);
    DynamicImage::from(gray)
        .write_to(&mut cursor, ImageFormat::Jpeg)
        .unwrap();
    let reduced = decoded(&jpeg, 60, 80);
    assert_eq!(reduced.dimensions(), (80, 60));
    assert!(reduced.pixels().all(|p| p[0] == p[1] && p[1] == p[2]));
    let whole = decode(&jpeg, "face", &DecodeLimits::default()).unwrap();
    let (_, mean) = differences(&reduced, &resize(&whole, 60, 80).unwrap());
    assert!(mean < 3.0, "{mean}");
}

#[test]
fn limits_and_damage_count_as_they_do_without_the_wish() {
    let jpeg = encoded(&smooth(320, 240), ImageFormat::Jpeg);
    let limits = DecodeLimits::default().enough(10, 10);
    let pixels = 320 * 240;
    assert!(decode(&jpeg, "face", &limits.with_max_pixels(pixels)).is_ok());
    let error = decode(&jpeg, "face", &limits.with_max_pixels(pixels - 1)).unwrap_err();
    assert!(error.to_string().contains("320 x 240"), "{error}");
    for end in (0..jpeg.len()).step_by(7) {
        assert!(decode(&jpeg[..end], "face", &limits).is_err());
    }
}

#[test]
fn settings_without_the_wish_are_read() {
    let old = r#"{ "max_pixels": 10, "max_bytes": 20 }"#;
    let limits: DecodeLimits = serde_json::from_str(old).unwrap();
    let expected = DecodeLimits::default()
        .with_max_pixels(10)
        .with_max_bytes(20);
    assert_eq!(limits, expected);
    let wish = limits.enough(3, 4);
    let text = serde_json::to_string(&wish).unwrap();
    assert_eq!(serde_json::from_str::<DecodeLimits>(&text).unwrap(), wish);
}

proptest! {
    #[test]
    fn no_damage_panics_and_no_size_is_wrong(
        (width, height) in (1u32..70, 1u32..70), enough in (0u32..40, 0u32..40),
        at in 0usize..4000, byte: u8,
    ) {
        let mut jpeg = encoded(&smooth(width, height), ImageFormat::Jpeg);
        let image = decoded(&jpeg, enough.0, enough.1);
        let least = |enough: u32, whole: u32| enough.min(whole);
        prop_assert!(image.width() >= least(enough.1, width) && image.width() <= width);
        prop_assert!(image.height() >= least(enough.0, height) && image.height() <= height);
        let at = at % jpeg.len();
        jpeg[at] = byte;
        let limits = DecodeLimits::default().with_max_pixels(1_000_000).enough(enough.0, enough.1);
        let _ = decode(&jpeg, "face", &limits);
    }
}

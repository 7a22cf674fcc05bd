use std::collections::BTreeSet;
use std::thread;

use facenet_data::{Augment, AugmentConfig, DataError, resize};
use image::imageops::flip_horizontal;
use image::{Rgb, RgbImage};
use proptest::prelude::*;

use crate::message::assert_message;

const HEIGHT: u32 = 12;
const WIDTH: u32 = 10;

/// Noise of this size.
fn noise(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let mixed = (u64::from(x) * 7919 + u64::from(y) * 104_729 + 13).pow(2);
        Rgb([5, 9, 14].map(|shift| (mixed >> shift) as u8))
    })
}

fn augment(config: AugmentConfig) -> Augment {
    Augment::new(config, HEIGHT, WIDTH, 7).unwrap()
}

/// The view of image `index` in the first epoch.
fn view(config: &AugmentConfig, image: &RgbImage, index: usize) -> RgbImage {
    augment(config.clone()).apply(image, 0, index).unwrap()
}

/// Everything at once, always.
fn all() -> AugmentConfig {
    AugmentConfig::default()
        .with_scale(0.3, 1.0)
        .with_rotation(40.0)
        .with_blur(1.0)
        .with_erase(1.0)
        .with_occlude(1.0)
        .with_downscale(1.0, 0.2)
        .with_jpeg(1.0, 20, 90)
}

fn gray(pixel: Rgb<u8>) -> f64 {
    let [r, g, b] = pixel.0.map(f64::from);
    0.299 * r + 0.587 * g + 0.114 * b
}

#[test]
fn without_settings_an_image_is_resized_only() {
    let none = AugmentConfig::none();
    for (w, h) in [(10, 12), (20, 24), (35, 42), (5, 6)] {
        let image = noise(w, h);
        let expected = resize(&image, HEIGHT, WIDTH).unwrap();
        for index in 0..20 {
            assert_eq!(view(&none, &image, index), expected);
        }
    }
}

#[test]
fn other_proportions_are_cropped_not_stretched() {
    // A gradient across 30 pixels, of which any 10 neighbors in a row may be seen.
    let image = RgbImage::from_fn(30, 12, |x, y| Rgb([x as u8 * 8, y as u8 * 8, 0]));
    let mut starts = BTreeSet::new();
    for index in 0..60 {
        let view = view(&AugmentConfig::none(), &image, index);
        let start = view.get_pixel(0, 0)[0];
        starts.insert(start);
        for (x, y, pixel) in view.enumerate_pixels() {
            assert!(pixel[0].abs_diff(start + x as u8 * 8) <= 1 || pixel[0] == 232);
            assert_eq!(pixel[1], y as u8 * 8);
        }
    }
    assert!(starts.first().unwrap() < &20 && starts.last().unwrap() > &140);
}

#[test]
fn a_flip_mirrors_the_view() {
    let image = noise(33, 47);
    let settings = AugmentConfig::none()
        .with_scale(0.3, 0.9)
        .with_rotation(25.0);
    for index in 0..20 {
        // The rest of the view stays as it was.
        let plain = view(&settings, &image, index);
        let flipped = view(&settings.clone().with_flip(1.0), &image, index);
        assert_eq!(flipped, flip_horizontal(&plain));
        assert_ne!(flipped, plain);
    }
    let half = settings.clone().with_flip(0.5);
    let flips = (0..400)
        .filter(|&index| view(&half, &image, index) != view(&settings, &image, index))
        .count();
    assert!((150..250).contains(&flips), "{flips} of 400");
}

#[test]
fn seed_epoch_and_index_each_make_another_view() {
    let image = noise(30, 36);
    let mut views = BTreeSet::new();
    for seed in 0..4 {
        let augment = Augment::new(all(), HEIGHT, WIDTH, seed).unwrap();
        for epoch in 0..4 {
            for index in 0..4 {
                views.insert(augment.apply(&image, epoch, index).unwrap().into_raw());
            }
        }
    }
    assert_eq!(views.len(), 64);
}

#[test]
fn neither_order_nor_thread_matters() {
    let images: Vec<_> = (20..40).map(|side| noise(side, 60 - side)).collect();
    let augment = augment(all());
    let apply = |index: usize| augment.apply(&images[index], 3, index).unwrap();
    let forward: Vec<_> = (0..images.len()).map(apply).collect();
    let mut backward: Vec<_> = (0..images.len()).rev().map(apply).collect();
    backward.reverse();
    assert_eq!(forward, backward);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!((0..images.len()).map(apply).collect::<Vec<_>>(), forward));
        }
    });
}

#[test]
fn a_rotation_turns_and_does_not_stretch() {
    // The colors of a plane: its slope tells the angle and the scale.
    let side = 90;
    let image = RgbImage::from_fn(side, side, |x, y| Rgb([x as u8 * 2, y as u8 * 2, 0]));
    let settings = AugmentConfig::none().with_rotation(30.0);
    let augment = Augment::new(settings, side, side, 7).unwrap();
    let mut angles = Vec::new();
    for index in 0..40 {
        let view = augment.apply(&image, 0, index).unwrap();
        let red = |x, y| f64::from(view.get_pixel(x, y)[0]);
        let green = |x, y| f64::from(view.get_pixel(x, y)[1]);
        assert!((red(45, 45) - 90.0).abs() <= 2.0 && (green(45, 45) - 90.0).abs() <= 2.0);
        let slope = |value: &dyn Fn(u32, u32) -> f64| {
            let across = (value(65, 45) - value(25, 45)) / 80.0;
            let down = (value(45, 65) - value(45, 25)) / 80.0;
            (across, down)
        };
        let ((rx, ry), (gx, gy)) = (slope(&red), slope(&green));
        // A rotation, not a reflection or a shear.
        for (a, b) in [
            (rx, gy),
            (ry, -gx),
            (rx.hypot(ry), 1.0),
            (gx.hypot(gy), 1.0),
        ] {
            assert!((a - b).abs() < 0.03, "({rx}, {ry}), ({gx}, {gy})");
        }
        angles.push(ry.atan2(rx).to_degrees());
    }
    assert!(angles.iter().all(|angle| angle.abs() <= 31.0), "{angles:?}");
    assert!(angles.iter().any(|angle| *angle > 15.0), "{angles:?}");
    assert!(angles.iter().any(|angle| *angle < -15.0), "{angles:?}");
}

#[test]
fn a_crop_shows_the_area_that_was_asked_for() {
    let image = RgbImage::from_fn(100, 120, |x, y| Rgb([x as u8 * 2, y as u8 * 2, 0]));
    for index in 0..40 {
        let view = view(&AugmentConfig::none().with_scale(0.25, 0.25), &image, index);
        // Half the width in ten pixels: five pixels, ten gray levels, from one to the next.
        for (left, right) in (0..WIDTH - 1).zip(1..) {
            let step = view.get_pixel(right, 5)[0] - view.get_pixel(left, 5)[0];
            assert!((8..=12).contains(&step), "{step}");
        }
        let across = view.get_pixel(9, 5)[0] - view.get_pixel(0, 5)[0];
        let down = view.get_pixel(5, 11)[1] - view.get_pixel(5, 0)[1];
        assert!((88..=92).contains(&across) && (108..=112).contains(&down));
    }
}

#[test]
fn brightness_contrast_and_saturation_change_what_they_name() {
    // Far enough from black and white that nothing is cut off.
    let image = RgbImage::from_fn(10, 12, |x, y| {
        Rgb([(90 + 4 * x) as u8, (80 + 3 * y) as u8, (100 + x + y) as u8])
    });
    let mean = |image: &RgbImage| image.pixels().map(|&pixel| gray(pixel)).sum::<f64>() / 120.0;
    let spread = |image: &RgbImage| {
        let pixels = image.pixels();
        pixels
            .map(|&pixel| (gray(pixel) - mean(image)).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let color = |image: &RgbImage| {
        let pixels = image.pixels();
        pixels
            .map(|&pixel| (f64::from(pixel[0]) - gray(pixel)).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    // What the setting changes, as a part of what it was, and what it leaves.
    let check = |settings: AugmentConfig, changes: &dyn Fn(&RgbImage) -> f64, limit: f64| {
        let mut parts: Vec<f64> = (0..60)
            .map(|index| {
                let view = view(&settings, &image, index);
                changes(&view) / changes(&image)
            })
            .collect();
        parts.sort_by(f64::total_cmp);
        let (least, greatest) = (parts[0], parts[59]);
        assert!(
            least >= 0.96 - limit && greatest <= 1.04 + limit,
            "{least} to {greatest}"
        );
        if limit > 0.0 {
            assert!(
                least < 1.0 - limit / 2.0 && greatest > 1.0 + limit / 2.0,
                "{least} to {greatest}"
            );
        }
    };
    let none = AugmentConfig::none();
    let brightness = none.clone().with_color(0.4, 0.0, 0.0);
    let contrast = none.clone().with_color(0.0, 0.4, 0.0);
    let saturation = none.clone().with_color(0.0, 0.0, 0.4);
    check(brightness, &mean, 0.4);
    check(contrast.clone(), &mean, 0.0);
    check(contrast, &spread, 0.4);
    check(saturation.clone(), &mean, 0.0);
    check(saturation.clone(), &spread, 0.0);
    check(saturation, &color, 0.4);
}

#[test]
fn gray_is_the_luma_of_each_pixel() {
    let image = noise(WIDTH, HEIGHT);
    let view = view(&AugmentConfig::none().with_gray(1.0), &image, 0);
    for (found, &pixel) in view.pixels().zip(image.pixels()) {
        assert!(found[0] == found[1] && found[1] == found[2]);
        assert!((f64::from(found[0]) - gray(pixel)).abs() <= 0.51);
    }
}

#[test]
fn a_blur_is_the_mean_under_a_gaussian() {
    let image = noise(WIDTH, HEIGHT);
    for sigma in [0.3f32, 1.0, 4.0] {
        let mut settings = AugmentConfig::none().with_blur(1.0);
        settings.blur_sigma = (sigma, sigma);
        let view = view(&settings, &image, 0);
        let sigma = f64::from(sigma);
        let radius = (3.0 * sigma).ceil() as i32;
        for (x, y, found) in view.enumerate_pixels() {
            let (mut sum, mut total) = ([0.0; 3], 0.0);
            for dy in -radius..=radius {
                for dx in -radius..=radius {
                    let weight = (-f64::from(dx * dx + dy * dy) / (2.0 * sigma * sigma)).exp();
                    let at = |position: u32, offset: i32, size: u32| {
                        (position as i32 + offset).clamp(0, size as i32 - 1) as u32
                    };
                    let pixel = image.get_pixel(at(x, dx, WIDTH), at(y, dy, HEIGHT));
                    total += weight;
                    for (sum, &value) in sum.iter_mut().zip(&pixel.0) {
                        *sum += weight * f64::from(value);
                    }
                }
            }
            for (&found, sum) in found.0.iter().zip(sum) {
                assert!((f64::from(found) - sum / total).abs() <= 0.51);
            }
        }
    }
}

#[test]
fn erasing_fills_one_rectangle() {
    let image = RgbImage::from_pixel(40, 40, Rgb([90; 3]));
    let mut settings = AugmentConfig::none().with_erase(1.0);
    settings.erase_area = (0.08, 0.08);
    settings.erase_aspect = (2.0, 2.0);
    let augment = Augment::new(settings, 40, 40, 7).unwrap();
    let mut places = BTreeSet::new();
    for index in 0..20 {
        let view = augment.apply(&image, 0, index).unwrap();
        // 0.08 · 1600 = 128 = 16 · 8; that noise equals the gray is possible, a whole row is not.
        let erased = view
            .enumerate_pixels()
            .filter(|(_, _, pixel)| pixel.0 != [90; 3]);
        let (across, down): (BTreeSet<_>, BTreeSet<_>) = erased.map(|(x, y, _)| (x, y)).unzip();
        let (left, top) = (*across.first().unwrap(), *down.first().unwrap());
        assert!(across.into_iter().eq(left..left + 16));
        assert!(down.into_iter().eq(top..top + 8));
        places.insert((left, top));
    }
    assert!(places.len() > 10);
}

#[test]
fn an_occlusion_is_gray_noise_or_another_part() {
    // No two pixels are alike, so that a part is known by any of them.
    let image = RgbImage::from_fn(40, 40, |x, y| Rgb([x as u8, y as u8, 200]));
    let mut settings = AugmentConfig::none().with_occlude(1.0);
    settings.occlude_area = (0.08, 0.08);
    settings.erase_aspect = (2.0, 2.0);
    let augment = Augment::new(settings, 40, 40, 7).unwrap();
    let mut kinds = [0; 3];
    for index in 0..60 {
        let view = augment.apply(&image, 0, index).unwrap();
        let changed: Vec<_> = view
            .enumerate_pixels()
            .filter(|(x, y, pixel)| *pixel != image.get_pixel(*x, *y))
            .map(|(x, y, &pixel)| (x, y, pixel))
            .collect();
        // 0.08 · 1600 = 128 = 16 · 8, fewer where a pixel is what it was by chance.
        let across = changed.iter().map(|(x, ..)| *x).collect::<BTreeSet<_>>();
        let down = changed.iter().map(|(_, y, _)| *y).collect::<BTreeSet<_>>();
        assert!(changed.len() <= 128 && across.len() <= 16 && down.len() <= 8);
        let Some(&(x, y, first)) = changed.first() else {
            continue; // a part that was put where it was
        };
        let one_gray = changed.iter().all(|(.., pixel)| *pixel == first);
        let shift = |x: u32, y: u32, pixel: Rgb<u8>| {
            (
                i32::from(pixel[0]) - x as i32,
                i32::from(pixel[1]) - y as i32,
            )
        };
        let moved = changed
            .iter()
            .all(|&(u, v, pixel)| pixel[2] == 200 && shift(u, v, pixel) == shift(x, y, first));
        let kind = match (one_gray, moved) {
            (true, _) => 0,
            (_, true) => 2,
            _ => 1,
        };
        if kind == 0 {
            assert!(first[0] == first[1] && first[1] == first[2]);
        }
        kinds[kind] += 1;
    }
    assert!(kinds.iter().all(|&count| count >= 8), "{kinds:?}");
}

#[test]
fn a_lower_resolution_takes_the_details_away() {
    let (w, h) = (32, 24);
    // Every other pixel white: at half the size it is one gray.
    let image = RgbImage::from_fn(w, h, |x, y| Rgb([255 * ((x + y) % 2) as u8; 3]));
    let half = AugmentConfig::none().with_downscale(1.0, 0.5);
    let augment = Augment::new(half, h, w, 7).unwrap();
    let spread = |view: &RgbImage| {
        let distance = |pixel: &Rgb<u8>| (f64::from(pixel[0]) - 127.5).powi(2);
        (view.pixels().map(distance).sum::<f64>() / f64::from(w * h)).sqrt()
    };
    let mut spreads: Vec<f64> = (0..40)
        .map(|index| spread(&augment.apply(&image, 0, index).unwrap()))
        .collect();
    spreads.sort_by(f64::total_cmp);
    assert!(spreads[0] < 15.0 && spreads[39] > 60.0, "{spreads:?}");
    // What is as large as before is as it was.
    let whole = AugmentConfig::none().with_downscale(1.0, 1.0);
    let augment = Augment::new(whole, h, w, 7).unwrap();
    assert_eq!(augment.apply(&image, 0, 0).unwrap(), image);
}

#[test]
fn a_jpeg_of_lower_quality_is_farther_from_the_image() {
    let image = noise(WIDTH, HEIGHT);
    let far = |quality: u8| {
        let view = view(
            &AugmentConfig::none().with_jpeg(1.0, quality, quality),
            &image,
            0,
        );
        let values = view.as_raw().iter().zip(image.as_raw());
        values.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
    };
    let (good, poor, worst) = (far(100), far(50), far(1));
    assert!(
        0 < good && good < poor && poor < worst,
        "{good}, {poor}, {worst}"
    );
}

#[test]
fn what_came_later_leaves_older_settings_as_they_were() {
    // Settings as a program wrote them before there was anything else.
    let old = r#"{
        "flip": 0.5, "scale": [0.3, 1.0], "aspect": [0.95, 1.05], "rotation": 40.0,
        "brightness": 0.2, "contrast": 0.2, "saturation": 0.2, "gray": 0.05, "blur": 1.0,
        "blur_sigma": [0.3, 1.2], "erase": 1.0, "erase_area": [0.02, 0.15],
        "erase_aspect": [0.5, 2.0]
    }"#;
    let old: AugmentConfig = serde_json::from_str(old).unwrap();
    assert_eq!((old.occlude, old.downscale, old.jpeg), (0.0, 0.0, 0.0));
    old.validate().unwrap();
    let image = noise(33, 47);
    for index in 0..20 {
        // Nothing that has probability zero plays a part, whatever its other settings are.
        let mut other = old.clone().with_downscale(0.0, 0.1).with_jpeg(0.0, 1, 2);
        other.occlude_area = (0.9, 1.0);
        assert_eq!(view(&old, &image, index), view(&other, &image, index));
    }
    let text = serde_json::to_string(&all()).unwrap();
    assert_eq!(serde_json::from_str::<AugmentConfig>(&text).unwrap(), all());
    assert!(serde_json::from_str::<AugmentConfig>(r#"{ "jpg": 0.5 }"#).is_err());
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let default = AugmentConfig::default();
    let with = |set: fn(&mut AugmentConfig)| {
        let mut config = default.clone();
        set(&mut config);
        config
    };
    for (config, setting) in [
        (
            with(|config| config.flip = 1.1),
            "flip: 1.1; expected a probability",
        ),
        (with(|config| config.flip = f32::NAN), "flip: NaN; "),
        (with(|config| config.gray = -0.1), "gray: -0.1; "),
        (with(|config| config.blur = 2.0), "blur: 2; "),
        (with(|config| config.erase = f32::INFINITY), "erase: inf; "),
        (
            with(|config| config.rotation = -1.0),
            "rotation: -1; expected 0 to 180",
        ),
        (with(|config| config.rotation = 181.0), "rotation: 181; "),
        (with(|config| config.brightness = 1.5), "brightness: 1.5; "),
        (with(|config| config.contrast = 1.5), "contrast: 1.5; "),
        (with(|config| config.saturation = -1.0), "saturation: -1; "),
        (with(|config| config.scale = (0.0, 1.0)), "scale: 0 to 1; "),
        (
            with(|config| config.scale = (0.9, 0.8)),
            "scale: 0.9 to 0.8; ",
        ),
        (
            with(|config| config.scale = (0.9, 1.1)),
            "scale: 0.9 to 1.1; ",
        ),
        (
            with(|config| config.scale = (f32::NAN, 1.0)),
            "scale: NaN to 1; ",
        ),
        (
            with(|config| config.aspect = (-1.0, 1.0)),
            "aspect: -1 to 1; ",
        ),
        (
            with(|config| config.aspect = (1.0, f32::INFINITY)),
            "aspect: 1 to inf; ",
        ),
        (
            with(|config| config.blur_sigma = (0.0, 1.0)),
            "blur_sigma: 0 to 1; ",
        ),
        (
            with(|config| config.blur_sigma = (1.0, 21.0)),
            "blur_sigma: 1 to 21; ",
        ),
        (
            with(|config| config.erase_area = (0.5, 2.0)),
            "erase_area: 0.5 to 2; ",
        ),
        (
            with(|config| config.erase_aspect = (2.0, 1.0)),
            "erase_aspect: 2 to 1; ",
        ),
        (default.clone().with_occlude(1.5), "occlude: 1.5; "),
        (
            with(|config| config.occlude_area = (0.0, 0.5)),
            "occlude_area: 0 to 0.5; ",
        ),
        (default.clone().with_downscale(-1.0, 0.5), "downscale: -1; "),
        (
            default.clone().with_downscale(0.5, 0.0),
            "downscale_least: 0; expected a part of the size",
        ),
        (
            default.clone().with_downscale(0.5, f32::NAN),
            "downscale_least: NaN; ",
        ),
        (default.clone().with_jpeg(f32::NAN, 1, 100), "jpeg: NaN; "),
        (
            default.clone().with_jpeg(0.5, 0, 100),
            "jpeg_quality: 0 to 100; expected two qualities",
        ),
        (
            default.clone().with_jpeg(0.5, 60, 50),
            "jpeg_quality: 60 to 50; ",
        ),
        (
            default.clone().with_jpeg(0.5, 50, 101),
            "jpeg_quality: 50 to 101; ",
        ),
    ] {
        let error = Augment::new(config, HEIGHT, WIDTH, 7).unwrap_err();
        assert!(matches!(error, DataError::Setting { .. }), "{error}");
        assert_message(&error, &[setting]);
    }
    for (height, width) in [(0, 10), (12, 0)] {
        let error = Augment::new(default.clone(), height, width, 7).unwrap_err();
        let size = format!("size of the views: {width} x {height}; ");
        assert_message(&error, &[&size, "at least one pixel each way"]);
    }
}

#[test]
fn an_image_without_a_pixel_is_refused() {
    for (w, h) in [(0, 0), (0, 4), (4, 0)] {
        let error = augment(all())
            .apply(&RgbImage::new(w, h), 0, 0)
            .unwrap_err();
        let size = format!("image to augment: {w} x {h}; ");
        assert_message(&error, &[&size, "at least one pixel"]);
    }
}

/// Any settings that are allowed, the extremes among them.
fn settings() -> impl Strategy<Value = AugmentConfig> {
    let probability = || prop_oneof![Just(0.0f32), Just(1.0), 0.0f32..1.0];
    let range = |greatest: f32| {
        let number = move || prop_oneof![Just(f32::MIN_POSITIVE), Just(greatest), 0.001..greatest];
        (number(), number()).prop_map(|(a, b)| (a.min(b), a.max(b)))
    };
    let probabilities = prop::array::uniform7(probability());
    let colors = prop::array::uniform3(probability());
    let rotation = prop_oneof![Just(0.0f32), Just(180.0), 0.0f32..180.0];
    let ranges = (
        range(1.0),
        range(4.0),
        range(20.0),
        range(1.0),
        range(100.0),
        range(1.0),
    );
    let later = (0.001f32..=1.0, 1u8..=100, 1u8..=100);
    (probabilities, colors, rotation, ranges, later).prop_map(
        |(probabilities, colors, rotation, ranges, later)| {
            let [flip, gray, blur, erase, occlude, downscale, jpeg] = probabilities;
            let [brightness, contrast, saturation] = colors;
            let (scale, aspect, blur_sigma, erase_area, erase_aspect, occlude_area) = ranges;
            let (downscale_least, a, b) = later;
            AugmentConfig {
                flip,
                scale,
                aspect: (aspect.0.max(0.01), aspect.1.max(0.01)),
                rotation,
                brightness,
                contrast,
                saturation,
                gray,
                blur,
                blur_sigma,
                erase,
                erase_area,
                erase_aspect,
                occlude,
                occlude_area,
                downscale,
                downscale_least,
                jpeg,
                jpeg_quality: (a.min(b), a.max(b)),
            }
        },
    )
}

proptest! {
    #[test]
    fn every_image_has_a_view_and_always_the_same(
        config in settings(), (w, h) in (1u32..40, 1u32..40), (height, width) in (1u32..20, 1u32..20),
        seed: u64, epoch: usize, index: usize,
    ) {
        let image = noise(w, h);
        let view = Augment::new(config.clone(), height, width, seed).unwrap().apply(&image, epoch, index);
        let view = view.unwrap();
        prop_assert_eq!(view.dimensions(), (width, height));
        let again = Augment::new(config, height, width, seed).unwrap();
        again.apply(&image, epoch, index.wrapping_add(1)).unwrap();
        prop_assert_eq!(again.apply(&image, epoch, index).unwrap(), view);
    }

    #[test]
    fn one_color_stays_one_color_wherever_it_is_looked_at(
        config in settings(), (w, h) in (1u32..40, 1u32..40), color: [u8; 3], index: usize,
    ) {
        let config = config.with_color(0.0, 0.0, 0.0).with_gray(0.0).with_erase(0.0);
        let config = config.with_occlude(0.0).with_jpeg(0.0, 50, 50);
        let view = view(&config, &RgbImage::from_pixel(w, h, Rgb(color)), index);
        for pixel in view.pixels() {
            prop_assert!(pixel.0.iter().zip(color).all(|(a, b)| a.abs_diff(b) <= 1), "{pixel:?}");
        }
    }
}

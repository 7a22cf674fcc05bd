use facenet_data::Degradation;
use image::{Rgb, RgbImage};

fn face() -> RgbImage {
    RgbImage::from_fn(40, 50, |x, y| {
        Rgb([(6 * x) as u8, (5 * y) as u8, ((x * y) % 256) as u8])
    })
}

/// Mean absolute difference of the bytes.
fn damage(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: f64 = a
        .iter()
        .zip(b.iter())
        .map(|(a, b)| f64::from(a.abs_diff(*b)))
        .sum();
    sum / a.len() as f64
}

#[test]
fn levels_that_do_nothing_do_nothing() {
    let face = face();
    for (degradation, level) in [
        (Degradation::Pixels, 2000.0),
        (Degradation::Pixels, 1e6),
        (Degradation::Blur, 0.0),
        (Degradation::Noise, 0.0),
        (Degradation::Occlusion, 0.0),
        (Degradation::Brightness, 1.0),
    ] {
        assert_eq!(
            degradation.apply(&face, level, 3).unwrap(),
            face,
            "{degradation}"
        );
    }
    assert!(damage(&Degradation::Jpeg.apply(&face, 100.0, 0).unwrap(), &face) < 4.0);
}

#[test]
fn the_damage_grows_with_the_level() {
    let face = face();
    for (degradation, mild, hard) in [
        (Degradation::Jpeg, 80.0, 5.0),
        (Degradation::Pixels, 800.0, 30.0),
        (Degradation::Blur, 0.5, 6.0),
        (Degradation::Noise, 3.0, 60.0),
        (Degradation::Occlusion, 0.05, 0.6),
        (Degradation::Brightness, 0.9, 0.2),
    ] {
        let [mild, hard] = [mild, hard].map(|level| {
            let worse = degradation.apply(&face, level, 3).unwrap();
            // The same every time.
            assert_eq!(worse, degradation.apply(&face, level, 3).unwrap());
            damage(&worse, &face)
        });
        assert!(
            mild > 0.0 && hard > 2.0 * mild,
            "{degradation}: {mild} {hard}"
        );
    }
}

#[test]
fn what_is_random_differs_from_image_to_image() {
    let face = face();
    for (degradation, level) in [(Degradation::Noise, 20.0), (Degradation::Occlusion, 0.2)] {
        let [a, b] = [0, 1].map(|index| degradation.apply(&face, level, index).unwrap());
        assert_ne!(a, b);
    }
}

#[test]
fn noise_and_occlusion_have_the_size_that_is_asked_for() {
    let gray = RgbImage::from_pixel(100, 80, Rgb([100; 3]));
    let noisy = Degradation::Noise.apply(&gray, 10.0, 5).unwrap();
    let variance = noisy
        .iter()
        .map(|&v| (f64::from(v) - 100.0).powi(2))
        .sum::<f64>();
    let deviation = (variance / noisy.len() as f64).sqrt();
    assert!((9.0..11.0).contains(&deviation), "{deviation}");
    let covered = Degradation::Occlusion.apply(&gray, 0.25, 5).unwrap();
    assert_eq!(
        covered.pixels().filter(|p| p.0 == [128; 3]).count(),
        50 * 40
    );
    let all = Degradation::Occlusion.apply(&gray, 1.0, 5).unwrap();
    assert!(all.pixels().all(|p| p.0 == [128; 3]));
}

#[test]
fn levels_that_cannot_be_are_refused() {
    let face = face();
    for degradation in Degradation::ALL {
        assert_eq!(
            degradation.name().parse::<Degradation>().unwrap(),
            degradation
        );
        for level in [-1.0, f64::NAN, f64::INFINITY] {
            let error = degradation.apply(&face, level, 0).unwrap_err().to_string();
            assert!(error.contains(degradation.name()), "{error}");
        }
        let nothing = RgbImage::new(0, 3);
        assert!(degradation.apply(&nothing, 1.0, 0).is_err());
    }
    assert!(Degradation::Jpeg.apply(&face, 50.5, 0).is_err());
    assert!(Degradation::Occlusion.apply(&face, 1.5, 0).is_err());
    let error = "fog".parse::<Degradation>().unwrap_err().to_string();
    assert!(error.contains("fog") && error.contains("jpeg"), "{error}");
}

#[test]
fn a_single_pixel_can_be_degraded() {
    let dot = RgbImage::from_pixel(1, 1, Rgb([9, 99, 199]));
    for degradation in Degradation::ALL {
        let worse = degradation.apply(&dot, 1.0, 0).unwrap();
        assert_eq!(worse.dimensions(), (1, 1));
    }
}

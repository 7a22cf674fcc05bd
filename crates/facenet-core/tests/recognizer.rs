//! The facade: crops to verdicts, galleries, calibrations and devices, with a small random network.
#![cfg(feature = "flex")]

use std::path::PathBuf;

use facenet_core::eval::{EvalError, calibration_beside, save_calibration};
use facenet_core::image::{Rgb, RgbImage};
use facenet_core::metrics::{Calibration, DistanceKind, Scores};
use facenet_core::ndarray::array;
use facenet_core::prelude::*;
use facenet_core::{Error, ndarray::Axis};

fn checkpoint(threshold: Option<f32>) -> (Checkpoint, Device) {
    let device = Device::flex();
    device.seed(7);
    let config = FaceNetConfig::new(Architecture::Nns2).with_input_size([40, 34]);
    let network = config.init(&device).unwrap();
    let checkpoint = Checkpoint {
        network,
        config,
        threshold,
    };
    (checkpoint, device)
}

fn recognizer(threshold: Option<f32>) -> Recognizer {
    let (checkpoint, device) = checkpoint(threshold);
    Recognizer::from_checkpoint(checkpoint, &device)
}

fn face(shade: u8) -> RgbImage {
    RgbImage::from_fn(40, 48, |x, y| {
        Rgb([shade, (x * 5) as u8, (y as u8).wrapping_mul(shade)])
    })
}

fn calibration() -> Calibration {
    let distances = [0.1, 0.2, 0.3, 0.4, 1.0, 1.1, 1.2, 1.3];
    let same = [true, true, true, true, false, false, false, false];
    let scores = Scores::new(&distances, &same).unwrap();
    Calibration::logistic(&scores, DistanceKind::SquaredEuclidean, 0.0).unwrap()
}

#[test]
fn the_distance_at_the_threshold_is_of_two_people() {
    let facenet = recognizer(Some(1.0));
    let (a, b) = (array![0.0, 0.0], array![1.0, 0.0]);
    let at = facenet.compare(a.view(), b.view()).unwrap();
    assert_eq!(
        (at.same, at.squared_distance, at.threshold),
        (false, 1.0, 1.0)
    );
    let above = facenet.with_threshold(1.0_f32.next_up());
    assert!(above.compare(a.view(), b.view()).unwrap().same);
}

#[test]
fn verdicts_need_a_threshold_and_finite_embeddings() {
    let facenet = recognizer(None);
    let verdict = facenet.verify(&face(10), &face(200));
    assert!(matches!(verdict, Err(Error::NoThreshold)));
    let facenet = facenet.with_threshold(1.0);
    let broken = facenet.compare(array![f32::NAN].view(), array![0.0].view());
    assert!(matches!(broken, Err(Error::NonFinite(_))));
    let same = facenet.verify(&face(10), &face(10)).unwrap();
    assert_eq!((same.same, same.squared_distance), (true, 0.0));
    assert_eq!(
        same.to_string(),
        "the same person (squared distance 0.000, threshold 1.000)"
    );
    assert!(facenet.embed(&RgbImage::new(0, 0)).is_err());
}

#[test]
fn a_face_is_embedded_alike_alone_and_among_others() {
    let facenet = recognizer(None);
    let faces: Vec<RgbImage> = (0..5).map(|shade| face(shade * 50)).collect();
    let all = facenet.embed_all(&faces).unwrap();
    for (face, row) in faces.iter().zip(all.axis_iter(Axis(0))) {
        let alone = facenet.embed(face).unwrap();
        assert!((alone.dot(&alone) - 1.0).abs() < 1e-5);
        assert!(alone.iter().zip(row).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}

#[test]
fn the_first_of_the_nearest_faces_is_found() {
    let facenet = recognizer(Some(1e-9));
    let gallery = facenet.gallery([]).unwrap();
    assert!(gallery.is_empty());
    assert_eq!(facenet.identify(&gallery, &face(1)).unwrap(), None);

    let known = [("Ann", 10), ("Bo", 120), ("Ann", 240)];
    let known = known.map(|(name, shade)| (name.to_owned(), face(shade)));
    let gallery = facenet.gallery(known).unwrap();
    assert_eq!(gallery.len(), 3);
    assert_eq!(gallery.names(), ["Ann", "Bo", "Ann"]);
    assert_eq!(gallery.embeddings().nrows(), 3);
    let found = facenet.identify(&gallery, &face(120)).unwrap().unwrap();
    assert!(found.name == "Bo" && found.verdict.same, "{found:?}");
    let stranger = facenet.identify(&gallery, &face(60)).unwrap().unwrap();
    assert!(!stranger.verdict.same, "{stranger:?}");

    // Of faces at one distance the first.
    let names = ["Ann", "Bo", "Cec"].map(str::to_owned).to_vec();
    let gallery = Gallery::from_embeddings(names, array![[9.0, 0.0], [1.0, 0.0], [0.0, 1.0]]);
    let nearest = facenet.nearest(&gallery, array![0.0, 0.0].view());
    let nearest = nearest.unwrap().unwrap();
    assert_eq!((&*nearest.name, nearest.verdict.same), ("Bo", false));
}

#[test]
fn a_calibration_beside_the_weights_gives_threshold_and_probability() {
    let folder = tempfile::tempdir().unwrap();
    let weights: PathBuf = folder.path().join("network.bpk");
    let (checkpoint, device) = checkpoint(Some(0.5));
    checkpoint.save(&weights).unwrap();
    let plain = Recognizer::load(&weights, &device).unwrap();
    let verdict = plain.verify(&face(9), &face(9)).unwrap();
    assert_eq!((verdict.threshold, verdict.probability), (0.5, None));

    let beside = calibration_beside(&weights);
    assert_eq!(beside, folder.path().join("network.calibration.json"));
    save_calibration(&beside, &calibration()).unwrap();
    let calibrated = Recognizer::load(&weights, &device).unwrap();
    let verdict = calibrated.verify(&face(9), &face(9)).unwrap();
    assert!(verdict.probability.unwrap() > 0.5);
    assert!(verdict.to_string().contains("probability"), "{verdict}");
    // A threshold that is set later decides.
    let strict = calibrated.with_threshold(0.25);
    assert_eq!(strict.verify(&face(9), &face(9)).unwrap().threshold, 0.25);

    std::fs::write(&beside, "{}").unwrap();
    let refused = Recognizer::load(&weights, &device).unwrap_err();
    assert!(
        matches!(&refused, Error::Evaluation(EvalError::Calibration { path, .. }) if *path == beside),
        "{refused}"
    );
    assert!(refused.to_string().contains("missing field"), "{refused}");
    let missing = Recognizer::load(folder.path().join("absent.bpk"), &device).unwrap_err();
    assert!(missing.to_string().contains("absent.bpk"), "{missing}");
    let no_image = open_image(&weights).unwrap_err();
    assert!(no_image.to_string().contains("network.bpk"), "{no_image}");
}

#[test]
fn a_calibration_of_angles_is_refused() {
    let scores = Scores::new(&[0.1, 0.2, 0.4, 0.5], &[true, true, false, false]).unwrap();
    let angles = Calibration::logistic(&scores, DistanceKind::Angle, 0.0).unwrap();
    let refused = recognizer(None).with_calibration(angles);
    assert!(matches!(refused, Err(Error::CalibrationOfAngles)));
}

#[test]
fn devices_are_known_by_name() {
    let flex: DeviceName = "flex".parse().unwrap();
    assert!(flex.is_cpu() && flex.open().is_ok());
    assert_eq!(flex.to_string(), "flex");
    assert_eq!(
        "cuda:1".parse::<DeviceName>().unwrap().to_string(),
        "cuda:1"
    );
    for wrong in ["abacus", "flex:", "flex:x", "flex:-1", ""] {
        let refused = wrong.parse::<DeviceName>().unwrap_err();
        assert!(matches!(refused, Error::UnknownDevice { .. }), "{wrong}");
    }
    let beyond: DeviceName = "flex:9".parse().unwrap();
    let refused = beyond.open().unwrap_err();
    assert!(matches!(refused, Error::DeviceNotPresent { index: 9, .. }));
    assert!(DeviceName::compiled().contains(&"flex"));
    for name in ["cuda", "rocm", "metal", "vulkan", "webgpu", "wgpu"] {
        if !DeviceName::compiled().contains(&name) {
            let refused = name.parse::<DeviceName>().unwrap().open().unwrap_err();
            assert!(matches!(refused, Error::BackendNotCompiled { .. }));
        }
    }
}

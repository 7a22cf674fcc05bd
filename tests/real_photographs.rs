//! Real photographs, where the shared data is at hand.

use facenet_core::data::OrlFaces;
use facenet_core::eval::{FaceCut, LfwFacesConfig, pixel_embeddings};
use facenet_core::metrics::{DistanceKind, IdentificationReport};
use facenet_core::prelude::*;
use facenet_testing::{device, say_skipped, shared};

/// Folds 1 to 5 by the protocol, with raw pixels as the embedding: a weak baseline, well above chance.
#[test]
fn lfw_pairs_are_evaluated_from_photographs_to_report() {
    let Some(lfw) = shared("data/lfw") else {
        return;
    };
    let options = LfwFacesConfig::new(&lfw).with_cut(FaceCut::boxes(lfw.join("mtcnn.csv")));
    let faces = options.init([70, 58], |_, _| {}).unwrap();
    let pairs = faces.pairs();
    assert_eq!((pairs.len(), pairs.skipped()), (3000, 0));
    let report = faces
        .evaluate_embeddings(pixel_embeddings(faces.faces(), [17, 14]).view())
        .unwrap();
    assert_eq!(report.lfw.accuracy.per_fold.len(), 5);
    let accuracy = report.lfw.accuracy.mean;
    assert!((0.55..0.80).contains(&accuracy), "{accuracy}");
    assert!(report.lfw.auc.unwrap() > 0.6);
}

/// The published weights come out on LFW as published: accuracy at least 0.992 and VAL at least 0.96
/// at a FAR of 1e-3 on folds 1 to 5 (20180402-114759 has 0.9965 on all ten).
#[test]
fn inception_resnet_v1_verifies_lfw_as_published() {
    let (Some(lfw), Some(weights)) = (
        shared("data/lfw"),
        shared("weights/inception_resnet_v1_vggface2.safetensors"),
    ) else {
        return;
    };
    let Some(device) = device() else { return };
    if std::env::var("BURN_DEVICE").is_ok_and(|name| name != "flex") {
        return say_skipped("thousands of photographs take hours on a software GPU");
    }
    let config = FaceNetConfig::new(Architecture::InceptionResnetV1);
    let embedder = Embedder::from_checkpoint(
        Checkpoint::import(&weights, &config, &device).unwrap(),
        &device,
    );
    let options = LfwFacesConfig::new(&lfw).with_cut(FaceCut::boxes(lfw.join("mtcnn.csv")));
    let faces = options.init(config.input_size, |_, _| {}).unwrap();
    let report = faces.evaluate(&embedder).unwrap();
    let accuracy = report.lfw.accuracy.mean;
    assert!(accuracy >= 0.992, "{accuracy}");
    let val = report.lfw.val[0].mean.unwrap();
    assert!(val >= 0.96, "{val}");
}

#[test]
fn orl_faces_are_identified_by_their_pixels_alone() {
    let Some(folder) = shared("data/orl") else {
        return;
    };
    let orl = OrlFaces::open(folder, Default::default()).unwrap();
    assert_eq!((orl.len(), orl.identities().len()), (400, 40));
    let faces: Vec<_> = (0..orl.len())
        .map(|index| orl.image(index).unwrap())
        .collect();
    let pixels = pixel_embeddings(&faces, [28, 23]);
    let kind = DistanceKind::SquaredEuclidean;
    let report = IdentificationReport::leave_one_out(pixels.view(), orl.labels(), kind, 1).unwrap();
    assert!(report.rate(1).unwrap() > 0.9, "{:?}", report.cmc);
}

//! Real photographs, where the shared data is at hand.

use facenet_core::data::OrlFaces;
use facenet_core::metrics::{DistanceKind, IdentificationReport};
use facenet_core::prelude::*;
use facenet_core::train::{LfwFaces, LfwOptions, pixel_embeddings};
use facenet_tests::shared;

/// Folds 1 to 5 by the protocol, with raw pixels as the embedding: a weak baseline, well above chance.
#[test]
fn lfw_pairs_are_evaluated_from_photographs_to_report() {
    let Some(lfw) = shared("data/lfw") else {
        return;
    };
    let options = LfwOptions::new(&lfw).with_boxes(lfw.join("mtcnn.csv"));
    let faces = LfwFaces::open(&options, [70, 58], |_, _| {}).unwrap();
    assert_eq!((faces.pairs().len(), faces.skipped()), (3000, 0));
    let report = faces
        .evaluate_embeddings(pixel_embeddings(faces.faces(), [17, 14]).view())
        .unwrap();
    assert_eq!(report.accuracy.per_fold.len(), 5);
    let accuracy = report.accuracy.mean;
    assert!((0.55..0.80).contains(&accuracy), "{accuracy}");
    assert!(report.auc.unwrap() > 0.6);
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

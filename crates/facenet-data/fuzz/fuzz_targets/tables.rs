//! Comma-separated values on the same bytes: boxes, distances, tables of faces.

#![no_main]

mod checks;

use std::collections::HashSet;

use checks::{check_error, check_message};
use facenet_data::{
    DataError, FaceBox, FaceDataset, FaceFolderConfig, FaceTable, parse_boxes, parse_distances,
};
use libfuzzer_sys::fuzz_target;

const MIN_IMAGES: usize = 2;

fuzz_target!(|bytes: &[u8]| {
    match parse_boxes(bytes, "list") {
        Ok(boxes) => {
            assert!(boxes.keys().all(|file| !file.is_empty()));
            assert!(boxes.len() <= bytes.len());
            check_boxes(boxes.values());
        }
        Err(error) => check_error(bytes, &error),
    }
    match parse_distances(bytes, "list") {
        Ok(pairs) => {
            assert!(!pairs.same.is_empty());
            assert_eq!(pairs.distances.len(), pairs.same.len());
            let right = |distance: &f64| distance.is_finite() && *distance >= 0.0;
            assert!(pairs.distances.iter().all(right));
        }
        Err(error) => check_error(bytes, &error),
    }
    let options = FaceFolderConfig::new().with_min_images(MIN_IMAGES);
    match FaceTable::from_bytes(bytes, "list", "images", &options) {
        Ok(faces) => {
            check_faces(&faces);
            assert!(faces.len() + faces.skipped().images <= bytes.len());
        }
        Err(error @ DataError::NoIdentities { .. }) => check_message(&error),
        Err(error) => check_error(bytes, &error),
    }
});

/// Boxes hold finite numbers and are not empty; all have the same columns.
fn check_boxes<'b>(boxes: impl Iterator<Item = &'b FaceBox>) {
    let mut columns = None;
    for face in boxes {
        assert!(face.x1 < face.x2 && face.y1 < face.y2);
        assert!(
            [face.x1, face.y1, face.x2, face.y2]
                .iter()
                .all(|edge| edge.is_finite())
        );
        assert!(face.prob.is_none_or(f32::is_finite));
        let landmarks = face.landmarks.as_ref().map(|points| points.as_flattened());
        assert!(landmarks.is_none_or(|points| points.iter().all(|number| number.is_finite())));
        let there = (face.prob.is_some(), landmarks.is_some());
        assert_eq!(*columns.get_or_insert(there), there);
    }
}

/// Each identity has enough images, and identities are in the order in which they are first named.
fn check_faces(faces: &FaceTable) {
    let identities = faces.identities();
    assert!(!faces.is_empty());
    assert!(identities.iter().all(|name| !name.is_empty()));
    let different: HashSet<_> = identities.iter().collect();
    assert_eq!(different.len(), identities.len());

    assert_eq!(faces.labels().len(), faces.len());
    let mut images = Vec::new();
    for &label in faces.labels() {
        let label = label as usize;
        assert!(label <= images.len());
        if label == images.len() {
            images.push(0);
        }
        images[label] += 1;
    }
    assert_eq!(images.len(), identities.len());
    assert!(images.iter().all(|&count| count >= MIN_IMAGES));
    // With too few images means with one.
    assert_eq!(faces.skipped().identities, faces.skipped().images);

    assert_eq!(faces.paths().len(), faces.len());
    let below = |path: &std::path::PathBuf| path.starts_with("images") || path.is_absolute();
    assert!(faces.paths().iter().all(below));
    if let Some(boxes) = faces.boxes() {
        assert_eq!(boxes.len(), faces.len());
        check_boxes(boxes.iter());
    }
}

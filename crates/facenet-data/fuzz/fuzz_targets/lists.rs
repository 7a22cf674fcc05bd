//! All parsers of lists on the same bytes.

#![no_main]

use facenet_data::{
    FaceDataset, FaceTable, FolderOptions, parse_boxes, parse_distances, parse_names, parse_pairs,
    parse_people, parse_template_images, parse_template_pairs, parse_video_pairs,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = parse_boxes(bytes, "list");
    let _ = parse_names(bytes, "list");
    let _ = parse_people(bytes, "list");
    let _ = parse_template_images(bytes, "list");
    let _ = parse_template_pairs(bytes, "list");
    if let Ok(pairs) = parse_distances(bytes, "list") {
        assert_eq!(pairs.distances.len(), pairs.same.len());
    }
    if let Ok(pairs) = parse_pairs(bytes, "list") {
        assert!(pairs.is_sorted_by_key(|pair| pair.fold));
    }
    if let Ok(pairs) = parse_video_pairs(bytes, "list") {
        assert!(pairs.is_sorted_by_key(|pair| pair.fold));
    }
    let options = FolderOptions::default().with_min_images(2);
    if let Ok(faces) = FaceTable::from_bytes(bytes, "list", "images", &options) {
        let identities = faces.identities().len() as u32;
        assert!(faces.labels().iter().all(|&label| label < identities));
        assert!(faces.boxes().is_none_or(|boxes| boxes.len() == faces.len()));
    }
});

use std::fs;

use facenet_data::{DataError, DecodeLimits, FaceDataset, OrlFaces};

use crate::message::assert_message;

#[test]
fn images_are_in_the_order_of_their_numbers_and_a_missing_one_is_named() {
    let root = tempfile::tempdir().unwrap();
    for person in 1..=40u8 {
        let folder = root.path().join(format!("s{person}"));
        fs::create_dir(&folder).unwrap();
        for image in 1..=10u8 {
            let pixel = [&b"P5\n1 1\n255\n"[..], &[person * 6 + image]].concat();
            fs::write(folder.join(format!("{image}.pgm")), pixel).unwrap();
        }
    }
    let open = || OrlFaces::open(root.path(), DecodeLimits::default());
    let faces = open().unwrap();
    assert_eq!((faces.len(), faces.identities().len()), (400, 40));
    assert_eq!(faces.identities()[9], "s10");
    for index in 0..faces.len() {
        let (person, image) = (index / 10, index % 10);
        assert_eq!(faces.labels()[index], person as u32);
        let value = (person + 1) * 6 + image + 1;
        assert_eq!(faces.image(index).unwrap().as_raw(), &[value as u8; 3]);
    }

    fs::remove_file(root.path().join("s7/10.pgm")).unwrap();
    let error = open().unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert_message(&error, &["s7", "10.pgm", "s1/1.pgm to s40/10.pgm"]);
}

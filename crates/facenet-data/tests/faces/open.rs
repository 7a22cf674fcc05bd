//! Faces opened by their path, and passed through a function.

use std::fs;

use facenet_data::{
    DataError, FaceBox, FaceDataset, FaceFolderConfig, PreparedFaces, facenet_crop, open_faces,
};

use crate::message::assert_message;
use crate::packs::gray;
use crate::packs::recorded::{packed, record};
use crate::toy::{Toy, portrait};

fn two() -> FaceFolderConfig {
    FaceFolderConfig::new().with_min_images(2)
}

#[test]
fn a_folder_a_table_and_a_pack_are_told_apart_by_their_path() {
    let root = tempfile::tempdir().unwrap();
    // A folder may be called like a table.
    let folder = root.path().join("faces.csv");
    for (person, images) in [("ada", 2), ("bob", 1)] {
        fs::create_dir_all(folder.join(person)).unwrap();
        for number in 0..images {
            let path = folder.join(person).join(format!("{number}.png"));
            portrait(number).save(path).unwrap();
        }
    }
    let opened = open_faces(&folder, &two()).unwrap();
    assert_eq!((opened.faces.len(), opened.skipped.images), (2, 1));
    assert_eq!(opened.faces.image(1).unwrap(), portrait(1));

    let table = root.path().join("list.CSV");
    let lines = "path,identity,x1,y1,x2,y2\nfaces.csv/ada/0.png,Ada,0,0,2,3\n\
                 faces.csv/ada/1.png,Ada,1,1,5,4\nfaces.csv/bob/0.png,Bob,0,0,1,1\n";
    fs::write(&table, lines).unwrap();
    let opened = open_faces(&table, &two()).unwrap();
    assert_eq!((opened.faces.len(), opened.skipped.images), (2, 1));
    assert_eq!(opened.faces.image(0).unwrap(), portrait(0));
    let boxes = opened.boxes.unwrap();
    assert_eq!((boxes.len(), boxes[1].x2), (2, 5.0));

    let pack = root.path().join("train.rec");
    let records = [7.0, 3.0, 7.0].iter().zip(1..);
    let records: Vec<_> = records
        .map(|(&label, number)| (number, record(&[label], &gray(&[number as u8]))))
        .collect();
    let (bytes, index) = packed(&records);
    fs::write(&pack, bytes).unwrap();
    fs::write(pack.with_extension("idx"), index).unwrap();
    let opened = open_faces(&pack, &FaceFolderConfig::new()).unwrap();
    assert_eq!((opened.faces.len(), opened.skipped.images), (3, 0));
    let opened = open_faces(&pack, &two()).unwrap();
    assert_eq!((opened.faces.len(), opened.skipped.images), (2, 1));
    assert_eq!(opened.faces.identities(), ["7"]);
    assert_eq!(opened.faces.image(1).unwrap().get_pixel(0, 0).0, [3; 3]);
    let few = FaceFolderConfig::new().with_min_images(3);
    let error = open_faces(&pack, &few).err().unwrap();
    assert_message(&error, &["train.rec", "2 identities", "at least 3 image"]);

    let missing = root.path().join("nothing.rec");
    let error = open_faces(&missing, &two()).err().unwrap();
    assert_message(&error, &["nothing"]);
}

#[test]
fn images_pass_through_the_function_with_their_index() {
    let faces = PreparedFaces::new(Toy::new(&[0, 1, 0]), |mut image, index| {
        image.get_pixel_mut(0, 0).0 = [200 + index as u8; 3];
        Ok(image)
    });
    assert_eq!((faces.labels(), faces.len()), (&[0, 1, 0][..], 3));
    assert_eq!(faces.describe(2), "toy 2");
    assert_eq!(faces.identities(), faces.whole().identities());
    assert_eq!(faces.image(2).unwrap().get_pixel(0, 0).0, [202; 3]);
    assert!(faces.image(3).is_err());
}

#[test]
fn a_box_that_does_not_fit_names_the_image() {
    let outside = FaceBox {
        x1: 40.0,
        y1: 40.0,
        x2: 50.0,
        y2: 50.0,
        prob: None,
        landmarks: None,
    };
    let faces = PreparedFaces::new(Toy::new(&[0]), move |image, _| {
        facenet_crop(&image, &outside, 0.0, 4, 4)
    });
    let error = faces.image(0).unwrap_err();
    assert!(matches!(error, DataError::Image { .. }), "{error}");
    assert_message(&error, &["toy 0: face box", "40", "inside the image"]);
}

use std::path::Path;

use facenet_data::{DataError, FaceBox, FaceDataset, FaceFolderConfig, FaceTable};
use proptest::prelude::*;

use crate::bytes::picture;
use crate::message::assert_message;
use crate::tree::{list, tree};

fn read(text: impl AsRef<[u8]>) -> Result<FaceTable, DataError> {
    let options = FaceFolderConfig::new();
    FaceTable::from_bytes(text.as_ref(), "faces.csv", "images", &options)
}

#[track_caller]
fn refused(text: impl AsRef<[u8]>, line: usize, parts: &[&str]) {
    let error = read(text).expect_err("a table that should be refused");
    assert_message(&error, &[&format!("faces.csv:{line}: ")]);
    assert_message(&error, parts);
}

const PLAIN: &str = "path,identity\nb/2.png,Bob\na.png,\"Lee, Ann\"\nb/1.png,Bob\n";

#[test]
fn images_are_in_the_order_of_the_table() {
    for text in [
        PLAIN.to_owned(),
        PLAIN.replace('\n', "\r\n"),
        format!("\u{feff}{PLAIN}\n\n"),
        PLAIN.trim_end().replace(",Bob", " , Bob "),
    ] {
        let faces = read(text).unwrap();
        assert_eq!(faces.identities(), ["Bob", "Lee, Ann"]);
        assert_eq!(faces.labels(), [0, 1, 0]);
        let paths = ["images/b/2.png", "images/a.png", "images/b/1.png"];
        assert_eq!(faces.paths(), paths.map(Path::new));
        assert_eq!(faces.boxes(), None);
        assert_eq!(faces.skipped(), Default::default());
    }
}

#[test]
fn identities_with_few_images_are_left_out() {
    let (folder, table) = list(PLAIN);
    tree(folder.path(), &["b/2.png", "b/1.png"]);
    let options = FaceFolderConfig::new().with_min_images(2);
    let faces = FaceTable::open(&table, folder.path(), &options).unwrap();
    assert_eq!(
        (faces.identities(), faces.labels()),
        (&["Bob".to_owned()][..], &[0, 0][..])
    );
    assert_eq!((faces.skipped().identities, faces.skipped().images), (1, 1));
    assert_eq!(faces.image(1).unwrap(), picture());
    assert_message(&faces.image(2).unwrap_err(), &["index 2", "0..2"]);

    let options = FaceFolderConfig::new().with_min_images(3);
    let error = FaceTable::open(&table, folder.path(), &options).unwrap_err();
    assert!(matches!(error, DataError::NoIdentities { .. }), "{error}");
    assert_message(
        &error,
        &["2 identities with 3 images", "at least 3 image(s)"],
    );
    let faces = FaceTable::open(&table, folder.path(), &FaceFolderConfig::new()).unwrap();
    assert_message(&faces.image(1).unwrap_err(), &["a.png", "an image file"]);
    let error = FaceTable::open("nowhere.csv", ".", &options).unwrap_err();
    assert_message(&error, &["nowhere.csv", "the columns path and identity"]);
}

#[test]
fn boxes_and_landmarks_go_with_their_images() {
    let face = FaceBox {
        x1: 1.0,
        y1: 2.0,
        x2: 30.0,
        y2: 40.5,
        prob: None,
        landmarks: None,
    };
    for header in ["x0,y0,x1,y1", "x1,y1,x2,y2"] {
        let text =
            format!("identity,{header},path\nAnn,1,2,30,40.5,a.jpg\nBob,1,2,30,40.5,a.jpg\n");
        assert_eq!(read(text).unwrap().boxes(), Some(&[face; 2][..]));
    }
    let text = "path,identity,x0,y0,x1,y1,lex,ley,rex,rey,nx,ny,mlx,mly,mrx,mry,prob\n\
                a.jpg,Ann,1,2,30,40.5,1,2,3,4,5,6,7,8,9,10,0.5\n";
    let expected = FaceBox {
        prob: Some(0.5),
        landmarks: Some([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0]]),
        ..face
    };
    assert_eq!(read(text).unwrap().boxes(), Some(&[expected][..]));

    let options = FaceFolderConfig::new().with_min_images(2);
    let text = "path,identity,x0,y0,x1,y1\n1,a,0,0,1,1\n2,b,0,0,2,2\n3,c,0,0,3,3\n4,b,0,0,4,4\n";
    let faces = FaceTable::from_bytes(text.as_bytes(), "faces.csv", "", &options).unwrap();
    let edges: Vec<f32> = faces.boxes().unwrap().iter().map(|face| face.x2).collect();
    assert_eq!(edges, [2.0, 4.0]);
}

#[test]
fn bad_tables_are_refused_in_their_line() {
    refused(
        "",
        1,
        &["no column \"path\"", "the columns path and identity"],
    );
    refused("a.jpg,Ann\nb.jpg,Bob\n", 1, &["no column \"path\""]);
    refused("path,who\n", 1, &["no column \"identity\""]);
    refused(
        "path,identity,x0,y0,x1\n",
        1,
        &["3 of a box", "all 4 columns x0, y0, x1, y1"],
    );
    refused(
        "path,identity,x1,y1\n",
        1,
        &["2 of a box", "all 4 columns x1, y1, x2, y2"],
    );
    refused(
        "path,identity,lex\n",
        1,
        &["1 of landmarks", "all 10 columns"],
    );
    let points = "lex,ley,rex,rey,nx,ny,mlx,mly,mrx,mry";
    refused(
        format!("path,identity,{points}\n"),
        1,
        &["landmarks without a box"],
    );
    refused("path,identity\na.jpg,Ann\n,Bob\n", 3, &["an empty field"]);
    refused("path,identity\na.jpg, \n", 2, &["an empty field"]);
    refused("path,identity\na.jpg\n", 2, &["1 field(s)", "expected 2"]);
    refused("path,identity\na.jpg,Ann,1\n", 2, &["3 field(s)"]);
    refused(b"path,identity\na\xFF.jpg,Ann\n", 2, &["not UTF-8"]);
    let header = "path,identity,x0,y0,x1,y1";
    refused(
        format!("{header}\na,b,1,2,nan,4\n"),
        2,
        &["x1 is \"nan\"", "a finite number"],
    );
    refused(
        format!("{header}\na,b,1,2,1,4\n"),
        2,
        &["a box from (1, 2) to (1, 4)", "x0 < x1 and y0 < y1"],
    );
    let error = read("path,identity\n").unwrap_err();
    assert_message(&error, &["faces.csv: 0 identities with 0 images"]);
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec(("[a-z]{1,8}", "[A-D]"), 1..20), end in "\r?\n",
    ) {
        let mut lines = vec!["path,identity".to_owned()];
        lines.extend(rows.iter().map(|(path, identity)| format!("{path},{identity}")));
        let faces = read(lines.join(&end)).unwrap();
        prop_assert_eq!(faces.len(), rows.len());
        for (index, (path, identity)) in rows.iter().enumerate() {
            prop_assert_eq!(&faces.paths()[index], &Path::new("images").join(path));
            prop_assert_eq!(&faces.identities()[faces.labels()[index] as usize], identity);
        }
    }

    #[test]
    fn no_bytes_panic(
        bytes in prop::collection::vec(prop::sample::select(b"\n\r, 019-.\"en\xFF".to_vec()), 0..60),
    ) {
        let text = [b"path,identity,x0,y0,x1,y1\n", &bytes[..]].concat();
        for bytes in [bytes, text] {
            if let Err(error) = read(bytes) {
                assert_message(&error, &["faces.csv:"]);
            }
        }
    }
}

use std::collections::BTreeMap;

use facenet_data::{DataError, FaceBox, read_boxes};
use proptest::prelude::*;

use crate::message::assert_message;
use crate::tree::list;

fn read(text: impl AsRef<[u8]>) -> Result<BTreeMap<String, FaceBox>, DataError> {
    let (_folder, path) = list(text);
    read_boxes(path)
}

#[track_caller]
fn refused(text: impl AsRef<[u8]>, line: usize, parts: &[&str]) {
    let error = read(text).expect_err("boxes that should be refused");
    assert_message(&error, &[&format!("list.txt:{line}: ")]);
    assert_message(&error, parts);
}

#[test]
fn a_box_is_found_by_its_file() {
    let boxes = read("file,x1,y1,x2,y2\na/1.jpg,1,2.5,30,40\nb/1.jpg,-3,0,1e2,9\n").unwrap();
    let expected = FaceBox {
        x1: 1.0,
        y1: 2.5,
        x2: 30.0,
        y2: 40.0,
        prob: None,
        landmarks: None,
    };
    assert_eq!(boxes.len(), 2);
    assert_eq!(boxes["a/1.jpg"], expected);
    assert_eq!((boxes["b/1.jpg"].x1, boxes["b/1.jpg"].x2), (-3.0, 100.0));
}

#[test]
fn columns_come_in_any_order_with_others_between() {
    let text = "mry,y2,prob,x1,who,file,x2,y1,lex,ley,rex,rey,nx,ny,mlx,mly,mrx\n\
                10,40,0.75,1,\"Ann, Bob\",a.jpg,30,2,1,2,3,4,5,6,7,8,9\n";
    for text in [
        text.to_owned(),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        text.replace("\"Ann, Bob\"", "Ann").replace(',', " ,  "),
    ] {
        let boxes = read(&text).unwrap();
        let face = boxes["a.jpg"];
        assert_eq!((face.x1, face.y1, face.x2, face.y2), (1.0, 2.0, 30.0, 40.0));
        assert_eq!(face.prob, Some(0.75));
        let landmarks = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0], [9.0, 10.0]];
        assert_eq!(face.landmarks, Some(landmarks));
    }
}

#[test]
fn a_header_alone_has_no_boxes() {
    assert!(read("file,x1,y1,x2,y2\n").unwrap().is_empty());
}

#[test]
fn missing_columns_are_named() {
    let expected = "the columns file, x1, y1, x2, y2";
    refused("", 1, &["no column \"file\"", expected]);
    refused("file,x1,x2,y2\n", 1, &["no column \"y1\"", expected]);
    refused("a.jpg,1,2,30,40\n", 1, &["no column \"file\"", expected]);
    refused(
        "file,x1,y1,x2,y2,lex,ley\n",
        1,
        &["2 of landmarks", "all 10 columns"],
    );
}

#[test]
fn numbers_that_are_none_are_refused_in_their_line() {
    for value in ["", "nan", "inf", "-inf", "1e39", "12px", "1;5"] {
        let shown = format!("x2 is {value:?}");
        for end in ["\n", "\r\n", "\n\n", "\r\n\r\n"] {
            let blank = end.len() > 2 || end == "\n\n";
            let text = [
                "file,x1,y1,x2,y2",
                "a,1,2,3,4",
                &format!("b,1,2,{value},4"),
                "",
            ]
            .join(end);
            refused(
                text,
                if blank { 5 } else { 3 },
                &[&shown, "a finite number"],
            );
        }
    }
    refused("file,x1,y1,x2,y2,prob\na,1,2,3,4,\n", 2, &["prob is \"\""]);
}

#[test]
fn a_box_without_area_is_refused() {
    for numbers in ["3,2,1,4", "1,4,3,2", "1,2,1,4", "1,2,3,2"] {
        let text = format!("file,x1,y1,x2,y2\na,{numbers}\n");
        refused(text, 2, &["a box from (", "x1 < x2 and y1 < y2"]);
    }
}

#[test]
fn a_file_named_twice_or_not_at_all_is_refused() {
    let text = "file,x1,y1,x2,y2\na,1,2,3,4\nb,1,2,3,4\na,1,2,3,5\n";
    refused(text, 4, &["\"a\" again", "each file once"]);
    refused("file,x1,y1,x2,y2\n,1,2,3,4\n", 2, &["no file name"]);
    // A quoted name may hold a line end.
    let text = "file,x1,y1,x2,y2\n\"a\nb\",1,2,3,4\n\"a\nb\",1,2,3,4\n";
    refused(text, 4, &["\"a\\nb\" again"]);
}

#[test]
fn lines_of_other_lengths_and_bytes_are_refused() {
    let header = "file,x1,y1,x2,y2";
    refused(
        format!("{header}\na,1,2,3\n"),
        2,
        &["4 field(s)", "expected 5"],
    );
    refused(
        format!("{header}\r\na,1,2,3,4\r\nb,1\r\n"),
        3,
        &["2 field(s)"],
    );
    refused(
        [header.as_bytes(), b"\r\n\xE9,1,2,3,4\r\n"].concat(),
        2,
        &["not UTF-8"],
    );
    refused(b"file\xFF,x1\n", 1, &["not UTF-8"]);
}

#[test]
fn a_list_that_is_absent_is_named() {
    let error = read_boxes("nowhere/mtcnn.csv").unwrap_err();
    assert!(matches!(error, DataError::Io { .. }), "{error}");
    assert_message(&error, &["mtcnn.csv", "expected face boxes"]);
}

proptest! {
    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::btree_map(
            "[a-z]{1,8}",
            (-500f32..500.0, -500f32..500.0, 0.01f32..500.0, 0.01f32..500.0, prop::array::uniform5(prop::array::uniform2(-9f32..9.0))),
            0..8,
        ),
    ) {
        let mut text = "file,x1,y1,x2,y2,lex,ley,rex,rey,nx,ny,mlx,mly,mrx,mry\n".to_owned();
        let mut expected = BTreeMap::new();
        for (file, (x1, y1, w, h, landmarks)) in rows {
            let (x2, y2) = (x1 + w, y1 + h);
            let points = landmarks.as_flattened().iter().map(|value| format!(",{value}"));
            text += &format!("{file},{x1},{y1},{x2},{y2}{}\n", points.collect::<String>());
            let landmarks = Some(landmarks);
            expected.insert(file, FaceBox { x1, y1, x2, y2, prob: None, landmarks });
        }
        prop_assert_eq!(read(text).unwrap(), expected);
    }

    #[test]
    fn no_bytes_panic(
        bytes in prop::collection::vec(prop::sample::select(b"\n\r, 019-.\"en\xFF".to_vec()), 0..60),
    ) {
        let text = [b"file,x1,y1,x2,y2\n", &bytes[..]].concat();
        for bytes in [bytes, text] {
            if let Err(error) = read(bytes) {
                assert_message(&error, &["list.txt:"]);
            }
        }
    }
}
